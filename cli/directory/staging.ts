/** The database side of a sync: one connection, which holds the run's lock from beginning to end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import { certificateHint, secureUrl } from '../secure-url.ts';
import type { PoolUser } from './pool.ts';
import type { PoolSettings, Settings } from './settings.ts';

/** The data of one statement: users, and the number of staged pages of their part. */
export interface Batch {
  readonly users: readonly PoolUser[];
  readonly parts: readonly { readonly part: string; readonly pages: number }[];
}

/** A row of cognito.refresh_runs. */
export interface RunRow {
  readonly id: string;
  readonly pages: number | null;
  readonly seen: string | null;
  readonly changed: string | null;
  readonly deleted: string | null;
  readonly complete: boolean;
  readonly error: string | null;
}

export interface Staging {
  /** Begins a run, and ends a run that was left open. */
  begin(): Promise<string>;
  /** Continues the interrupted run. Returns another id if that run cannot be continued. */
  resume(runId: string): Promise<string>;
  /** Part → pages that are staged. */
  staged(runId: string): Promise<ReadonlyMap<string, number>>;
  write(runId: string, batch: Batch): Promise<void>;
  /** The people that the end of the sync would mark as deleted. */
  missing(runId: string): Promise<readonly string[]>;
  /** Members of one page of one group. */
  writeGroup(group: string, subs: readonly string[]): Promise<void>;
  /** Assigns the groups that were written so far to their members. */
  applyGroups(runId: string): Promise<void>;
  finish(runId: string, pages: number, allowDeletes: boolean): Promise<RunRow>;
  /** Leaves the run open to be resumed, and records the reason in its row. */
  interrupt(runId: string, pages: number, error: string): Promise<void>;
  /** After a large change: index-only counts need pages that vacuum has marked as visible. */
  vacuum(): Promise<void>;
  close(): Promise<void>;
}

const ADD_MODULE =
  'the database does not have module directory: `npx cognito-supabase init --with directory --yes` adds its migrations; apply them, and run it again';

/** What to do, by SQLSTATE. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['3F000', ADD_MODULE],
  ['42883', ADD_MODULE],
  ['42P01', ADD_MODULE],
  ['42501', 'connect as postgres, who owns schema cognito'],
  ['28P01', 'check the password in SUPABASE_DB_URL'],
]);

/** The message of Postgres, and its hint if there is one. */
function databaseError(cause: unknown): KitError {
  const { message, code, hint } = cause as pg.DatabaseError;
  return new KitError(
    'DATABASE_FAILED',
    `the database refused: ${message || code}`,
    HINTS.get(code ?? '') ??
      hint ??
      certificateHint(cause as Error) ??
      'run the same command again; it continues from here',
    { cause },
  );
}

/** The lock of a run belongs to its session. A transaction pooler shares a session between clients. */
function refusePooler(databaseUrl: string): void {
  const { hostname, port } = new URL(databaseUrl);
  if (!(/\.supabase\.com?$/.test(hostname) && port === '6543')) return;
  throw new KitError(
    'SETTING_INVALID',
    'SUPABASE_DB_URL goes through the transaction pooler, and a sync needs a session of its own',
    'use the direct connection, or the session pooler at port 5432',
  );
}

/**
 * Another pool would mark everybody as deleted, so it has to be the pool that cognito.users is connected
 * to.
 */
async function refuseOtherPool(client: pg.Client, { userPoolId }: PoolSettings): Promise<void> {
  const vault = await client.query("select to_regclass('vault.decrypted_secrets') as there");
  if (vault.rows[0]?.there === null) return;
  const { rows } = await client.query(
    "select decrypted_secret as id from vault.decrypted_secrets where name = 'cognito_user_pool_id'",
  );
  const connected = rows[0]?.id;
  if (!connected || connected === userPoolId) return;
  throw new KitError(
    'SETTING_INVALID',
    `the database is connected to user pool ${connected}, not to ${userPoolId}`,
    'name the same pool, or change the Vault secret cognito_user_pool_id and run select cognito.connect()',
  );
}

/** A run that was killed keeps its lock until Postgres notices. This may take so many milliseconds. */
const LOCK_WAIT = 3_000;

