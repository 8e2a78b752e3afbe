-- Removes the module cognito-users. Objects that existed before it stay. Its secrets stay in Vault too.
-- Delete cognito_access_key_id, cognito_secret_access_key, cognito_region, cognito_user_pool_id and
-- cognito_endpoint_url there.

do $$
declare
  found text[] := (select m.found from cognito_supabase.modules as m where m.name = 'cognito-users');
begin
  perform cognito_supabase.remove_module('cognito-users', '{cognito.users, cognito.connect, cognito.create_users}');
  drop function cognito.connect(), cognito.create_users();
  if 'cognito.users' <> all (found) then
    drop foreign table cognito.users;
  end if;
  if 'server cognito_server' <> all (found) then
    drop server cognito_server;
  end if;
  -- If an extension has made it, it is dropped with the extension.
  if 'cognito_wrapper' <> all (found) and not exists (
    select from pg_depend as d join pg_foreign_data_wrapper as w on w.oid = d.objid
    where d.classid = 'pg_foreign_data_wrapper'::regclass and d.deptype = 'e' and w.fdwname = 'cognito_wrapper') then
    drop foreign data wrapper cognito_wrapper;
  end if;
  if 'extension wrappers' <> all (found) then
    drop extension wrappers;
  end if;
  if 'schema cognito' <> all (found) then
    drop schema cognito;
  end if;
end
$$;
