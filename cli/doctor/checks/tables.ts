/** Tables, views and functions that the Data API can reach, and the schemas that it must not. */
import type { FindingId } from '../catalogue/index.ts';
import { check, type Found } from '../check.ts';
import { exposedSchemas, openIn } from './exposed.ts';
import { exists, rowsOf } from './query.ts';

interface Unguarded {
  readonly kind: 'table' | 'view' | 'function';
  readonly name: string;
  readonly missing: string;
  readonly line: string;
  readonly relkind: string | null;
}

/** What the view `unguarded` says → the finding, the worst first: one finding for each table. */
const MISSING: readonly (readonly [RegExp, FindingId])[] = [
  [/no row-level security/, 'table-without-rls'],
  [/open to anon/, 'table-open-to-anon'],
  [/no trust policy/, 'table-without-trust-policy'],
  [/no check after writes/, 'table-without-write-check'],
];

function unguardedId({ kind, missing, relkind }: Unguarded): FindingId {
  if (kind === 'function') return 'function-without-trust';
  if (relkind === 'm') return 'materialized-view-exposed';
  if (relkind === 'f') return 'foreign-table-exposed';
  if (relkind === 'v') return 'view-past-policies';
  const [, id] = MISSING.find(([pattern]) => pattern.test(missing)) ?? [];
  if (id === undefined) throw new Error(`cognito_supabase.unguarded says: ${missing}`);
  return id;
}

export const guarded = check('tables of the Data API', ['database'], async (context) => {
  const { database } = context;
  const schemas = await exposedSchemas(context);
  if (!(await exists(database, 'cognito_supabase.unguarded')))
    return openIn(context, schemas, false);
  const rows = await rowsOf<Unguarded>(
    database,
    `select u.kind, u.name, u.missing, u.line, c.relkind::text
     from cognito_supabase.unguarded as u
     left join pg_class as c on u.kind <> 'function' and c.oid = to_regclass(u.name) order by 1, 2`,
  );
  const unguarded = rows.map(
    (row): Found => ({
      ...{ id: unguardedId(row), place: row.name, detail: row.missing, fix: row.line },
      // It takes nothing from people who are trusted.
      safe: row.kind === 'table',
    }),
  );
  // The view looks at schema public.
  const others = schemas.filter((name) => name !== 'public');
  return [...unguarded, ...(await openIn(context, others, true))];
});

/** The module files-and-channels guards these two. Without it, people have no policies on them. */
export const platformTables = check('storage and channels', ['database'], async ({ database }) => {
  const rows = await rowsOf<{ name: string }>(
    database,
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where (n.nspname, c.relname) in (('storage', 'objects'), ('realtime', 'messages'))
       and to_regprocedure('cognito_supabase.is_trusted()') is not null
       and exists (select from pg_policy as p where p.polrelid = c.oid and p.polpermissive
         and p.polroles && array[0, to_regrole('authenticated')]::oid[])
       and not exists (select from pg_policy as p where p.polrelid = c.oid and not p.polpermissive
         and p.polcmd = '*' and pg_get_expr(p.polqual, p.polrelid) ~ 'is_trusted')`,
  );
  return rows.map(({ name }) => ({
    ...{ id: 'table-without-trust-policy' as const, place: name },
    fix:
      `create policy "Only trusted tokens" on ${name} as restrictive for all to authenticated ` +
      'using ((select cognito_supabase.is_trusted())) with check ((select cognito_supabase.is_trusted()));',
  }));
});

const MORE = `
  select 'table-without-policies' as id, c.oid::regclass::text as place, null as fix
  from pg_class as c
  where c.relnamespace::regnamespace::text = any ($1) and c.relkind in ('r', 'p') and c.relrowsecurity
    and (has_any_column_privilege('authenticated', c.oid, 'select, insert, update')
      or has_table_privilege('authenticated', c.oid, 'delete'))
    and not exists (select from pg_policy as p where p.polrelid = c.oid and p.polpermissive
      and p.polroles && array[0, to_regrole('authenticated')]::oid[])
  union all
  select 'function-without-search-path', p.oid::regprocedure::text,
    format('alter function %s set search_path = %L;', p.oid::regprocedure, '')
  from pg_proc as p
  where p.pronamespace::regnamespace::text = any ($1) and p.prosecdef
    and not exists (select from unnest(p.proconfig) as s where s like 'search_path=%')
    and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
  union all
  select 'private-schema-open', n.nspname, format('revoke all on schema %I from anon, authenticated, public;', n.nspname)
  from pg_namespace as n
  where n.nspname in ('cognito', 'cognito_audit', 'cognito_analytics')
    and (has_schema_privilege('anon', n.oid, 'usage') or has_schema_privilege('authenticated', n.oid, 'usage'))
  union all
  select 'private-table-open', c.oid::regclass::text,
    format('revoke all on %s from anon, authenticated, public;', c.oid::regclass)
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname in ('cognito', 'cognito_audit', 'cognito_analytics', 'cognito_supabase') and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and exists (select from unnest(array['anon', 'authenticated']) as r
      where has_any_column_privilege(r, c.oid, 'select, insert, update') or has_table_privilege(r, c.oid, 'delete'))
  union all
  select distinct 'default-grants-open', 'schema public', null
  from pg_default_acl as d cross join aclexplode(d.defaclacl) as a
  where d.defaclnamespace = 'public'::regnamespace and d.defaclobjtype = 'r' and d.defaclrole = current_user::regrole
    and a.grantee in (to_regrole('anon'), to_regrole('authenticated'))
  union all
  select 'refers-to-auth-users', format('%s (%I)', f.conrelid::regclass, f.conname),
    format('alter table %s drop constraint %I;', f.conrelid::regclass, f.conname)
  from pg_constraint as f
  where f.contype = 'f' and f.confrelid = to_regclass('auth.users')
    and f.connamespace::regnamespace::text not in ('auth', 'storage', 'realtime')
  union all
  select 'trigger-on-auth-users', t.tgname::text, null
  from pg_trigger as t where t.tgrelid = to_regclass('auth.users') and not t.tgisinternal
  order by 1, 2`;

export const openings = check('grants, schemas and functions', ['database'], async (context) => {
  const rows = await rowsOf<{ id: FindingId; place: string; fix: string | null }>(
    context.database,
    MORE,
    [await exposedSchemas(context)],
  );
  const safe = new Set<FindingId>(['private-schema-open', 'private-table-open']);
  return rows.map(
    ({ id, place, fix }): Found => ({
      ...{ id, place, safe: safe.has(id) },
      ...(fix !== null && { fix }),
    }),
  );
});
