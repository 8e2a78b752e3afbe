/** What the Data API, Storage and Realtime expose, by the catalogs, and which of it no scenario tries. */
import type pg from 'pg';
import { FUNCTIONS } from './matrix-functions.ts';
import { TABLES } from './matrix-tables.ts';

/** Tables, views and other readable objects; of Storage and Realtime the tables with policies. */
export async function exposedTables(db: pg.Client): Promise<string[]> {
  const { rows } = await db.query(`
    select n.nspname || '.' || c.relname as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and (n.nspname = 'public' or (n.nspname, c.relname) in (('storage', 'objects'), ('realtime', 'messages')))
      and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
    order by c.oid`);
  return rows.map((row) => row.name);
}

/** Functions that a request can call, without those of extensions. */
export async function exposedFunctions(db: pg.Client): Promise<string[]> {
  const { rows } = await db.query(`
    select 'public.' || p.proname || '(' || coalesce(
      (select string_agg(format_type(a.type, null), ', ' order by a.at)
       from unnest(p.proargtypes) with ordinality as a (type, at)), '') || ')' as name
    from pg_proc as p
    where p.pronamespace = 'public'::regnamespace
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
      and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
    order by p.oid`);
  return rows.map((row) => row.name);
}

const sentence = (name: string, what: string, file: string): string =>
  `${name} is exposed and ${what}: say in tests/db/${file} how to try it, run ` +
  '`UPDATE_MATRIX=1 npx vitest run --project db matrix`, and read what that has written into supabase/tests/matrix.md.';

/** One sentence for each object or operation that no scenario tries. */
export function missingScenarios(
  tables: readonly string[],
  functions: readonly string[],
): string[] {
  const ofTables = tables.flatMap((name) => {
    const scenario = TABLES[name];
    if (scenario === undefined) return [sentence(name, 'not in the matrix', 'matrix-tables.ts')];
    const labels = Object.keys(scenario.operations);
    return ['select', 'insert', 'update', 'delete']
      .filter((operation) => !labels.some((label) => label.split(':')[0] === operation))
      .map((operation) =>
        sentence(name, `its ${operation} is not in the matrix`, 'matrix-tables.ts'),
      );
  });
  const ofFunctions = functions
    .filter((name) => Object.keys(FUNCTIONS[name] ?? {}).length === 0)
    .map((name) => sentence(name, 'not in the matrix', 'matrix-functions.ts'));
  return [...ofTables, ...ofFunctions];
}
