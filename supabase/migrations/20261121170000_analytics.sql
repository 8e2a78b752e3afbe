-- Module analytics: a role for analysts that reads views and nothing else.
--
-- The views run with their owner's rights (not security_invoker), because analysts have no grants on the
-- tables. Schema cognito_analytics is not exposed, so no API reaches them. Views that filter or aggregate
-- have security_barrier. users, history and runs hide columns but no rows; without it Postgres can use
-- indexes for any condition.

select cognito_supabase.add_module('analytics', '{directory}');

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'cognito_analyst') then
    create role cognito_analyst nologin noinherit;
  end if;
end
$$;
-- The owner can check what analysts see: set role cognito_analyst.
grant cognito_analyst to postgres;
comment on role cognito_analyst is 'Reads schema cognito_analytics, and nothing else. cognito.admit_analyst() grants it.';
-- A setting of a role applies only to a login of that role, so admit_analyst sets it for each login.
alter role cognito_analyst set default_transaction_read_only = on;
alter role cognito_analyst set statement_timeout = '60s';
alter role cognito_analyst set idle_session_timeout = '30min';
alter role cognito_analyst set idle_in_transaction_session_timeout = '30min';

create schema cognito_analytics;
revoke all on schema cognito_analytics from public;
comment on schema cognito_analytics is 'Views about users, over cognito.directory and the application''s tables. For cognito_analyst. Days and weeks are UTC in every session.';

create function cognito.admit_analyst(login name) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    api_roles constant text[] := '{anon,authenticated,service_role,authenticator}';
    problem text;
  begin
    if not exists (select from pg_catalog.pg_roles as r where r.rolname = login and r.rolcanlogin) then
      raise exception using errcode = 'PT400',
        message = format('there is no role %s that can log in', coalesce(login, 'null')),
        hint = 'Make one for the person: create role ann login password ''…''';
    end if;
    -- A role also has the rights of roles that it is a member of. A token can name a role that
    -- authenticator is a member of, and then the views would be open to the API. A role counts as a
    -- member of itself.
    select case when r.rolname = login then '' else format(': it is a member of %s', r.rolname) end into problem
    from pg_catalog.pg_roles as r
    where pg_has_role(login, r.oid, 'member')
      and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication or r.rolname like 'pg\_%'
        or r.rolname = any (api_roles || '{postgres,supabase_admin}'))
    order by r.rolname <> login, r.rolname limit 1;
    if not found then
      select format(': %s is a member of it', r.rolname) into problem
      from pg_catalog.pg_roles as r
      where r.rolname = any (api_roles) and pg_has_role(r.oid, login, 'member')
      order by r.rolname limit 1;
    end if;
    if found then
      raise exception using errcode = 'PT400',
        message = format('%s cannot be the role of an analyst', login) || problem,
        hint = 'Each analyst has a role of their own, without superuser, bypassrls, createrole and replication, apart from the roles of Postgres and of the API: create role ann login password ''…''';
    end if;
    execute format('grant cognito_analyst to %I', login);
    execute format('alter role %I set default_transaction_read_only = on', login);
    execute format('alter role %I set statement_timeout = %L', login, '60s');
    -- An idle session can hold a lock that a refresh waits for. The first setting does not apply inside a
    -- transaction.
    execute format('alter role %I set idle_session_timeout = %L', login, '30min');
    execute format('alter role %I set idle_in_transaction_session_timeout = %L', login, '30min');
    execute format('alter role %I set search_path = cognito_analytics', login);
  end
  $$;
revoke execute on function cognito.admit_analyst(name) from public;
comment on function cognito.admit_analyst(name) is
  'Makes an existing login role an analyst of schema cognito_analytics. Read-only transactions, 60 s for a statement and 30 min of idling are defaults that the role can change for itself. They guard against accidents; the grants are the boundary. Refuses roles that can do more than log in, and those of the API (PT400).';
