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

/** @throws Error with what to do if the file is not there */
async function readIncluded(folder: string, name: string): Promise<string> {
  const file = path.resolve(folder, name);
  return readPgtap(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' || cause.path !== file) throw cause;
    const isOurs = path.basename(name) === 'login.psql';
    const hint = isOurs ? ': `npx cognito-supabase test --helpers` writes it' : '';
    throw new Error(`there is no file ${file}, which \\ir names${hint}`, { cause });
  });
}

/** Expands `\ir file`, the only command of psql that the files use. */
export async function resolveIncludes(text: string, folder: string): Promise<string> {
  const parts = text
    .split(/^\\ir (\S+)$/m)
    .map((part, at) => (at % 2 === 0 ? part : readIncluded(folder, part)));
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

/** Splits a text into its statements. */
type Split = (sql: string) => readonly string[];

/** For a caller that has no splitter: the whole text goes to Postgres at once, and a failure names no statement. */
const unsplit: Split = (sql) => [sql];

/** Runs statements one after the other. @throws pg's error with the statements up to the one that failed */
async function runAll(client: pg.Client, statements: readonly string[]) {
  const results: pg.QueryResult[] = [];
  for (const [at, statement] of statements.entries()) {
    const answer = await client.query(statement).catch((error: Error) => {
      throw Object.assign(error, { statements: statements.slice(0, at + 1) });
    });
    results.push(...([answer].flat() as pg.QueryResult[]));
  }
  return results;
}

/**
 * Runs the statements of one file, in a session of their own. Rejects if one of them fails.
 *
 * @param split @default - all statements are sent at once
 */
export async function runPgtap(
  databaseUrl: string,
  sql: string,
  split = unsplit,
): Promise<PgtapResult> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const lines = (await runAll(client, split(sql)))
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

/** Without the comments before it. */
const bare = (statement: string): string => statement.replace(/^(?:\s*--[^\n]*\n)+\s*/, '');

/** Line of the last statement in the file, from 1. Undefined for a statement of an included file. */
function lineOf(text: string, statements: readonly string[]): number | undefined {
  let [from, found] = [0, -1];
  for (const statement of statements.map(bare)) {
    found = text.indexOf(statement, from);
    if (found >= 0) from = found + statement.length;
  }
  return found < 0 ? undefined : text.slice(0, found).split('\n').length;
}

/** What failed, in lines of TAP: the message, and the statement with its line. */
function failureOf(error: Error & { statements?: readonly string[] }, text: string) {
  const { message, statements = [] } = error;
  const [statement, ...others] = statements.toReversed();
  if (statement === undefined || others.length === 0) return [`# ${message}`];
  const line = lineOf(text, statements);
  const [first] = bare(statement).split('\n');
  return [`# ${line === undefined ? '' : `line ${line}: `}${message}`, `#   ${first}`];
}

async function runFile(databaseUrl: string, file: string, split: Split): Promise<PgtapResult> {
  const text = await readFile(file, 'utf8');
  return resolveIncludes(text, path.dirname(file))
    .then((sql) => runPgtap(databaseUrl, sql, split))
    .catch((error) => ({ planned: undefined, passed: 0, failed: failureOf(error, text) }));
}

/**
 * Prints a line for each file, and the lines that failed. Returns whether every test has passed.
 *
 * @param split names the statement that failed. @default - only the message of Postgres is printed
 * @throws KitError BAD_OPTION if the folder has no such files
 */
export async function runFolder(
  databaseUrl: string,
  folder: string,
  split = unsplit,
): Promise<boolean> {
  const names = await filesOf(folder);
  await installPgtap(databaseUrl);
  let allPassed = true;
  for (const name of names) {
    const result = await runFile(databaseUrl, path.join(folder, name), split);
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
