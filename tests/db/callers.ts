/** Callers of the Data API on plain connections: a transaction with their role and claims. */
import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { type Statement, sql } from '../support/sql.ts';

/** An app client that the database trusts. */
export interface TrustedClient {
  readonly issuer: string;
  readonly client_id: string;
}

/** A person; `email` is a verified address in their token. */
export interface Racer {
  readonly sub: string;
  readonly email?: string;
}

/** The service key: no person. */
export const SERVICE: Racer = { sub: '' };

/** `ok` or the SQLSTATE, and the first column of the first row. */
export interface Finish {
  readonly outcome: string;
  readonly value: unknown;
  readonly rows: number;
}

/** @throws Error where the database trusts no app client for people. */
export async function trustedClient(owner: pg.Client): Promise<TrustedClient> {
  const { rows } = await owner.query(
    "select issuer, client_id from cognito_supabase.trusted_clients where kind = 'people' limit 1",
  );
  if (rows[0] === undefined)
    throw new Error('trust an app client first: cognito_supabase.set_trust()');
  return rows[0];
}

function claimsOf({ sub, email }: Racer, { issuer, client_id }: TrustedClient) {
  return {
    sub,
    ...(email && { email }),
    role: 'authenticated',
    token_use: 'access',
    iss: issuer,
    client_id,
    origin_jti: sub,
    auth_time: Math.floor(Date.now() / 1000),
  };
}

/** Begins a request: transaction, claims, role, and the check that the Data API makes. */
export async function beginAs(client: pg.Client, who: Racer, trusted: TrustedClient) {
  const claims = who === SERVICE ? { role: 'service_role' } : claimsOf(who, trusted);
  await client.query('begin');
  await client.query(
    sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
      set_config('role', ${claims.role}, true)`,
  );
  await client.query('select cognito_supabase.check_request()');
}

/** Runs a statement; an error is an outcome. */
export async function tried(client: pg.Client, statement: Statement): Promise<Finish> {
  try {
    const { rows, rowCount } = await client.query(statement);
    return { outcome: 'ok', value: Object.values(rows[0] ?? {})[0], rows: rowCount ?? 0 };
  } catch (error) {
    const { code } = error as pg.DatabaseError;
    return { outcome: code ?? String(error), value: undefined, rows: 0 };
  }
}

/** Number of connections that wait for a lock. */
export async function countWaiting(owner: pg.Client, clients: readonly pg.Client[]) {
  const pids = clients.map((client) => (client as pg.Client & { processID: number }).processID);
  const { rows } = await owner.query(
    sql`select count(*)::int as waiting from unnest(${pids}::int[]) as pid
      where cardinality(pg_blocking_pids(pid)) > 0`,
  );
  return rows[0].waiting as number;
}

/** Returns once the statement that runs on the connection waits for a lock. */
export async function untilWaiting(owner: pg.Client, client: pg.Client): Promise<void> {
  while ((await countWaiting(owner, [client])) === 0) await setTimeout(1);
}
