-- Promise: nothing is reachable through the Data API that a migration has not opened on purpose.
begin;
\ir helpers/login.psql
select plan(11);

select is_empty(
  'select line from private.unguarded',
  'everything that is exposed is guarded: paste the lines that are missing into a migration');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity $$,
  'every table of the exposed schema has row-level security');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('f', 'm') $$,
  'no foreign table and no materialized view is exposed: they know no row-level security');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not exists (
         select from pg_policies p
         where p.schemaname = 'public' and p.tablename = c.relname and p.permissive = 'RESTRICTIVE'
           and p.cmd = 'ALL' and p.roles = '{authenticated}'
           and p.qual ~ 'private\.is_trusted' and p.with_check ~ 'private\.is_trusted') $$,
  'every table asks whether the token is trusted');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not exists (
         select from pg_trigger t
         where t.tgrelid = c.oid and t.tgfoid = 'private.check_again()'::regprocedure and t.tgenabled = 'O'
           -- After each statement, for insert, delete and update.
           and t.tgtype & 31 = 4 + 8 + 16) $$,
  'every table asks again after a write');

select is_empty(
  $$ select tablename, policyname from pg_policies
     where schemaname = 'public' and roles <> '{authenticated}' $$,
  'no policy is for anybody who has not signed in');

select is_empty(
  $$ select tablename, cmd from pg_policies
     where schemaname = 'public' and permissive = 'PERMISSIVE' group by 1, 2 having count(*) > 1 $$,
  'one permissive policy an operation');

select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace in (select oid from pg_namespace where nspname in ('public', 'private', 'cognito', 'audit', 'analytics'))
       and p.proconfig is distinct from array['search_path=""'] $$,
  'every function has an empty search_path');

select is_empty(
  $$ select table_name, privilege_type from information_schema.role_table_grants
     where table_schema = 'public' and grantee in ('anon', 'PUBLIC') $$,
  'anon has no privilege on any table');

select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace in (select oid from pg_namespace where nspname in ('public', 'private', 'cognito', 'audit', 'analytics'))
       -- The Data API calls it as every role.
       and p.oid <> 'private.check_request()'::regprocedure
       and (has_function_privilege('anon', p.oid, 'execute')
            or p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)) $$,
  'no function of the project is for everybody, but for the check of each request');

create table public.made_later (id int);
select is_empty(
  $$ select privilege_type from information_schema.role_table_grants
     where table_name = 'made_later' and grantee in ('anon', 'authenticated', 'service_role') $$,
  'a table that a later migration makes starts closed');

select * from finish();
rollback;
