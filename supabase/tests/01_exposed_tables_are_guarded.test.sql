-- Promise: nothing is reachable through the Data API that a migration has not opened on purpose.
begin;
\ir helpers/login.psql
select plan(6);

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity $$,
  'every table of the exposed schema has row-level security');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('f', 'm') $$,
  'no foreign table and no materialized view is exposed: they know no row-level security');

select results_eq(
  $$ select tablename::text collate "default", policyname::text collate "default",
            cmd collate "default", roles::text collate "default"
     from pg_policies where schemaname = 'public' order by tablename, cmd $$,
  $$ values
     ('app_users', 'People make their own row', 'INSERT', '{authenticated}'),
     ('app_users', 'People see their own row', 'SELECT', '{authenticated}'),
     ('app_users', 'People rename themselves', 'UPDATE', '{authenticated}'),
     ('notes', 'People delete their own notes', 'DELETE', '{authenticated}'),
     ('notes', 'People write notes as themselves', 'INSERT', '{authenticated}'),
     ('notes', 'People see their own notes', 'SELECT', '{authenticated}'),
     ('notes', 'People edit their own notes', 'UPDATE', '{authenticated}') $$,
  'the policies are these and no others');

select is_empty(
  $$ select table_name, privilege_type from information_schema.role_table_grants
     where table_schema = 'public' and grantee in ('anon', 'PUBLIC') $$,
  'anon has no privilege on any table');

select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace, 'cognito'::regnamespace)
       and (has_function_privilege('anon', p.oid, 'execute')
            or p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)) $$,
  'no function of the project is for everybody');

create table public.made_later (id int);
select is_empty(
  $$ select privilege_type from information_schema.role_table_grants
     where table_name = 'made_later' and grantee in ('anon', 'authenticated', 'service_role') $$,
  'a table that a later migration makes starts closed');

select * from finish();
rollback;
