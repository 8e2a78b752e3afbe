/** Tables, views and functions that the Data API can reach, and the schemas that it must not. */
import type { FindingId } from '../catalogue/index.ts';
import { check, type Found } from '../check.ts';
import { kitSchemas } from '../kit-schemas.ts';
import { exposedSchemas, openIn } from './exposed.ts';
import { exists, rowsOf } from './query.ts';
import { PLATFORM_TABLES, unguarded } from './unguarded.ts';

export const guarded = check('tables of the Data API', ['database'], async (context) => {
  const schemas = await exposedSchemas(context);
  if (!(await exists(context.database, 'cognito_supabase.unguarded')))
    return openIn(context, schemas, false);
  // The view looks at schema public.
  const others = schemas.filter((name) => name !== 'public');
  return [...(await unguarded(context)), ...(await openIn(context, others, true))];
});

export const platformTables = check('storage and channels', ['database'], async ({ database }) => {
  const rows = await rowsOf<{ name: string }>(database, PLATFORM_TABLES);
  return rows.map(({ name }) => ({
    ...{ id: 'table-without-trust-policy' as const, place: name },
    fix:
      `create policy "Only trusted tokens" on ${name} as restrictive for all to authenticated ` +
      'using ((select cognito_supabase.is_trusted())) with check ((select cognito_supabase.is_trusted()));',
  }));
});

/** A table, function or constraint that an extension made. */
const ofExtension = (oid: string): string =>
  `exists (select from pg_depend as d where d.objid = ${oid} and d.deptype = 'e')`;

/** $1: exposed schemas. $2: schemas that the kit made. $3: tables of the kit in schemas of others. */
const MORE = `
  select 'table-without-policies' as id, format('%I.%I', n.nspname, c.relname) as place, null as fix
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = any ($1) and c.relkind in ('r', 'p') and c.relrowsecurity
    and (has_any_column_privilege('authenticated', c.oid, 'select, insert, update')
      or has_table_privilege('authenticated', c.oid, 'delete'))
    and not exists (select from pg_policy as p where p.polrelid = c.oid and p.polpermissive
      and p.polroles && array[0, to_regrole('authenticated')]::oid[])
    and not ${ofExtension('c.oid')}
  union all
  select 'function-without-search-path', p.oid::regprocedure::text,
    format(E'-- add the other schemas that its body names without a schema\\nalter routine %s set search_path = %s;',
      p.oid::regprocedure, (
        select string_agg(quote_ident(s), ', ' order by at)
        from unnest(array[n.nspname, 'public', 'extensions', 'pg_temp']) with ordinality as path (s, at)
        where (at = 1 or s <> n.nspname) and (s = 'pg_temp' or to_regnamespace(quote_ident(s)) is not null)))
  from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
  where n.nspname = any ($1) and p.prosecdef
    and not exists (select from unnest(p.proconfig) as s where s like 'search_path=%')
    and not ${ofExtension('p.oid')}
  union all
  select 'private-schema-open', n.nspname, format('revoke all on schema %I from anon, authenticated, public;', n.nspname)
  from pg_namespace as n
  where n.nspname = any ($2) and n.nspname <> 'cognito_supabase'
    and (has_schema_privilege('anon', n.oid, 'usage') or has_schema_privilege('authenticated', n.oid, 'usage'))
  union all
  select 'private-table-open', t.name, format('revoke all on %s from anon, authenticated, public;', t.name)
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    cross join lateral (select format('%I.%I', n.nspname, c.relname) as name) as t
  where (n.nspname = any ($2) or t.name = any ($3)) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and exists (select from unnest(array['anon', 'authenticated']) as r
      where has_any_column_privilege(r, c.oid, 'select, insert, update') or has_table_privilege(r, c.oid, 'delete'))
  union all
  select distinct 'default-grants-open', 'schema public', null
  from pg_default_acl as d cross join aclexplode(d.defaclacl) as a
  where d.defaclnamespace = 'public'::regnamespace and d.defaclobjtype = 'r' and d.defaclrole = current_user::regrole
    and a.grantee in (to_regrole('anon'), to_regrole('authenticated'))
  union all
  select 'refers-to-auth-users', format('%I.%I (%I)', n.nspname, c.relname, f.conname),
    format('alter table %I.%I drop constraint %I;', n.nspname, c.relname, f.conname)
  from pg_constraint as f join pg_class as c on c.oid = f.conrelid join pg_namespace as n on n.oid = c.relnamespace
  where f.contype = 'f' and f.confrelid = to_regclass('auth.users')
    -- A partition's foreign key belongs to its table, and cannot be dropped alone.
    and f.conparentid = 0
    and n.nspname not in ('auth', 'storage', 'realtime') and not ${ofExtension('c.oid')}
  union all
  select 'trigger-on-auth-users', t.tgname::text, null
  from pg_trigger as t where t.tgrelid = to_regclass('auth.users') and not t.tgisinternal
  order by 1, 2`;

/** What narrows access is not safe: somebody may use it today. */
export const openings = check('grants, schemas and functions', ['database'], async (context) => {
  const kit = await kitSchemas(context.database);
  const rows = await rowsOf<{ id: FindingId; place: string; fix: string | null }>(
    context.database,
    MORE,
    [
      await exposedSchemas(context),
      kit.filter(({ made }) => made).map(({ name }) => name),
      kit.filter(({ made }) => !made).flatMap(({ tables }) => tables),
    ],
  );
  return rows.map(({ id, place, fix }): Found => ({ id, place, ...(fix !== null && { fix }) }));
});
