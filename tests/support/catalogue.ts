/**
 * The catalogue of a database: a line for each object, with owner, privileges and definition. It takes
 * the place of `supabase db diff`, which needs a container.
 */
import type pg from 'pg';

/** Schemas of Postgres itself, and of the CLI's history. */
const OWN =
  "n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'supabase_migrations')";

const QUERY = `
  select 'schema ' || n.nspname as name, concat_ws(' ', n.nspowner::regrole, n.nspacl, obj_description(n.oid)) as is
  from pg_namespace as n where ${OWN}
  union all
  select concat(case c.relkind when 'v' then 'view ' when 'f' then 'foreign table ' when 'i' then 'index '
      when 'S' then 'sequence ' when 'c' then 'composite ' else 'table ' end, n.nspname, '.', c.relname),
    concat_ws(' ', c.relowner::regrole, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, obj_description(c.oid),
      case c.relkind when 'v' then pg_get_viewdef(c.oid) when 'i' then pg_get_indexdef(c.oid) end)
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where ${OWN} and c.relkind <> 't'
  union all
  select format('column %s.%s.%s', n.nspname, c.relname, a.attname),
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl, a.attstattarget, a.attidentity,
      a.attgenerated, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
  from pg_attribute as a join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
  left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where ${OWN} and a.attnum > 0 and not a.attisdropped
  union all
  select format('function %s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
    concat_ws(' ', p.proowner::regrole, p.proacl, case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end,
      obj_description(p.oid, 'pg_proc'))
  from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace where ${OWN}
  union all
  select format('trigger %s on %s', t.tgname, t.tgrelid::regclass),
    concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
  from pg_trigger as t join pg_class as c on c.oid = t.tgrelid join pg_namespace as n on n.oid = c.relnamespace
  where ${OWN} and not t.tgisinternal
  union all
  select format('constraint %s on %s', k.conname, k.conrelid::regclass), pg_get_constraintdef(k.oid)
  from pg_constraint as k join pg_namespace as n on n.oid = k.connamespace where ${OWN} and k.conrelid <> 0
  union all
  select format('policy %s on %s.%s', p.policyname, p.schemaname, p.tablename),
    concat_ws(' ', p.permissive, p.roles, p.cmd, p.qual, p.with_check)
  from pg_policies as p
  union all
  select format('type %s.%s', n.nspname, t.typname),
    concat_ws(' ', t.typowner::regrole, t.typacl, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
      array(select e.enumlabel from pg_enum as e where e.enumtypid = t.oid order by e.enumsortorder),
      obj_description(t.oid, 'pg_type'))
  from pg_type as t join pg_namespace as n on n.oid = t.typnamespace where ${OWN} and t.typtype in ('d', 'e')
  union all
  select 'role ' || r.rolname,
    concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcanlogin, r.rolbypassrls, array(
      select m.roleid::regrole::text from pg_auth_members as m where m.member = r.oid order by 1))
  from pg_roles as r where r.rolname !~ '^pg_'
  union all
  select format('settings of %s', coalesce(s.setrole::regrole::text, '')), s.setconfig::text
  from pg_db_role_setting as s
  union all
  select format('default privileges of %s in %s on %s', d.defaclrole::regrole, d.defaclnamespace::regnamespace, d.defaclobjtype),
    array(select a::text from aclexplode(d.defaclacl) as a order by 1)::text
  from pg_default_acl as d
  union all
  select 'privileges of the database', array(
    select a::text from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a order by 1)::text
  from pg_database as d where d.datname = current_database()
  union all
  select 'extension ' || extname, extnamespace::regnamespace::text from pg_extension
  union all
  select 'wrapper ' || fdwname, concat_ws(' ', fdwowner::regrole, fdwacl) from pg_foreign_data_wrapper
  union all
  select 'server ' || srvname, concat_ws(' ', srvowner::regrole, srvacl, srvoptions) from pg_foreign_server
  union all
  select 'event trigger ' || evtname, concat_ws(' ', evtfoid::regproc, evtevent, evttags, evtenabled) from pg_event_trigger
  union all
  select 'publication ' || pubname, concat_ws(' ', puballtables, (
    select string_agg(p.schemaname || '.' || p.tablename, ',') from pg_publication_tables as p where p.pubname = b.pubname))
  from pg_publication as b
  union all
  select 'bucket ' || b.id, (to_jsonb(b) - 'created_at' - 'updated_at')::text from storage.buckets as b`;

export type Catalogue = ReadonlyMap<string, string>;

/** All objects by kind and name. */
export async function catalogueOf(client: pg.Client): Promise<Catalogue> {
  const { rows } = await client.query<{ name: string; is: string }>(QUERY);
  return new Map(rows.map((row) => [row.name, row.is]));
}

/** The differences: `+` is only in `after`, `-` only in `before`, `~` is different in both. */
export function differences(before: Catalogue, after: Catalogue): string[] {
  const gone = [...before.keys()].filter((name) => !after.has(name)).map((name) => `- ${name}`);
  const other = [...after].flatMap(([name, is]) => {
    const was = before.get(name);
    if (was === undefined) return [`+ ${name}`];
    return was === is ? [] : [`~ ${name}: ${was} → ${is}`];
  });
  return [...gone, ...other].sort();
}
