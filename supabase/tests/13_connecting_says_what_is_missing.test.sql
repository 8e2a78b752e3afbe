-- Promise: cognito.connect() names missing secrets, and uses changed ones.
begin;
\ir helpers/login.psql
select plan(7);

delete from vault.secrets where name like 'cognito\_%';
select throws_like($$ select cognito.connect() $$, 'not in Vault: %cognito_secret_access_key%', 'without secrets connect() names them');
select vault.create_secret(v, n) from (values ('AKIA', 'cognito_access_key_id'), ('key', 'cognito_secret_access_key'),
  ('eu-central-1', 'cognito_region'), ('eu-central-1_One', 'cognito_user_pool_id'), ('http://127.0.0.1:9', 'cognito_endpoint_url')) as s (v, n);
select is(cognito.connect(), 'cognito.users reads user pool eu-central-1_One', 'with secrets it connects');
select vault.update_secret(id, 'eu-central-1_Two') from vault.secrets where name = 'cognito_user_pool_id';
select is(cognito.connect(), 'cognito.users reads user pool eu-central-1_Two', 'after a change it connects again');
select matches((select srvoptions::text from pg_foreign_server where srvname = 'cognito_server'), 'eu-central-1_Two', 'the server has the new pool');

drop server cognito_server cascade;
select is(cognito.connect(), 'cognito.users reads user pool eu-central-1_Two', 'a missing server is made');
select has_foreign_table('cognito', 'users', 'a missing table is made');
select is_empty(
  $$ select r from unnest(array['anon', 'authenticated', 'service_role']) as r
     where has_any_column_privilege(r, 'cognito.users', 'select, insert, update, references') $$,
  'nobody else may read the table');


select * from finish();
rollback;
