/** The kind of stack that the tests run on, found by the database. */
import pg from 'pg';
import { stackEnv } from './stack.ts';

/** The reason to skip tests of the embedded stack's servers elsewhere. */
export const EMBEDDED_ONLY = 'on Docker this server is Supabase itself: docs/local-vs-hosted.md';

/**
 * Whether Postgres is the embedded one. There the wrapper of cognito.users is a C function of file_fdw.
 * On Docker and on the hosted platform it is that of Wrappers.
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
