-- Promise: cognito_analyst reads schema cognito_analytics and nothing else, no role of the API reads
-- either schema, and only the owner can find a secret.
begin;
\ir helpers/login.psql
select plan(31);

select is_empty(
  $$ select r, c.oid::regclass from pg_class as c, unnest(array['anon', 'authenticated', 'service_role', 'cognito_analyst']) as r
     where c.relnamespace = 'cognito'::regnamespace and c.relkind in ('r', 'v', 'm', 'f', 'p', 'S')
       and (has_any_column_privilege(r, c.oid, 'select, insert, update, references')
            or (c.relkind <> 'S' and has_table_privilege(r, c.oid, 'delete, truncate, trigger'))) $$,
  'no role has any privilege on anything in schema cognito') ;
select is_empty(
  $$ select r, s from unnest(array['cognito', 'cognito_analytics']) as s, unnest(array['anon', 'authenticated', 'service_role']) as r
     where has_schema_privilege(r, s, 'usage') or has_schema_privilege(r, s, 'create') $$,
  'no role of the API may use schema cognito or cognito_analytics');
select is_empty(
  $$ select r, p.oid::regprocedure from pg_proc as p, unnest(array['anon', 'authenticated', 'service_role', 'cognito_analyst']) as r
     where p.pronamespace in ('cognito'::regnamespace, 'cognito_analytics'::regnamespace) and has_function_privilege(r, p.oid, 'execute') $$,
  'no role of the API may execute a function there');
select is_empty(
  $$ select c.oid::regclass from pg_class as c
     where c.relnamespace = 'cognito_analytics'::regnamespace and (c.relkind <> 'v' or not has_table_privilege('cognito_analyst', c.oid, 'select')) $$,
  'cognito_analytics contains views only, and the analyst reads each');
select is_empty(
  $$ select c.oid::regclass from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where c.relkind in ('r', 'v', 'm', 'f', 'p') and n.nspname not in ('cognito_analytics', 'pg_catalog', 'information_schema')
       and n.nspname !~ '^pg_(toast|temp)' and n.nspname <> 'tests'
       and has_schema_privilege('cognito_analyst', n.oid, 'usage')
       and has_any_column_privilege('cognito_analyst', c.oid, 'select')
       and c.relname !~ '^(pg_all_foreign_keys|tap_funky)$' $$,
  'the analyst reads no other table');
select is_empty(
  $$ select c.oid::regclass from pg_class as c
     where c.relkind in ('r', 'v', 'p') and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
       and has_table_privilege('cognito_analyst', c.oid, 'insert, update, delete, truncate')
       and has_schema_privilege('cognito_analyst', c.relnamespace, 'usage') $$,
  'the analyst writes no table');
select ok(not (select rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls from pg_roles where rolname = 'cognito_analyst'),
  'the role cannot log in, and has no attributes');
select bag_has(
  $$ select unnest(setconfig) from pg_db_role_setting as s where s.setrole = 'cognito_analyst'::regrole $$,
  $$ values ('default_transaction_read_only=on'), ('statement_timeout=60s'), ('idle_session_timeout=30min'),
            ('idle_in_transaction_session_timeout=30min') $$,
  'the role is read-only, with limits for statements and idle sessions');
create role tests_analyst login;
select cognito.admit_analyst('tests_analyst');
select bag_has(
  $$ select unnest(setconfig) from pg_db_role_setting as s where s.setrole = 'tests_analyst'::regrole $$,
  $$ values ('default_transaction_read_only=on'), ('statement_timeout=60s'), ('idle_session_timeout=30min'),
            ('idle_in_transaction_session_timeout=30min'), ('search_path=cognito_analytics') $$,
  'an admitted login has the same settings');
select ok(pg_has_role('tests_analyst', 'cognito_analyst', 'usage'), 'an admitted login has the rights of the role');
select lives_ok($$ select cognito.admit_analyst('tests_analyst') $$, 'a login can be admitted twice');

