/**
 * A database session that reads as a caller of the Data API, and can do nothing else.
 *
 * `set role` alone is no barrier: any function could `reset role`, and would then be `postgres`. Postgres refuses a change
 * of role inside of a `security definer` function. So queries run inside of one that belongs to the caller's role. It is
 * made in the transaction that is rolled back at the end, and nobody else sees it. The transaction is set to read only
 * before the first query, and Postgres does not let a later statement change that.
 */
import { randomBytes } from 'node:crypto';
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import { PRE_REQUEST_NAME } from '../pre-request-setting.ts';
import { certificateHint, secureUrl } from '../secure-url.ts';
import { type Claims, isTooDeep, parseExactly } from './json.ts';

/** Milliseconds for one query. */
const STATEMENT_TIMEOUT = 5_000;
/** Milliseconds after which a server that has stopped to answer is given up. */
const QUERY_TIMEOUT = 30_000;
/** Bytes of one row, and of all rows, as JSON. The database refuses a larger answer before it is sent. */
const LONGEST_ROW = 1_000_000;
const LONGEST_ANSWER = 10_000_000;

/** Connects as the one in the URL. @throws KitError `DATABASE_FAILED`, `SETTING_INVALID` */
export async function connect(url: string): Promise<pg.Client> {
  const connectionString = secureUrl(url);
  try {
    const client = new pg.Client({
      connectionString,
      application_name: 'cognito-supabase',
      connectionTimeoutMillis: 10_000,
      query_timeout: QUERY_TIMEOUT,
      keepAlive: true,
    });
    // A connection that is lost between two queries would end the process.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (cause) {
    const hint =
      certificateHint(cause as Error) ?? 'check SUPABASE_DB_URL, or --stack DIR, and the network';
    throw new KitError(
      'DATABASE_FAILED',
      `the database cannot be reached: ${(cause as Error).message}`,
      hint,
      { cause },
    );
  }
}

export type CallerRole = 'anon' | 'authenticated';

export interface Caller {
  readonly role: CallerRole;
  readonly claims: Claims;
}

/** Runs one query that gives rows. @param most as many rows at most */
export type Read = (query: string, most: number) => Promise<readonly Record<string, unknown>[]>;

/** An answer that cannot be shown. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/**
 * Each row as JSON: a list of names and values, because two columns may have the same name. It is null for a row that is
 * too long. `q.*` is the row even if one of its columns has the name q.
 */
const ROWS = `
  select case when octet_length(r.j::text) <= ${LONGEST_ROW} then
    coalesce((select json_agg(json_build_array(c.key, c.value)) from json_each(r.j) as c), ''[]'')::text end
  from (select to_json(q.*) as j from (%s\\n) as q limit %s) as r`;

/** Makes the function that runs queries, with the search path of the Data API. */
async function makeReader(client: pg.Client, role: CallerRole): Promise<string> {
  const schema = `read_as_caller_${randomBytes(8).toString('hex')}`;
  await client.query(`create schema ${schema} authorization ${role}`);
  await client.query(`
    create function ${schema}.read(query text, most integer) returns setof text
      language plpgsql stable security definer
      set search_path = public, extensions
      as $$
      declare
        line text;
        size bigint := 0;
      begin
        for line in execute format(E'${ROWS}', query, most) loop
          size := size + coalesce(octet_length(line), ${LONGEST_ANSWER + 1});
          if size > ${LONGEST_ANSWER} then
            raise exception 'the answer is too long: ${LONGEST_ROW} bytes a row and ${LONGEST_ANSWER} bytes in all are shown'
              using errcode = 'program_limit_exceeded', hint = 'select fewer rows or columns, or left(column, 1000)';
          end if;
          return next line;
        end loop;
      end
      $$`);
  await client.query(`alter function ${schema}.read(text, integer) owner to ${role}`);
  return `${schema}.read`;
}

/**
 * The function that the project has set, as PostgREST finds and quotes it: the setting for this database wins, and the
 * part before the first dot is the schema, to the letter. A name that PostgREST cannot call is an error here too.
 * https://docs.postgrest.org/en/stable/references/configuration.html#in-database-configuration
 */
async function preRequestOf(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(PRE_REQUEST_NAME);
  const name = rows[0]?.name ?? '';
  if (name === '') return undefined;
  const dot = name.indexOf('.');
  const parts = dot === -1 ? [name] : [name.slice(0, dot), name.slice(dot + 1)];
  return parts.map((part) => pg.escapeIdentifier(part)).join('.');
}

/** As PostgREST does before each request. */
async function beginRequest(client: pg.Client, { role, claims }: Caller): Promise<void> {
  const preRequest = await preRequestOf(client);
  await client.query(`set local statement_timeout = ${STATEMENT_TIMEOUT}`);
  await client.query('set local search_path = public, extensions');
  await client.query(`select set_config('request.jwt.claims', $1, true)`, [
    JSON.stringify({ ...claims, role }),
  ]);
  await client.query(`set local role ${role}`);
  await client.query('set transaction read only');
  if (preRequest !== undefined) await client.query(`select ${preRequest}()`);
}

/** The columns of one row. A second column of a name gets a number. */
function rowOf(line: string): Record<string, unknown> {
  if (isTooDeep(line)) throw new AnswerError('a value is nested more deeply than can be shown');
  const columns = new Map<string, unknown>();
  for (const [name, value] of parseExactly(line) as [string, unknown][]) {
    let own = name;
    for (let copy = 2; columns.has(own); copy += 1) own = `${name} (${copy})`;
    columns.set(own, value);
  }
  return Object.fromEntries(columns);
}

/**
 * Does the work as the caller, and rolls everything back.
 *
 * @param read rejects with the error of Postgres; the session can go on
 * @throws pg.DatabaseError of the project's pre-request function if it refuses the caller
 */
export async function asCaller<T>(
  client: pg.Client,
  caller: Caller,
  work: (read: Read) => Promise<T>,
): Promise<T> {
  await client.query('begin');
  try {
    const reader = await makeReader(client, caller.role);
    await beginRequest(client, caller);
    return await work(async (query, most) => {
      await client.query('savepoint one_query');
      try {
        const text = query.trim().replace(/;+\s*$/, '');
        const { rows } = await client.query(`select row from ${reader}($1, $2) as row`, [
          text,
          most,
        ]);
        return rows.map(({ row }) => rowOf(row));
      } catch (error) {
        await client.query('rollback to savepoint one_query');
        throw error;
      }
    });
  } finally {
    await client.query('rollback');
  }
}
