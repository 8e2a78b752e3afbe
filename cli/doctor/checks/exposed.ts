/** Schemas that the Data API exposes, and what is open in them without module trust. */
import type { FindingId } from '../catalogue/index.ts';
import type { Context, Found, With } from '../check.ts';
import { exposedIn, readable } from '../config-toml.ts';
import { privateSchemas } from '../kit-schemas.ts';
import { rowsOf } from './query.ts';

/** Several checks of a run ask for it. */
const ofProject = new WeakMap<Context, Promise<readonly string[]>>();

/** That the settings of the project cannot be read is said by another check. */
function exposedByProject(context: Context): Promise<readonly string[]> {
  const known = ofProject.get(context);
  if (known !== undefined) return known;
  const asked = context.hosted?.exposedSchemas().catch(() => []) ?? Promise.resolve([]);
  ofProject.set(context, asked);
  return asked;
}

const SETTING = `
  select trim(schema) as name
  from pg_db_role_setting as s cross join unnest(s.setconfig) as setting
    cross join string_to_table(substr(setting, length('pgrst.db_schemas=') + 1), ',') as schema
  where s.setrole = to_regrole('authenticator') and setting like 'pgrst.db\\_schemas=%'`;

/**
 * Schema public, and the others that any setting names: the role authenticator, the hosted project, config.toml. A
 * private schema among them is a finding of its own, and left out.
 */
export async function exposedSchemas(context: With<'database'>): Promise<readonly string[]> {
  const config = readable(context.project?.config);
  const names = [
    'public',
    ...(await rowsOf<{ name: string }>(context.database, SETTING)).map(({ name }) => name),
    ...(await exposedByProject(context)),
    ...((config && exposedIn(config)) ?? []),
  ];
  const isPrivate = await privateSchemas(context);
  return [...new Set(names)].filter((name) => !isPrivate.has(name));
}

/** The worst of each table and view that a role of the Data API may use. */
const OPEN = `
  with reachable as (
    select c.oid, c.relkind, c.relrowsecurity, format('%I.%I', n.nspname, c.relname) as name,
      coalesce(c.reloptions::text[] && array[
        'security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], false) as invoker
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any ($1) and c.relkind in ('r', 'p', 'f', 'v', 'm')
      and exists (select from unnest(array['anon', 'authenticated']) as r
        where has_schema_privilege(r, n.oid, 'usage')
          and (has_any_column_privilege(r, c.oid, 'select, insert, update') or has_table_privilege(r, c.oid, 'delete')))
      and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
  ), judged as (
    select name, case
      when relkind = 'm' then 'materialized-view-exposed'
      when relkind = 'f' then 'foreign-table-exposed'
      when relkind = 'v' then case when not invoker then 'view-past-policies' end
      when not relrowsecurity then 'table-without-rls'
      when $2 and not exists (select from pg_policy as p where p.polrelid = oid and not p.polpermissive
        and p.polcmd = '*' and pg_get_expr(p.polqual, p.polrelid) ~ 'is_trusted') then 'table-without-trust-policy'
    end as id
    from reachable
  )
  select id, name, case id when 'table-without-rls' then
      E'-- afterwards nobody reads or writes a row until a policy lets them\\n' else '' end || case
    when id like 'table-%' and $2 then format('select cognito_supabase.protect(%L);', name)
    when id = 'table-without-rls' then format('alter table %s enable row level security;', name)
    when id = 'view-past-policies' then format('alter view %s set (security_invoker = true);', name)
    else format('revoke all on %s from anon, authenticated;', name) end as fix
  from judged where id is not null order by 2`;

/** @param isGuarded the module trust is there, so each table has to have its policy */
export async function openIn(
  { database }: With<'database'>,
  schemas: readonly string[],
  isGuarded: boolean,
): Promise<readonly Found[]> {
  const rows = await rowsOf<{ id: FindingId; name: string; fix: string }>(database, OPEN, [
    schemas,
    isGuarded,
  ]);
  return rows.map(({ id, name: place, fix }) => ({ id, place, fix }));
}
