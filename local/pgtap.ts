/**
 * Runs pgTAP files without psql, which `supabase test db` starts in a container:
 * `npm run test:policies -- FOLDER` runs those of a folder against the running stack.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import { printError } from './progress.ts';
import { readStackEnv } from './stack-env.ts';

/** Expands psql's `\ir file`, the one command of psql that the files use. */
export async function resolveIncludes(text: string, folder: string): Promise<string> {
  const parts = text
    .split(/^\\ir (\S+)$/m)
    .map((part, at) => (at % 2 === 0 ? part : readPgtap(path.resolve(folder, part))));
  return (await Promise.all(parts)).join('');
}

export const readPgtap = async (file: string): Promise<string> =>
  resolveIncludes(await readFile(file, 'utf8'), path.dirname(file));

export interface PgtapResult {
  readonly planned: number;
  readonly passed: number;
  /** Lines of TAP that say what failed. */
  readonly failed: readonly string[];
}

/** Runs the statements of one file, in a session of their own. Rejects where one of them does not run. */
export async function runPgtap(databaseUrl: string, sql: string): Promise<PgtapResult> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const results = [await client.query(sql)].flat() as pg.QueryResult[];
    const lines = results
      .flatMap((result) => result.rows)
      .flatMap((row) => Object.values(row))
      .filter((value): value is string => typeof value === 'string')
      .flatMap((value) => value.split('\n'));
    return {
      planned: Number(lines.find((line) => /^1\.\.\d+$/.test(line))?.slice(3)),
      passed: lines.filter((line) => /^ok \d+/.test(line)).length,
      failed: lines.filter((line) => /^(not ok|#)/.test(line)),
    };
  } finally {
    await client.end();
  }
}

/** Prints a line a file, and what failed. Returns whether all of it passed. */
async function runFolder(databaseUrl: string, folder: string): Promise<boolean> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  if (names.length === 0) {
    const hint = 'name the folder that holds them, such as supabase/tests';
    throw new KitError('BAD_OPTION', `there are no .sql files in ${folder}`, hint);
  }
  let allPassed = true;
  for (const name of names) {
    const result = await readPgtap(path.join(folder, name))
      .then((sql) => runPgtap(databaseUrl, sql))
      .catch((error: Error) => ({ planned: 0, passed: 0, failed: [`# ${error.message}`] }));
    const isGood = result.failed.length === 0 && result.passed === result.planned;
    allPassed &&= isGood;
    console.log(`${isGood ? '✓' : '×'} ${name}  ${result.passed} of ${result.planned} passed`);
    for (const line of result.failed) console.log(`    ${line}`);
  }
  return allPassed;
}

if (import.meta.main) {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { dir: { type: 'string' } },
    });
    const { SUPABASE_DB_URL } = await readStackEnv(path.resolve(values.dir ?? '.local'));
    const folder = path.resolve(positionals[0] ?? 'supabase/tests');
    process.exitCode = (await runFolder(SUPABASE_DB_URL, folder)) ? 0 : 1;
  } catch (error) {
    printError(error);
    process.exitCode = 1;
  }
}