const WRITE = `
  with parts as (
    insert into cognito.staged_parts (run_id, part, pages)
    select $1, p.part, p.pages from jsonb_to_recordset($2) as p (part text, pages integer)
    on conflict (run_id, part) do update set pages = excluded.pages
  )
  insert into cognito.staged_users (run_id, sub, username, email, email_verified, status, enabled,
    created_at, updated_at, attributes, groups)
  select $1, u.sub, u.username, u.email, u.email_verified, u.status, u.enabled, u.created_at,
    u.updated_at, u.attributes, case when $4 then '{}'::text[] end
  from jsonb_to_recordset($3) as u (sub text, username text, email text, email_verified boolean,
    status text, enabled boolean, created_at timestamptz, updated_at timestamptz, attributes jsonb)`;

const APPLY_GROUPS = `
  update cognito.staged_users as s set groups = g.names
  from (select sub, array_agg(distinct name order by name) as names from staged_groups group by sub) as g
  where s.run_id = $1 and s.sub = g.sub`;

/**
 * @param groups whether groups are read. If so, users begin without groups; otherwise their groups are
 *   unknown.
 * @throws KitError DATABASE_FAILED, SETTING_INVALID
 */
export async function openStaging(settings: Settings, groups: boolean): Promise<Staging> {
  refusePooler(settings.databaseUrl);
  const client = new pg.Client({
    connectionString: secureUrl(settings.databaseUrl),
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    application_name: 'directory sync',
  });
  // A lost connection makes the next query fail. Without a listener the event would end the process.
  client.on('error', () => {});
  const query = async (text: string, values: unknown[] = []) => {
    try {
      return (await client.query(text, values)).rows;
    } catch (cause) {
      throw databaseError(cause);
    }
  };
  /** Runs a statement that takes the run's lock. 55P03 means that another session has it. */
  const locking = async (text: string, values: unknown[] = []): Promise<string> => {
    const until = performance.now() + LOCK_WAIT;
    for (;;) {
      try {
        return (await client.query(text, values)).rows[0].id;
      } catch (cause) {
        if ((cause as pg.DatabaseError).code !== '55P03' || performance.now() > until) {
          throw databaseError(cause);
        }
        await sleep(200);
      }
    }
  };
  try {
    await client.connect();
    await client.query('set statement_timeout = 0');
    await client.query('set idle_session_timeout = 0');
    await refuseOtherPool(client, settings.pool);
    await client.query('create temp table staged_groups (sub text, name text)');
  } catch (cause) {
    await client.end().catch(() => {});
    throw cause instanceof KitError ? cause : databaseError(cause);
  }
  return {
    begin: () => locking("select cognito.begin_sync('sync') as id"),
    resume: (runId) => locking('select cognito.resume_sync($1) as id', [runId]),
    staged: async (runId) => {
      const rows = await query('select part, pages from cognito.staged_parts where run_id = $1', [
        runId,
      ]);
      return new Map(rows.map(({ part, pages }) => [part, pages]));
    },
    write: async (runId, { users, parts }) => {
      await query(WRITE, [runId, JSON.stringify(parts), JSON.stringify(users), groups]);
    },
    missing: async (runId) =>
      (await query('select cognito.missing_users($1) as sub', [runId])).map(({ sub }) => sub),
    writeGroup: async (group, subs) => {
      await query('insert into staged_groups select unnest($1::text[]), $2', [subs, group]);
    },
    applyGroups: async (runId) => {
      await query(APPLY_GROUPS, [runId]);
    },
    finish: async (runId, pages, allowDeletes) =>
      (
        await query('select * from cognito.finish_sync($1, true, $2, null, $3)', [
          runId,
          pages,
          allowDeletes,
        ])
      )[0],
    interrupt: async (runId, pages, error) => {
      await query(
        'update cognito.refresh_runs set pages = $2, error = $3 where id = $1 and ended_at is null',
        [runId, pages, error],
      );
    },
    vacuum: async () => {
      await query('vacuum (analyze) cognito.directory');
    },
    close: () => client.end(),
  };
}
