-- Promise: the Data API reaches only objects that a migration has granted.
begin;
\ir helpers/login.psql
select plan(10);

select is_empty(
  'select line from cognito_supabase.unguarded',
  'everything that is exposed is guarded: paste the lines that are missing into a migration');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity $$,
  'every table of the exposed schema has row-level security');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('f', 'm') $$,
  'no foreign table and no materialized view is exposed, because they have no row-level security');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not exists (
         select from pg_policies p
         where p.schemaname = 'public' and p.tablename = c.relname and p.permissive = 'RESTRICTIVE'
           and p.cmd = 'ALL' and p.roles = '{authenticated}'
           and p.qual ~ 'cognito_supabase\.is_trusted' and p.with_check ~ 'cognito_supabase\.is_trusted') $$,
  'every table has the trust policy');

select is_empty(
  $$ select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not exists (
         select from pg_trigger t
         where t.tgrelid = c.oid and t.tgfoid = 'cognito_supabase.check_again()'::regprocedure and t.tgenabled = 'O'
           -- After each statement, for insert, delete and update.
           and t.tgtype & 31 = 4 + 8 + 16) $$,
  'every table has the check after a write');

select is_empty(
  $$ select tablename, policyname from pg_policies
     where schemaname = 'public' and roles <> '{authenticated}' $$,
  'every policy is for authenticated only');

select is_empty(
  $$ select tablename, cmd from pg_policies
     where schemaname = 'public' and permissive = 'PERMISSIVE' group by 1, 2 having count(*) > 1 $$,
  'each operation has one permissive policy');

select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace in (select oid from pg_namespace where nspname in ('public', 'cognito_supabase', 'cognito', 'cognito_audit', 'cognito_analytics'))
       and p.proconfig is distinct from array['search_path=pg_catalog, pg_temp'] $$,
  'every function finds pg_catalog first and temporary names last');

select is_empty(
  $$ select table_name, privilege_type from information_schema.role_table_grants
     where table_schema = 'public' and grantee in ('anon', 'PUBLIC') $$,
  'anon has no privilege on any table');

select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace in (select oid from pg_namespace where nspname in ('public', 'cognito_supabase', 'cognito', 'cognito_audit', 'cognito_analytics'))
       -- The Data API calls the check as every role, and policies for all roles may call uid().
       and p.oid not in ('cognito_supabase.check_request()'::regprocedure, 'cognito_supabase.uid()'::regprocedure)
       and (has_function_privilege('anon', p.oid, 'execute')
            or p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)) $$,
  'PUBLIC may execute only the check of each request and uid()');

select * from finish();
rollback;
