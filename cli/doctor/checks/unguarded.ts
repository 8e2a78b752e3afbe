/** What the view `unguarded` of module trust says of schema public, and which of its lines `--fix` may run. */
import { UNGUARDED_LINE } from '@cognito-supabase/local/unguarded-line';
import { CHECK_REQUEST, PRE_REQUEST } from '../../pre-request-setting.ts';
import type { FindingId } from '../catalogue/index.ts';
import type { Found, With } from '../check.ts';
import { rowsOf } from './query.ts';

interface Unguarded {
  readonly kind: 'table' | 'view' | 'function';
  readonly name: string;
  readonly missing: string;
  readonly line: string;
  readonly relkind: string | null;
  /** The line takes nothing from anybody, if each request is checked already. */
  readonly harmless: boolean;
}

/** What the view says → the finding, the worst first: one finding for each table. */
const MISSING: readonly (readonly [RegExp, FindingId])[] = [
  [/no row-level security/, 'table-without-rls'],
  [/open to anon/, 'table-open-to-anon'],
  [/no trust policy/, 'table-without-trust-policy'],
  [/no check after writes/, 'table-without-write-check'],
];

function idOf({ kind, missing, relkind }: Unguarded): FindingId {
  if (kind === 'function') return 'function-without-trust';
  if (relkind === 'm') return 'materialized-view-exposed';
  if (relkind === 'f') return 'foreign-table-exposed';
  if (relkind === 'v') return 'view-past-policies';
  const [, id] = MISSING.find(([pattern]) => pattern.test(missing)) ?? [];
  if (id === undefined) throw new Error(`cognito_supabase.unguarded says: ${missing}`);
  return id;
}

/**
 * `protect()` takes access away where it switches row-level security on, revokes from anon, or adds the trust policy to a
 * table that somebody reads past the check of each request: by Realtime, or as a role that inherits authenticated. It also
 * replaces a policy and a trigger that somebody may have changed on purpose.
 */
const UNGUARDED = `
  select u.kind, u.name, u.missing, ${UNGUARDED_LINE} as line, c.relkind::text,
    c.relkind = 'r' and c.relrowsecurity and not c.relispartition
      and u.missing !~ 'row-level security|anon'
      and not (u.missing ~ 'trust policy' and exists (
        select from pg_policy as p where p.polrelid = c.oid and p.polname = 'Only trusted tokens'))
      and not exists (select from pg_trigger as t
        where t.tgrelid = c.oid and t.tgname = 'Trust holds until the end')
      and not exists (select from pg_publication_tables as p
        where (p.schemaname, p.tablename) = (c.relnamespace::regnamespace::text, c.relname))
      and not exists (select from pg_roles as r
        where r.rolname <> 'authenticated' and not r.rolsuper and not r.rolbypassrls
          and pg_has_role(r.oid, 'authenticated', 'usage')
          and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'usage'))) as harmless
  from cognito_supabase.unguarded as u
  left join pg_class as c on u.kind <> 'function' and c.oid = to_regclass(u.name) order by 1, 2`;

/** The module files-and-channels guards these two. Without it, people have no policies on them. */
export const PLATFORM_TABLES = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where (n.nspname, c.relname) in (('storage', 'objects'), ('realtime', 'messages'))
    and to_regprocedure('cognito_supabase.is_trusted()') is not null
    and exists (select from pg_policy as p where p.polrelid = c.oid and p.polpermissive
      and p.polroles && array[0, to_regrole('authenticated')]::oid[])
    and not exists (select from pg_policy as p where p.polrelid = c.oid and not p.polpermissive
      and p.polcmd = '*' and pg_get_expr(p.polqual, p.polrelid) ~ 'is_trusted')`;

/** Whether untrusted tokens are refused already, by the Data API, Storage and channels. */
async function isCheckedBefore({ database }: With<'database'>): Promise<boolean> {
  const [setting] = await rowsOf<{ name: string }>(database, PRE_REQUEST);
  if (setting?.name !== CHECK_REQUEST) return false;
  return (await rowsOf(database, PLATFORM_TABLES)).length === 0;
}

/** What the line takes away, as comments of SQL. */
function lineOf({ kind, missing, line }: Unguarded): string {
  const takes = [
    missing.includes('no row-level security') &&
      '-- afterwards nobody reads or writes a row until a policy lets them',
    missing.includes('open to anon') && '-- it takes from anon all that was granted to it',
  ];
  return kind === 'table' ? [...takes.filter(Boolean), line].join('\n') : line;
}

/** What is unguarded in schema public. */
export async function unguarded(context: With<'database'>): Promise<readonly Found[]> {
  const rows = await rowsOf<Unguarded>(context.database, UNGUARDED);
  const isChecked = rows.length > 0 && (await isCheckedBefore(context));
  return rows.map((row) => ({
    ...{ id: idOf(row), place: row.name, fix: lineOf(row) },
    // Of a function, the title says it.
    ...(row.kind !== 'function' && { detail: row.missing }),
    safe: isChecked && row.kind === 'table' && row.harmless,
  }));
}
