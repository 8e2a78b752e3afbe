/** What the tests of analytics share: docs/analysts.md, word for word, and an analyst made by it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { OwnStack } from './directory-fixtures.ts';

export const DOCS = path.resolve(import.meta.dirname, '../../docs/analysts.md');

/** The SQL of docs/analysts.md that begins like this. */
export async function documented(beginning: string): Promise<string> {
  const blocks = (await readFile(DOCS, 'utf8')).matchAll(/^```sql\n([^`]*)^```/gm);
  const found = [...blocks].map(([, sql = '']) => sql).find((sql) => sql.startsWith(beginning));
  if (found === undefined) throw new Error(`docs/analysts.md has no SQL that begins ${beginning}`);
  return found;
}

/** As docs/analysts.md has it. */
export async function admit(stack: OwnStack, name: string): Promise<pg.Client> {
  const sql = await documented('create role ann');
  await stack.db.query(sql.replaceAll('ann', name).replace('…', `${name}-2026`));
  const url = new URL(stack.env.SUPABASE_DB_URL);
  [url.username, url.password] = [name, `${name}-2026`];
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return client;
}
