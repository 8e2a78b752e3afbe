-- Files and channels. Storage and Realtime ask Postgres as the caller, so policies decide there too.
-- Applied where their schemas exist: a plain Postgres has neither.
--
-- Buckets: `personal`, with a folder a person, named by their sub; `workspaces`, with a folder a
-- workspace, named by its id. Channels: `workspace:<id>`.

do $$
begin
  if to_regclass('storage.objects') is not null then
    insert into storage.buckets (id, name, public)
      values ('personal', 'personal', false), ('workspaces', 'workspaces', false)
      on conflict (id) do nothing;

    create policy "Only trusted tokens" on storage.objects as restrictive for all to authenticated
      using ((select private.is_trusted())) with check ((select private.is_trusted()));

    -- owner_id is the sub of who uploaded; the older column owner is a uuid of Supabase Auth's users.
    create policy "People and members read files" on storage.objects for select to authenticated
      using (
        (bucket_id = 'personal' and owner_id = ((select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
            = any (array(select w::text from private.my_workspaces('viewer') as w)))
      );

    create policy "People and members upload files" on storage.objects for insert to authenticated
      with check (
        (bucket_id = 'personal' and owner_id = ((select auth.jwt()) ->> 'sub')
          -- A machine's sub is its client_id, and a machine has no folder.
          and owner_id is distinct from ((select auth.jwt()) ->> 'client_id')
          and (storage.foldername(name))[1] = ((select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and owner_id = ((select auth.jwt()) ->> 'sub')
          and (storage.foldername(name))[1]
            = any (array(select w::text from private.my_workspaces('member') as w)))
      );

    create policy "People and members replace files" on storage.objects for update to authenticated
      using (
        (bucket_id = 'personal' and owner_id = ((select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
            = any (array(select w::text from private.my_workspaces('member') as w)))
      )
      with check (
        (bucket_id = 'personal' and owner_id = ((select auth.jwt()) ->> 'sub')
          and (storage.foldername(name))[1] = ((select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
            = any (array(select w::text from private.my_workspaces('member') as w)))
      );

    create policy "People and members delete files" on storage.objects for delete to authenticated
      using (
        (bucket_id = 'personal' and owner_id = ((select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
            = any (array(select w::text from private.my_workspaces('member') as w)))
      );
  end if;

  if to_regclass('realtime.messages') is not null then
    create policy "Only trusted tokens" on realtime.messages as restrictive for all to authenticated
      using ((select private.is_trusted())) with check ((select private.is_trusted()));

    -- realtime.topic() is a setting of the connection: the row's own topic has to be the same one.
    create policy "Members listen to their workspace" on realtime.messages for select to authenticated
      using (topic = (select realtime.topic())
        and topic = any (array(select 'workspace:' || w from private.my_workspaces('viewer') as w)));

    create policy "Members speak in their workspace" on realtime.messages for insert to authenticated
      with check (topic = (select realtime.topic())
        and topic = any (array(select 'workspace:' || w from private.my_workspaces('member') as w)));
  end if;
end
$$;
