/** Brings a cluster to the state of a new hosted project, by SQL files. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

/** Passwords of the roles that log in. */
export interface RolePasswords {
  readonly postgres: string;
  readonly authenticator: string;
}

/** In the order in which they run. */
const FILES = ['platform.sql', 'auth-tables.sql'] as const;

/**
 * Runs the files and sets the passwords. It skips files that have run before, by their hash in a comment
 * on the database.
 */
export async function preparePlatform(
  superuserUrl: string,
  passwords: RolePasswords,
): Promise<void> {
  const files = FILES.map((name) => readFile(path.join(import.meta.dirname, name), 'utf8'));
  const sql = (await Promise.all(files)).join('\n');
  const hash = createHash('sha256').update(sql).update(JSON.stringify(passwords)).digest('hex');
  // `postgres` owns the database and may set its search_path. Then functions of `postgres` could run in
  // place of those that the superuser calls.
  const client = new pg.Client({ connectionString: superuserUrl, options: '-c search_path=""' });
  await client.connect();
  try {
    const done = await client.query(
      "select pg_catalog.shobj_description(oid, 'pg_database') as hash from pg_catalog.pg_database where datname = 'postgres'",
    );
    if (done.rows[0]?.hash === hash) return;
    await client.query('begin');
    await client.query(sql);
    for (const [role, password] of Object.entries(passwords)) {
      await client.query(`alter role ${role} password ${pg.escapeLiteral(password)}`);
    }
    await client.query(`comment on database postgres is '${hash}'`);
    await client.query('commit');
  } finally {
    await client.end();
  }
}
