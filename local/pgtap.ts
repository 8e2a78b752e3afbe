/**
 * Runs pgTAP files without psql, which `supabase test db` starts in a container:
 * `npm run test:policies -- FOLDER` runs those of a folder against the running stack.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import { printError } from './progress.ts';
import { readStackEnv } from './stack-env.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const DEFAULT_DIR = path.join(ROOT, '.local');
const DEFAULT_TESTS = path.join(ROOT, 'supabase', 'tests');

const USAGE = `npm run test:policies [-- FOLDER] [options]   runs the pgTAP files of FOLDER on the running stack

  FOLDER      default supabase/tests
  --dir DIR   the folder of the stack    default .local
  --help      this text

It ends with 0 when every test has passed, else with 1. Each file runs in a session of its own, and is
expected to begin with BEGIN and to end with ROLLBACK, as those of the Supabase CLI.`;

/** Expands `\ir file`, the only command of psql that the files use. */
export async function resolveIncludes(text: string, folder: string): Promise<string> {
  const parts = text
    .split(/^\\ir (\S+)$/m)
    .map((part, at) => (at % 2 === 0 ? part : readPgtap(path.resolve(folder, part))));
  return (await Promise.all(parts)).join('');
}

export const readPgtap = async (file: string): Promise<string> =>
  resolveIncludes(await readFile(file, 'utf8'), path.dirname(file));

export interface PgtapResult {
  /** How many tests the file announced; undefined without `plan()` or `no_plan()`. */
  readonly planned: number | undefined;
  readonly passed: number;
  /** Lines of TAP about failures. */
  readonly failed: readonly string[];
}

/** Runs the statements of one file, in a session of their own. Rejects if one of them fails. */
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
    const plan = lines.find((line) => /^1\.\.\d+$/.test(line));
    return {
      planned: plan === undefined ? undefined : Number(plan.slice(3)),
      passed: lines.filter((line) => /^ok \d+/.test(line)).length,
      failed: lines.filter((line) => /^(not ok|#)/.test(line)),
    };
  } finally {
    await client.end();
  }
}

/** As `supabase test db` does. */
async function installPgtap(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('create extension if not exists pgtap with schema extensions');
  } finally {
    await client.end();
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const hint = 'name the folder that holds the pgTAP files, such as supabase/tests';
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause;
    throw new KitError('BAD_OPTION', `${folder} is not a folder`, hint, { cause });
  });
  const files = names.filter((name) => name.endsWith('.sql')).toSorted();
  if (files.length === 0) {
    throw new KitError('BAD_OPTION', `there are no .sql files in ${folder}`, hint);
  }
  return files;
}

/**
 * Prints a line for each file, and the lines that failed. Returns whether every test has passed.
 *
 * @throws KitError BAD_OPTION if the folder has no such files
 */
export async function runFolder(databaseUrl: string, folder: string): Promise<boolean> {
  const names = await filesOf(folder);
  await installPgtap(databaseUrl);
  let allPassed = true;
  for (const name of names) {
    const result = await readPgtap(path.join(folder, name))
      .then((sql) => runPgtap(databaseUrl, sql))
      .catch((error: Error) => ({ planned: undefined, passed: 0, failed: [`# ${error.message}`] }));
    const isGood = result.failed.length === 0 && result.passed === result.planned;
    allPassed &&= isGood;
    const planned = result.planned === undefined ? 'no plan' : `of ${result.planned}`;
    console.log(`${isGood ? '✓' : '×'} ${name}  ${result.passed} passed, ${planned}`);
    for (const line of result.failed) console.log(`    ${line}`);
  }
  return allPassed;
}

if (import.meta.main) {
  try {
    const { values, positionals } = readArguments('npm run test:policies -- --help', {
      allowPositionals: true,
      options: { dir: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help) console.log(USAGE);
    else {
      const { SUPABASE_DB_URL } = await readStackEnv(path.resolve(values.dir ?? DEFAULT_DIR));
      const folder = path.resolve(positionals[0] ?? DEFAULT_TESTS);
      process.exitCode = (await runFolder(SUPABASE_DB_URL, folder)) ? 0 : 1;
    }
  } catch (error) {
    printError(error);
    process.exitCode = 1;
  }
}
