/** `types` and `test`: what the Supabase CLI does with containers, on a copy of the project's database. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readIfThere } from '@cognito-supabase/local/files';
import { Command } from 'commander';
import { requireProject, withWorkdir } from './workdir.ts';

interface ProjectOptions {
  readonly workdir: string;
}

/** Runs work on a fresh database with the migrations and the seed of the project. */
async function onCopy<T>(workdir: string, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  // Loaded here, because the other commands need nothing of the stack.
  const { openStack } = await import('./testing/host-client.ts');
  const stack = await openStack(workdir, { origins: [] });
  try {
    return await work(stack.env.SUPABASE_DB_URL);
  } finally {
    await stack.stop();
  }
}

async function types(file: string | undefined, { workdir }: ProjectOptions): Promise<void> {
  const { generateTypes } = await import('@cognito-supabase/local/generate-types');
  const text = await onCopy(workdir, generateTypes);
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, text);
  console.log(`${file} written`);
}

/** People as sets of claims, for `\ir helpers/login.psql`. */
const HELPER = 'helpers/login.psql';

/** Writes the test helper of the kit into the tests of the project. It never overwrites a file. */
async function writeHelper(folder: string): Promise<void> {
  const text = await readFile(new URL(`../supabase/tests/${HELPER}`, import.meta.url), 'utf8');
  const file = path.join(folder, HELPER);
  const before = await readIfThere(file);
  if (before === undefined) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
    console.log(`${file} written`);
  } else if (before === text) console.log('nothing to do: the file is there');
  else {
    console.log(`${file} has another text, and stays. To get this version, delete it first`);
    process.exitCode = 1;
  }
}

interface TestOptions extends ProjectOptions {
  /** Writes the helper and runs nothing. */
  readonly helpers?: boolean;
}

async function test(folder: string | undefined, { workdir, helpers }: TestOptions): Promise<void> {
  await requireProject(workdir);
  const place = folder === undefined ? path.join(workdir, 'supabase/tests') : path.resolve(folder);
  if (helpers) return writeHelper(place);
  const { runFolder } = await import('@cognito-supabase/local/pgtap');
  const { statementsOf } = await import('./hosted/sql-statements.ts');
  const allPassed = await onCopy(workdir, (databaseUrl) =>
    runFolder(databaseUrl, place, statementsOf),
  );
  if (!allPassed) process.exitCode = 1;
}

const TEST_EXAMPLES = `
Examples:
  npx cognito-supabase test --helpers
  npx cognito-supabase test`;

export const typesCommand = (): Command =>
  withWorkdir(new Command('types'))
    .description('writes the TypeScript types of schema public')
    .argument('[file]', 'where to; standard output if it is missing')
    .addHelpText('after', '\nExample: npx cognito-supabase types src/database.types.ts')
    .action(types);

export const testCommand = (): Command =>
  withWorkdir(new Command('test'))
    .description('runs the pgTAP files of the project')
    .argument('[folder]', 'with the files; supabase/tests if it is missing')
    .option('--helpers', `writes ${HELPER} into the folder, by which tests sign people in`)
    .addHelpText('after', TEST_EXAMPLES)
    .action(test);
