-- Module hardening: settings of the whole database that limit the damage of mistakes in a project's own
-- tables and functions. It changes settings of the project, so no other module does this.
-- supabase/modules/remove/hardening.sql restores the former settings.

select cognito_supabase.add_module('hardening', '{base}');

create table cognito_supabase.before_hardening (
  only_row boolean primary key default true,
  default_privileges jsonb not null,
  temporary boolean not null,
  statement_timeout text,
  constraint before_hardening_only_row check (only_row)
);
alter table cognito_supabase.before_hardening enable row level security;
revoke all on cognito_supabase.before_hardening from anon, authenticated, service_role;
comment on table cognito_supabase.before_hardening is 'Settings that module hardening has replaced, for its removal.';
comment on column cognito_supabase.before_hardening.only_row is 'Keeps the table at one row.';
comment on column cognito_supabase.before_hardening.default_privileges is
  'Default privileges of the API''s roles in schema public: objects with kind, grantee, privilege, grantable.';
comment on column cognito_supabase.before_hardening.temporary is 'Whether PUBLIC could make temporary tables.';
comment on column cognito_supabase.before_hardening.statement_timeout is 'Setting of the role authenticated; null where it had none.';

insert into cognito_supabase.before_hardening (default_privileges, temporary, statement_timeout) values (
  (select coalesce(jsonb_agg(jsonb_build_object(
      'kind', case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' end,
      'grantee', a.grantee::regrole::text, 'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
    from pg_catalog.pg_default_acl as d cross join aclexplode(d.defaclacl) as a
    where d.defaclnamespace = 'public'::regnamespace and d.defaclrole = current_user::regrole
      and d.defaclobjtype in ('r', 'S', 'f')
      and a.grantee::regrole::text in ('anon', 'authenticated', 'service_role')),
  exists (
    select from pg_catalog.pg_database as d cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
    where d.datname = current_database() and a.grantee = 0 and a.privilege_type = 'TEMPORARY'),
  (select substr(setting, length('statement_timeout=') + 1)
    from pg_catalog.pg_db_role_setting as s cross join unnest(s.setconfig) as setting
    where s.setrole = 'authenticated'::regrole and s.setdatabase = 0 and setting like 'statement\_timeout=%')
);

-- New objects in public are for their owner only, until a migration grants more. (New projects of 2026
-- start like this; older ones grant everything to anon and authenticated.) The default EXECUTE of PUBLIC
-- on functions cannot be set for a schema, so each function revokes it itself.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public
  revoke execute on functions from anon, authenticated, service_role;

-- With an empty search_path Postgres still finds temporary types and tables first. A caller who can
-- create them could replace the type jsonb in a function that runs as its owner. The kit's functions name
-- pg_temp last, but a project's functions may not.
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
end
$$;

-- Maximum time of a person's request. With the platform's default of 8 s a few slow regular expressions
-- can hold every connection. A shorter limit of the project stays.
do $$
declare
  theirs interval := (
    -- A number without a unit is in milliseconds.
    select regexp_replace(b.statement_timeout, '^(\d+)$', '\1 ms')::interval from cognito_supabase.before_hardening as b);
begin
  if theirs is null or theirs > interval '3 s' or theirs = interval '0' then
    alter role authenticated set statement_timeout = '3s';
  end if;
end
$$;
notify pgrst, 'reload config';
