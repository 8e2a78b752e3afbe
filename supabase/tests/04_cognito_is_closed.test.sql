-- Promise: cognito.users has the shape of Supabase's Wrappers, and only the owner reads it.
begin;
\ir helpers/login.psql
select plan(12);

select columns_are('cognito', 'users',
  array['username', 'email', 'status', 'enabled', 'created_at', 'updated_at', 'attributes'],
  'the columns are those of Wrappers');
select col_type_is('cognito', 'users', 'enabled', 'boolean', 'enabled is boolean');
select col_type_is('cognito', 'users', 'created_at', 'timestamp without time zone', 'created_at has no time zone');
select col_type_is('cognito', 'users', 'attributes', 'jsonb', 'attributes is jsonb');
select is(
  (select fdwname::text from pg_foreign_data_wrapper w join pg_foreign_server s on s.srvfdw = w.oid
   where s.srvname = 'cognito_server'), 'cognito_wrapper', 'the server belongs to the Cognito wrapper');

select ok(not has_schema_privilege(r, 'cognito', 'usage'), r || ' cannot enter schema cognito')
from unnest(array['anon', 'authenticated', 'service_role']) as r;
select ok(not has_table_privilege(r, 'cognito.users', 'select'), r || ' cannot read cognito.users')
from unnest(array['anon', 'authenticated', 'service_role']) as r;

select is_empty(
  $$ select o from pg_foreign_server s, unnest(s.srvoptions) o where o ~* 'secret_access_key' $$,
  'the catalog has no secret key');

select * from finish();
rollback;
