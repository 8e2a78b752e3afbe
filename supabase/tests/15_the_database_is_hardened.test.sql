-- Promise: with module hardening, new objects have no grants, and no role of the API can create temporary
-- objects.
begin;
create extension if not exists pgtap with schema extensions;
select plan(6);

create table public.made_later (id int);
select is_empty(
  $$ select privilege_type from information_schema.role_table_grants
     where table_name = 'made_later' and grantee in ('anon', 'authenticated', 'service_role') $$,
  'a new table has no grants');
select is(
  (select setting from pg_db_role_setting, unnest(setconfig) as setting
   where setrole = 'authenticated'::regrole and setting like 'statement\_timeout=%'),
  'statement_timeout=3s', 'a request of a person ends after three seconds');
select ok(not has_database_privilege(r, current_database(), 'temporary'), r || ' makes nothing temporary')
from unnest(array['anon', 'authenticated', 'service_role', 'authenticator']) as r;

select * from finish();
rollback;
