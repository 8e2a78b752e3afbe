/** What a database says about a token: whether it is trusted, and which rows it opens. */
import pg from 'pg';
import type { Claims } from './json.ts';
import { AnswerError, asCaller, type CallerRole } from './session.ts';

export interface Trust {
  /** `no module`: the database has no module trust, so it does not ask. */
  readonly state: 'trusted' | 'refused' | 'no module';
  /** SQLSTATE of a refusal. */
  readonly code: string | undefined;
  readonly reason: string;
}

/**
 * What Postgres says of claims that it cannot read, such as NUL in a text: data exceptions, and too many levels.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNREADABLE = /^22|^54001$/;

/** By the database's own function. @throws pg.DatabaseError if the session may not call it */
export async function trustOf(client: pg.Client, claims: Claims): Promise<Trust> {
  const exists = `select to_regprocedure('cognito_supabase.trust_problem(jsonb)') is not null as it`;
  if (!(await client.query<{ it: boolean }>(exists)).rows[0]?.it) {
    const reason = 'the database has no module trust, so it accepts every token of the pool';
    return { state: 'no module', code: undefined, reason };
  }
  let problem: { code: string | null; message: string; hint: string } | undefined;
  try {
    const asked = 'select * from cognito_supabase.trust_problem($1)';
    [problem] = (await client.query(asked, [JSON.stringify(claims)])).rows;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !UNREADABLE.test(error.code ?? '')) throw error;
    const reason = `the database cannot read the claims: ${error.message}`;
    return { state: 'refused', code: error.code, reason };
  }
  if (problem === undefined || problem.code === null)
    return { state: 'trusted', code: undefined, reason: 'trusted' };
  return {
    state: 'refused',
    code: problem.code,
    reason: `${problem.message}. ${problem.hint}`,
  };
}

export interface PolicyOfTable {
  readonly name: string;
  readonly command: string;
  readonly restrictive: boolean;
}

export interface TableAccess {
  readonly table: string;
  /** What the role has been granted. */
  readonly grants: readonly string[];
  readonly policies: readonly PolicyOfTable[];
  /** Undefined if the role may not read the table. */
  readonly rows: number | undefined;
  /** There are more rows than `rows`. */
  readonly more: boolean;
  /** Why the rows could not be counted. */
  readonly problem?: string;
}

/** Rows of a table that are counted. */
export const COUNT_LIMIT = 1000;
/** Tables that are shown. */
const MOST_TABLES = 200;

/** Tables and views of the exposed schema, storage and channels, on which the role has a grant. */
const TABLES = `
  select format('%I.%I', n.nspname, c.relname) as name,
    array(select p from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as p
          where has_table_privilege($1, c.oid, p)
            or p <> 'DELETE' and has_any_column_privilege($1, c.oid, p)) as grants,
    coalesce((
      select jsonb_agg(jsonb_build_object('name', p.policyname, 'command', p.cmd,
        'restrictive', p.permissive = 'RESTRICTIVE') order by p.permissive, p.cmd, p.policyname)
      from pg_catalog.pg_policies as p
      where p.schemaname = n.nspname and p.tablename = c.relname and p.roles && array[$1, 'public']::name[]
    ), '[]') as policies
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and (n.nspname = 'public' or (n.nspname, c.relname) in (('storage', 'objects'), ('realtime', 'messages')))
    and has_schema_privilege($1, n.oid, 'usage')
    and not exists (select from pg_catalog.pg_depend as d where d.objid = c.oid and d.deptype = 'e')
  order by 1 limit ${MOST_TABLES}`;

interface TableRow {
  readonly name: string;
  readonly grants: readonly string[];
  readonly policies: readonly PolicyOfTable[];
}

export const messageOf = (error: unknown): string => {
  if (!(error instanceof pg.DatabaseError)) return (error as Error).message;
  return `${error.code}: ${error.message}${error.hint ? `. ${error.hint}` : ''}`;
};

/** What the database gives to the caller of a token. */
export interface Opened {
  readonly tables: readonly TableAccess[];
  /** Rows of the query, if there was one. */
  readonly answer?: readonly Record<string, unknown>[];
  /** Why the query, or everything, was refused. */
  readonly refusal?: string;
}

export interface OpenOptions {
  readonly role: CallerRole;
  readonly claims: Claims;
  /** One query that gives rows. @default - none; the tables are counted */
  readonly query: string | undefined;
}

/** Rows of an answer that are shown. */
export const ANSWER_LIMIT = 1000;

/** Reads as the caller: the given query, or how many rows of each table there are for them. */
export async function open(client: pg.Client, options: OpenOptions): Promise<Opened> {
  const { role, claims, query } = options;
  const { rows } = await client.query<TableRow>(TABLES, [role]);
  const granted = rows.filter(({ grants }) => grants.length > 0);
  const seen: TableAccess[] = [];
  try {
    return await asCaller(client, { role, claims }, async (read) => {
      if (query !== undefined) return { tables: [], answer: await read(query, ANSWER_LIMIT + 1) };
      for (const { name, grants, policies } of granted) {
        const table = { table: name, grants, policies };
        if (!grants.includes('SELECT')) {
          seen.push({ ...table, rows: undefined, more: false });
          continue;
        }
        const counting = `select count(*)::int as n from (select from ${name} limit ${COUNT_LIMIT + 1}) as r`;
        try {
          const found = Number((await read(counting, 1))[0]?.n);
          seen.push({ ...table, rows: Math.min(found, COUNT_LIMIT), more: found > COUNT_LIMIT });
        } catch (error) {
          seen.push({ ...table, rows: undefined, more: false, problem: messageOf(error) });
        }
      }
      return { tables: seen };
    });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError || error instanceof AnswerError)) throw error;
    return { tables: seen, refusal: messageOf(error) };
  }
}
