/** Runs pgTAP files without psql: `supabase test db` starts pg_prove in a container. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';

/** psql's `\ir file`, the one command of psql that the files use. */
export async function resolveIncludes(text: string, folder: string): Promise<string> {
  const parts = text
    .split(/^\\ir (\S+)$/m)
    .map((part, at) => (at % 2 === 0 ? part : readPgtap(path.resolve(folder, part))));
  return (await Promise.all(parts)).join('');
}

export const readPgtap = async (file: string): Promise<string> =>
  resolveIncludes(await readFile(file, 'utf8'), path.dirname(file));

/** Expects every test that `sql` plans to pass. */
export async function expectPgtap(databaseUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const results = (await client.query(sql)) as unknown as pg.QueryResult[];
    const lines = results
      .flatMap((result) => result.rows)
      .flatMap((row) => Object.values(row))
      .filter((value): value is string => typeof value === 'string')
      .flatMap((value) => value.split('\n'));
    const plan = Number(lines.find((line) => /^1\.\.\d+$/.test(line))?.slice(3));
    const failed = lines.filter((line) => /^(not ok|#)/.test(line));
    expect(failed, failed.join('\n')).toEqual([]);
    expect(lines.filter((line) => /^ok \d+/.test(line))).toHaveLength(plan);
  } finally {
    await client.end();
  }
}
