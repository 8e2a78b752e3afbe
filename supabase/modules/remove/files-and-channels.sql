-- Removes the module files-and-channels: its policies, and its buckets if they are empty. Only the
-- Storage API deletes files, so a bucket with files stays, without policies.

select cognito_supabase.remove_module('files-and-channels', '{cognito_supabase.is_plain_path}');
do $$
begin
  if to_regclass('storage.objects') is not null then
    drop policy "Only trusted tokens" on storage.objects;
    drop policy "Only plain paths" on storage.objects;
    drop policy "Only plain paths when moved" on storage.objects;
    drop policy "People and members read files" on storage.objects;
    drop policy "People and members upload files" on storage.objects;
    drop policy "People and members replace files" on storage.objects;
    drop policy "People and members delete files" on storage.objects;
    -- The platform refuses to delete from storage by SQL without this setting.
    perform set_config('storage.allow_delete_query', 'true', true);
    delete from storage.buckets as b
    where b.id in ('personal', 'workspaces')
      and not exists (select from storage.objects as o where o.bucket_id = b.id);
  end if;
  if to_regclass('realtime.messages') is not null then
    drop policy "Only trusted tokens" on realtime.messages;
    drop policy "Members listen to their workspace" on realtime.messages;
    drop policy "Members speak in their workspace" on realtime.messages;
  end if;
end
$$;
drop function cognito_supabase.is_plain_path(text);
