-- Module files-and-channels. Storage and Realtime query Postgres as the caller, so policies apply there
-- too. The policies are created only if the schemas exist, because a plain Postgres has neither.
--
-- Buckets: `personal`, with a folder for each person, named by their sub; `workspaces`, with a folder for
-- each workspace, named by its id. Channels: `workspace:<id>`.
--
-- None of these policies raises an error, because the Storage API answers 500 to an error, and 403 or 404
-- to a false policy.

select cognito_supabase.add_module('files-and-channels', '{tenancy}');

-- Refuses names that another program could resolve to a different folder than the policy.
create function cognito_supabase.is_plain_path(name text) returns boolean
  language sql immutable
  set search_path = pg_catalog, pg_temp
  as $$ select name !~ '(^|/)\.{0,2}(/|$)' $$;
revoke execute on function cognito_supabase.is_plain_path(text) from public;
grant execute on function cognito_supabase.is_plain_path(text) to authenticated;
comment on function cognito_supabase.is_plain_path(text) is
  'Whether no segment of the path is empty, "." or "..".';

do $$
begin
  if to_regclass('storage.objects') is not null then
    insert into storage.buckets (id, name, public)
      values ('personal', 'personal', false), ('workspaces', 'workspaces', false)
      on conflict (id) do nothing;

    create policy "Only trusted tokens" on storage.objects as restrictive for all to authenticated
      using ((select cognito_supabase.is_trusted())) with check ((select cognito_supabase.is_trusted()));
    create policy "Only plain paths" on storage.objects as restrictive for insert to authenticated
      with check (cognito_supabase.is_plain_path(name));
    create policy "Only plain paths when moved" on storage.objects as restrictive for update to authenticated
      using (true) with check (cognito_supabase.is_plain_path(name));

    -- owner_id is the sub of the uploader. The older column owner is a uuid of a user of Supabase Auth.
    create policy "People and members read files" on storage.objects for select to authenticated
      using (
        (bucket_id = 'personal' and owner_id = (select (select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
            = any (array(select w::text from cognito_supabase.my_workspaces('viewer') as w)))
      );

    create policy "People and members upload files" on storage.objects for insert to authenticated
      with check (
        owner_id = (select (select auth.jwt()) ->> 'sub')
        and (
          -- A machine has no personal folder.
          (bucket_id = 'personal' and (select not cognito_supabase.is_machine())
            and (storage.foldername(name))[1] = (select (select auth.jwt()) ->> 'sub'))
          or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
              = any (array(select w::text from cognito_supabase.my_workspaces('member') as w)))
        )
      );

    create policy "People and members replace files" on storage.objects for update to authenticated
      using (
        (bucket_id = 'personal' and owner_id = (select (select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
            = any (array(select w::text from cognito_supabase.my_workspaces('member') as w)))
      )
      with check (
        (bucket_id = 'personal' and owner_id = (select (select auth.jwt()) ->> 'sub')
          and (storage.foldername(name))[1] = (select (select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
            = any (array(select w::text from cognito_supabase.my_workspaces('member') as w)))
      );

    create policy "People and members delete files" on storage.objects for delete to authenticated
      using (
        (bucket_id = 'personal' and owner_id = (select (select auth.jwt()) ->> 'sub'))
        or (bucket_id = 'workspaces' and (storage.foldername(name))[1]
            = any (array(select w::text from cognito_supabase.my_workspaces('member') as w)))
      );
  end if;

  if to_regclass('realtime.messages') is not null then
    create policy "Only trusted tokens" on realtime.messages as restrictive for all to authenticated
      using ((select cognito_supabase.is_trusted())) with check ((select cognito_supabase.is_trusted()));

    -- realtime.topic() is a setting of the connection: the row's own topic has to be the same one.
    create policy "Members listen to their workspace" on realtime.messages for select to authenticated
      using (topic = (select realtime.topic())
        and topic = any (array(select 'workspace:' || w from cognito_supabase.my_workspaces('viewer') as w)));

    create policy "Members speak in their workspace" on realtime.messages for insert to authenticated
      with check (topic = (select realtime.topic())
        and topic = any (array(select 'workspace:' || w from cognito_supabase.my_workspaces('member') as w)));
  end if;
end
$$;
