-- Tables, views and functions of schema public that a role of the Data API can reach without the guard
-- (trust_guard). Such a table accepts ended sessions, disabled people, ID tokens and tokens of other app
-- clients in SQL, Realtime and Storage, where no request is checked first.

create view cognito_supabase.unguarded as
with recursive asking (name) as (
  -- Functions that check trust, themselves or by a function that they call.
  select 'cognito_supabase.require_trust' collate "C"
  union
  select format('%s.%s', n.nspname, p.proname) collate "C"
  from asking
  join pg_proc as p on p.prosrc ~ (replace(asking.name, '.', '\.') || '\M')
  join pg_namespace as n on n.oid = p.pronamespace and n.nspname !~ '^pg_'
), reachable as (
  select c.oid, c.relkind, c.relrowsecurity, c.reloptions,
    format('%I.%I', n.nspname, c.relname) as name
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p', 'f', 'v', 'm')
    and exists (
      select from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as a
      where a.grantee = 0 or pg_get_userbyid(a.grantee) in ('anon', 'authenticated'))
    -- Views of extensions.
    and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
), tables as (
  select name, concat_ws(', ',
    case when not relrowsecurity then 'no row-level security' end,
    case when not exists (
      select from pg_policy as p
      where p.polrelid = reachable.oid and not p.polpermissive and p.polcmd = '*'
        and pg_get_expr(p.polqual, p.polrelid) ~ 'cognito_supabase\.is_trusted'
        and pg_get_expr(p.polwithcheck, p.polrelid) ~ 'cognito_supabase\.is_trusted')
    then 'no trust policy' end,
    case when not exists (
      select from pg_trigger as t
      where t.tgrelid = reachable.oid and t.tgenabled = 'O'
        and t.tgfoid = 'cognito_supabase.check_again()'::regprocedure)
    then 'no check after writes' end,
    case when has_any_column_privilege('anon', reachable.oid, 'select, insert, update, references')
      or has_table_privilege('anon', reachable.oid, 'delete, truncate')
    then 'open to anon' end) as missing
  from reachable where relkind in ('r', 'p')
), views as (
  select name,
    case relkind
      when 'v' then 'it reads as its owner, past the policies of its tables'
      else 'row-level security has no say in it' end as missing,
    case relkind
      when 'v' then format('alter view %s set (security_invoker = true);', name)
      else format('revoke all on %s from anon, authenticated;', name) end as line
  from reachable
  where relkind in ('f', 'm')
    or relkind = 'v' and not coalesce(reloptions::text[] && array[
      'security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], false)
), functions as (
  select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name
  from pg_proc as p
  join pg_namespace as n on n.oid = p.pronamespace
  where n.nspname = 'public' and p.prosecdef
    and format('%s.%s', n.nspname, p.proname) not in (select asking.name from asking)
    and (has_function_privilege('authenticated', p.oid, 'execute')
      or has_function_privilege('anon', p.oid, 'execute'))
    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
)
select 'table' as kind, name, missing, format('select cognito_supabase.protect(%L);', name) as line
from tables where missing <> ''
union all
select 'view', name, missing, line from views
union all
select 'function', name, 'it runs as its owner and does not ask whether the token is trusted',
  format('-- the first line of %s: perform cognito_supabase.require_trust();', name)
from functions;
comment on view cognito_supabase.unguarded is
  'Tables, views and functions of schema public that a role of the Data API can reach without the guard, with the line that guards them. Empty if everything is guarded.';
comment on column cognito_supabase.unguarded.kind is 'table, view or function.';
comment on column cognito_supabase.unguarded.name is 'Schema and name, and the arguments of a function.';
comment on column cognito_supabase.unguarded.missing is 'What the guard would add, or why it does not apply.';
comment on column cognito_supabase.unguarded.line is 'The line of SQL for a migration.';
revoke all on cognito_supabase.unguarded from public, anon, authenticated, service_role;
