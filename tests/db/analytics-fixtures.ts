/** An analyst, as docs/connect-an-analyst.md has an owner admit one. */
import pg from 'pg';
import { Page } from '../support/page.ts';
import type { OwnStack } from './directory-fixtures.ts';

export const ANALYST_PAGE = await Page.read('docs/connect-an-analyst.md');

/** Admits `name` and connects as them, by the SQL of the page. */
export async function admit(stack: OwnStack, name: string): Promise<pg.Client> {
  const sql = ANALYST_PAGE.take('sql', 'create role ann');
  await stack.db.query(sql.replaceAll('ann', name).replace('…', `${name}-2026`));
  const url = new URL(stack.env.SUPABASE_DB_URL);
  [url.username, url.password] = [name, `${name}-2026`];
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return client;
}
