/** Forms of policies: what they name, and whether an index can answer them. */
import type { FindingId } from '../catalogue/index.ts';
import { check, type Found } from '../check.ts';
import { exposedSchemas } from './exposed.ts';
import { exists, rowsOf } from './query.ts';

interface Policy {
  readonly table: string;
  readonly name: string;
  /** r, a, w, d, or * */
  readonly command: string;
  readonly permissive: boolean;
  readonly forEverybody: boolean;
  /** As Postgres shows it. */
  readonly using: string;
  readonly check: string;
  /** Columns of the table in the policy that could be looked up. */
  readonly columns: readonly string[];
  readonly indexed: boolean;
  /** Names of the functions of the project and the kit that it calls, and that may look something up. */
  readonly functions: readonly string[];
  /** It is for anon, which has a grant to write, and no policy restricts it. */
  readonly forAnon: boolean;
}

const POLICIES = `
  select format('%I.%I', n.nspname, c.relname) as table, p.polname::text as name, p.polcmd::text as command,
    p.polpermissive as permissive, p.polroles = '{0}'::oid[] as "forEverybody",
    coalesce(pg_get_expr(p.polqual, p.polrelid), '') as using,
    coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') as check,
    cols.names as columns,
    exists (select from pg_index as i where i.indrelid = c.oid and i.indisvalid and i.indkey[0] = any (cols.numbers)) as indexed,
    array(
      select f.proname::text from pg_depend as d join pg_proc as f on f.oid = d.refobjid
      where d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
        and f.pronamespace::regnamespace::text = any ($1 || array['cognito_supabase'])
        and f.provolatile <> 'i' and f.proname ~ '^[a-z0-9_]+$') as functions,
    c.relrowsecurity and not ($2 and n.nspname = 'public') and p.polpermissive and p.polroles && array[0, to_regrole('anon')]::oid[]
      and (p.polcmd in ('a', '*') and has_any_column_privilege('anon', c.oid, 'insert')
        or p.polcmd in ('w', '*') and has_any_column_privilege('anon', c.oid, 'update')
        or p.polcmd in ('d', '*') and has_table_privilege('anon', c.oid, 'delete'))
      and not exists (select from pg_policy as r where r.polrelid = c.oid and not r.polpermissive
        and r.polcmd in ('*', p.polcmd) and r.polroles && array[0, to_regrole('anon')]::oid[]) as "forAnon"
  from pg_policy as p
  join pg_class as c on c.oid = p.polrelid
  join pg_namespace as n on n.oid = c.relnamespace
  cross join lateral (
    select coalesce(array_agg(a.attname::text order by a.attnum), '{}') as names,
           coalesce(array_agg(a.attnum), '{}') as numbers
    from pg_depend as d join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.refobjsubid
    where d.classid = 'pg_policy'::regclass and d.objid = p.oid
      and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid > 0
  ) as cols
  where (n.nspname = any ($1) or (n.nspname, c.relname) in (('storage', 'objects'), ('realtime', 'messages')))
    and p.polroles && array[0, to_regrole('authenticated'), to_regrole('anon')]::oid[]
    and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
  order by 1, 2`;

/** Whether a place of an expression is inside of a subselect. */
function isInSubselect(text: string, at: number): boolean {
  let depth = 0;
  for (let index = at - 1; index >= 0; index -= 1) {
    if (text[index] === ')') depth += 1;
    if (text[index] !== '(') continue;
    if (depth > 0) depth -= 1;
    else if (/^\(\s*SELECT\b/.test(text.slice(index, index + 10))) return true;
  }
  return false;
}

const outside = (text: string, pattern: RegExp): boolean =>
  [...text.matchAll(pattern)].some(({ index }) => !isInSubselect(text, index));

/** The worst of an expression: one finding for each policy. */
const FORMS: readonly (readonly [FindingId, (text: string) => boolean])[] = [
  ['policy-with-auth-uid', (text) => /\bauth\.uid\(\)/.test(text)],
  ['policy-with-bare-jwt', (text) => outside(text, /\bauth\.jwt\(\)/g)],
  [
    'policy-operator-outside',
    (text) => outside(text, /\(\s*SELECT auth\.jwt\(\) AS jwt\)\s*(?:->|#>|@>|\?)/g),
  ],
  ['policy-with-exists', (text) => outside(text, /\bEXISTS \(\s*SELECT\b/g)],
  ['policy-in-select', (text) => outside(text, /\b(?:IN|= ANY) \(\s*SELECT\b/g)],
];

/** Everybody who has the publishable key writes every row. */
const openToAnon = ({ table, name }: Policy): Found => ({
  ...{ id: 'table-open-to-anon', place: table, detail: `policy "${name}" lets it write every row` },
  fix: `revoke insert, update, delete on ${table} from anon;`,
});

function formOf(policy: Policy): Found | undefined {
  const { table, name, command, permissive } = policy;
  const place = `${table}: ${name}`;
  const text = `${policy.using} ${policy.check}`;
  const id = FORMS.find(([, has]) => has(text))?.[0];
  if (id !== undefined) return { id, place };
  const forEachRow = policy.functions.find((one) =>
    outside(policy.using, new RegExp(`\\b${one}\\(`, 'g')),
  );
  if (permissive && forEachRow !== undefined)
    return { id: 'policy-function-for-each-row', place, detail: forEachRow };
  if (permissive && command !== 'r' && [policy.using, policy.check].includes('true'))
    return policy.forAnon ? openToAnon(policy) : { id: 'policy-always-true', place };
  if (permissive && policy.forEverybody) {
    const [schema = '', relation = ''] = table.split('.');
    const quoted = `"${name.replaceAll('"', '""')}"`;
    return {
      ...{ id: 'policy-for-every-role', place },
      fix: `alter policy ${quoted} on ${schema}.${relation} to authenticated;`,
    };
  }
  // Realtime decides about one message at a time, so it needs no index.
  const isSearched = permissive && command !== 'a' && table !== 'realtime.messages';
  if (isSearched && policy.columns.length > 0 && !policy.indexed) {
    const [column] = policy.columns;
    return {
      ...{ id: 'policy-column-unindexed', place, detail: policy.columns.join(', ') },
      fix: `create index on ${table} (${column});`,
    };
  }
  return undefined;
}

/** The same line serves all policies of a table. */
const OF_TABLE: ReadonlySet<FindingId> = new Set(['policy-column-unindexed', 'table-open-to-anon']);

export const policies = check('policies', ['database'], async (context) => {
  const { database } = context;
  const schemas = await exposedSchemas(context);
  // With trust, a grant to anon is found by the view unguarded, which looks at schema public.
  const isGuarded = await exists(database, 'cognito_supabase.unguarded');
  const found = (await rowsOf<Policy>(database, POLICIES, [schemas, isGuarded])).flatMap(
    (policy) => {
      const form = formOf(policy);
      return form === undefined ? [] : [{ ...form, table: policy.table }];
    },
  );
  const mended = new Set<string>();
  return found.flatMap(({ table, ...form }) => {
    if (!OF_TABLE.has(form.id)) return [form];
    if (mended.has(form.fix ?? '')) return [];
    mended.add(form.fix ?? '');
    return [{ ...form, place: table }];
  });
});
