/** Makes the database anew in the running cluster, as `supabase db reset` does. */
import pg from 'pg';
import { preparePlatform, type RolePasswords } from './postgres/platform.ts';

/** Drops the database `postgres` with all rows, and brings an empty one to the platform's state. */
export async function remakeDatabase(
  superuserUrl: string,
  passwords: RolePasswords,
): Promise<void> {
  const elsewhere = new URL(superuserUrl);
  elsewhere.pathname = '/template1';
  const client = new pg.Client({ connectionString: elsewhere.href });
  await client.connect();
  try {
    // `force` ends the sessions of the Data API and of others. The Data API connects again by itself.
    await client.query('drop database if exists postgres with (force)');
    await client.query('create database postgres');
    // This setting belongs to the cluster, and names a function that no longer exists.
    await client.query('alter role authenticator reset pgrst.db_pre_request');
  } finally {
    await client.end();
  }
  await preparePlatform(superuserUrl, passwords);
}
