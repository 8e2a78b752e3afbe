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
import type { JWTPayload } from 'jose';
import pg from 'pg';
import { certificateHint, secureUrl } from '../secure-url.ts';

/** Milliseconds for one query. */
const STATEMENT_TIMEOUT = 5_000;

/** Connects as the one in the URL. @throws KitError `DATABASE_FAILED` */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: secureUrl(url),
    application_name: 'cognito-supabase',
    connectionTimeoutMillis: 10_000,
  });
  // A connection that is lost between two queries would end the process.
  client.on('error', () => undefined);
  try {
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
  readonly claims: JWTPayload;
}

/** Runs one query that gives rows. @param most as many rows at most */
export type Read = (query: string, most: number) => Promise<readonly Record<string, unknown>[]>;

/** Makes the function that runs queries, with the search path of the Data API. */
async function makeReader(client: pg.Client, role: CallerRole): Promise<string> {
  const schema = `read_as_caller_${randomBytes(8).toString('hex')}`;
  await client.query(`create schema ${schema} authorization ${role}`);
  await client.query(`
    create function ${schema}.read(query text, most integer) returns setof text
      language plpgsql stable security definer
      set search_path = public, extensions
      as $$
      begin
        return query execute format(E'select to_json(q)::text from (%s\\n) as q limit %s', query, most);
      end
      $$`);
  await client.query(`alter function ${schema}.read(text, integer) owner to ${role}`);
  return `${schema}.read`;
}

/** As PostgREST does before each request, with the function that the project has set. */
async function beginRequest(client: pg.Client, { role, claims }: Caller): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select substr(setting, length('pgrst.db_pre_request=') + 1) as name
    from pg_catalog.pg_db_role_setting as s cross join unnest(s.setconfig) as setting
    where s.setrole = to_regrole('authenticator') and setting like 'pgrst.db\\_pre\\_request=%'`);
  await client.query(`set local statement_timeout = ${STATEMENT_TIMEOUT}`);
  await client.query(`select set_config('request.jwt.claims', $1, true)`, [
    JSON.stringify({ ...claims, role }),
  ]);
  await client.query(`set local role ${role}`);
  await client.query('set transaction read only');
  const name = rows[0]?.name;
  if (name !== undefined && /^[\w.]+$/.test(name)) await client.query(`select ${name}()`);
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
        return rows.map(({ row }) => JSON.parse(row));
      } catch (error) {
        await client.query('rollback to savepoint one_query');
        throw error;
      }
    });
  } finally {
    await client.query('rollback');
  }
}
