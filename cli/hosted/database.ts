/** The project's database: by its URL, or by the Management API where no direct connection is. */
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import { certificateHint, databaseUrl, isHosted, projectOf, secureUrl } from '../secure-url.ts';
import type { ManagementApi } from './management-api.ts';

/** Values of `$1`, `$2`, …: text, because both ways pass text unchanged. */
export type Parameters = readonly (string | null)[];

export interface Database {
  /** Undefined: by the Management API. */
  readonly url: string | undefined;
  /**
   * Runs one statement as `postgres`, or several without parameters as one transaction.
   *
   * @throws KitError DATABASE_FAILED
   */
  query<Row>(sql: string, parameters?: Parameters): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/**
 * Refuses the database of another project: settings of one and rows of the other would be changed.
 *
 * @throws KitError SETTING_INVALID as `databaseUrl`, PROJECT_MISMATCH
 */
export function checkDatabaseUrl(url: string, ref: string): void {
  const target = databaseUrl(url);
  if (isHosted(target.href) && projectOf(target) !== ref)
    throw new KitError(
      'PROJECT_MISMATCH',
      `the database at ${target.hostname} is not the one of project ${ref}`,
      'check --project and --db-url, or leave --db-url out',
    );
}

/** The URL with the password of PGPASSWORD, if it has none. */
export function withPassword(url: string, password: string | undefined): string {
  if (!password || !URL.canParse(url) || new URL(url).password) return url;
  const full = new URL(url);
  full.password = encodeURIComponent(password);
  return full.href;
}

function databaseError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof KitError) return error;
  if (error instanceof pg.DatabaseError) {
    const hint = error.hint || 'correct the cause and run it again; what is done stays done';
    return new KitError('DATABASE_FAILED', `the database refused: ${error.message}`, hint);
  }
  const reason = (error as NodeJS.ErrnoException).code ?? error.message;
  const hint =
    certificateHint(error) ??
    'a direct connection needs IPv6: take the URL of the session pooler, or leave --db-url out';
  return new KitError('DATABASE_FAILED', `the database does not answer (${reason})`, hint);
}

/** Milliseconds for a connection, with TLS and the password. */
const CONNECT_TIMEOUT = 10_000;

async function connected(url: string, timeout: number): Promise<pg.Client> {
  try {
    // keepAlive finds a server that is gone while a query runs: a migration may take long, so queries have no limit.
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: timeout,
      keepAlive: true,
    });
    // A connection that breaks is reported by the query that uses it.
    client.on('error', () => {});
    await client.connect();
    return client;
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * @param timeout for the connection, in milliseconds. @default - 10 s
 * @throws KitError SETTING_INVALID, DATABASE_FAILED
 */
export async function openByUrl(written: string, timeout = CONNECT_TIMEOUT): Promise<Database> {
  const url = secureUrl(written);
  const client = await connected(url, timeout);
  return {
    url,
    query: async <Row>(sql: string, parameters: Parameters = []) => {
      try {
        // Without parameters it is one message, which Postgres runs as one transaction.
        const result = await (parameters.length === 0
          ? client.query(sql)
          : client.query(sql, [...parameters]));
        return (Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows) as Row[];
      } catch (error) {
        throw databaseError(error);
      }
    },
    close: () => client.end(),
  };
}

/** The endpoint answers a failed statement with 400 and the message of Postgres. */
const ANSWER = /\((?:Failed to run sql query: )?(?:ERROR:\s+)?(.*)\)$/s;

export const openByApi = (api: ManagementApi): Database => ({
  url: undefined,
  query: async <Row>(sql: string, parameters: Parameters = []) => {
    try {
      return (await api.query(sql, parameters)) as Row[];
    } catch (error) {
      if (!(error instanceof KitError) || error.code !== 'SUPABASE_REFUSED') throw error;
      const reason = ANSWER.exec(error.message)?.[1] ?? error.message;
      const hint = 'correct the cause and run it again; what is done stays done';
      throw new KitError('DATABASE_FAILED', `the database refused: ${reason}`, hint);
    }
  },
  close: async () => {},
});

/** Whether a table or view is there. @param name with its schema */
export async function hasRelation(db: Database, name: string): Promise<boolean> {
  const [found] = await db.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [name],
  );
  return found?.there === true;
}
