/** Which kind of stack the tests run on, seen by the database itself. */
import pg from 'pg';
import { stackEnv } from './stack.ts';

/** Why a test of the embedded stack's own servers is skipped elsewhere. */
export const EMBEDDED_ONLY = 'on Docker this server is Supabase itself: docs/local-vs-hosted.md';

/**
 * Whether Postgres is the embedded one: there, the wrapper behind cognito.users is a C function of
 * file_fdw; on Docker and on the hosted platform it is Wrappers' own.
 */
export async function isEmbedded(): Promise<boolean> {
  const client = new pg.Client({ connectionString: stackEnv().SUPABASE_DB_URL });
  await client.connect();
  try {
    const { rows } = await client.query(`
      select p.probin like '%file_fdw' as embedded
      from pg_catalog.pg_foreign_data_wrapper as w join pg_catalog.pg_proc as p on p.oid = w.fdwhandler
      where w.fdwname = 'cognito_wrapper'`);
    return rows[0]?.embedded ?? false;
  } finally {
    await client.end();
  }
}