-- Roles whose settings and rights must not change.
create temp table settings as select setrole, setdatabase, setconfig from pg_db_role_setting;
create role tests_group;
create role tests_maker createrole;
create role tests_bypass login bypassrls;
create role tests_replicate login replication;
create role tests_maker_login login createrole;
create role tests_served login in role service_role;
create role tests_between in role authenticated;
create role tests_far login in role tests_between;
create role tests_made login in role tests_maker;
create role tests_lent login;
grant tests_lent to authenticated;
select throws_ok(format('select cognito.admit_analyst(%L)', r.login), 'PT400', format(r.message, r.login), r.why)
from (values
  ('authenticated', 'there is no role %s that can log in', 'the API''s role is no analyst'),
  ('service_role', 'there is no role %s that can log in', 'nor the service'),
  ('tests_group', 'there is no role %s that can log in', 'nor a role that nobody logs in as'),
  ('tests_nobody', 'there is no role %s that can log in', 'nor one that is not there'),
  ('authenticator', '%s cannot be the role of an analyst', 'nor what the API logs in as'),
  ('postgres', '%s cannot be the role of an analyst', 'nor the owner'),
  ('supabase_admin', '%s cannot be the role of an analyst', 'nor the superuser'),
  ('tests_bypass', '%s cannot be the role of an analyst', 'nor who bypasses row-level security'),
  ('tests_replicate', '%s cannot be the role of an analyst', 'nor who replicates'),
  ('tests_maker_login', '%s cannot be the role of an analyst', 'nor who makes roles'),
  ('tests_served', '%s cannot be the role of an analyst: it is a member of service_role', 'nor who is a member of the service'),
  ('tests_far', '%s cannot be the role of an analyst: it is a member of authenticated', 'nor a member of a member'),
  ('tests_made', '%s cannot be the role of an analyst: it is a member of tests_maker', 'nor a member of who makes roles'),
  ('tests_lent', '%s cannot be the role of an analyst: authenticated is a member of it', 'nor a role that a token can name')
) as r (login, message, why);
select is_empty(
  $$ select setrole::regrole, setconfig from pg_db_role_setting
     except select setrole::regrole, setconfig from settings $$,
  'the refused roles are unchanged');

-- Connects with unique credentials, then searches for them as the analyst.
select vault.update_secret(id, 'SECRET-OF-THE-POOL') from vault.secrets where name = 'cognito_secret_access_key';
select case when exists (select from vault.secrets where name = 'cognito_secret_access_key')
  then null else vault.create_secret('SECRET-OF-THE-POOL', 'cognito_secret_access_key') end;
select vault.create_secret(v, n) from (values ('x', 'cognito_access_key_id'), ('eu-central-1', 'cognito_region'), ('eu-central-1_X', 'cognito_user_pool_id')) as s (v, n)
where not exists (select from vault.secrets as o where o.name = s.n);
select lives_ok($$ select cognito.connect() $$, 'the pool is connected');

create function tests.catalogs_with(secret text) returns setof text
  language plpgsql
  as $$
  declare
    relation regclass;
    hit boolean;
  begin
    for relation in
      select c.oid from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
      where c.relkind in ('r', 'v', 'm') and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
        -- Three of them contain this test's own statements.
        and n.nspname !~ '^pg_(toast|temp)' and c.relname !~ '^pg_(proc|rewrite|stat_activity)$'
        -- Skips views over pg_catalog and slow views, except those that could show an option.
        and (n.nspname <> 'information_schema' or c.relname ~ 'foreign_|user_mapping')
    loop
      begin
        execute format('select exists (select from %s as r where strpos(r::text, $1) > 0)', relation) into hit using secret;
        if hit then
          return next relation::text;
        end if;
      exception when insufficient_privilege or sqlstate 'PT403' then
        null;
      end;
    end loop;
  end
  $$;
select isnt_empty($$ select 1 from vault.decrypted_secrets where decrypted_secret = 'SECRET-OF-THE-POOL' $$, 'the owner finds the secret in Vault');
-- The analyst may not use pgTAP, so the role is set for the search only.
create function tests.catalogs_as(role text) returns text[]
  language plpgsql
  as $$
  declare
    found text[];
  begin
    perform set_config('role', catalogs_as.role, true);
    found := array(select tests.catalogs_with('SECRET-OF-THE-POOL'));
    perform tests.as_owner();
    return found;
  end
  $$;
select is(tests.catalogs_as('cognito_analyst'), '{}', 'the analyst finds it in no catalog');
select is(tests.catalogs_as('authenticated'), '{}', 'a signed-in person finds it in no catalog');
select is_empty(
  $$ select o from pg_foreign_server as s, unnest(s.srvoptions) as o where o ~* 'secret_access_key|SECRET-OF' $$,
  'it is not in the options of a server');

select * from finish();
rollback;
