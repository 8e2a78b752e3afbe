/** `types` and `test`: what the Supabase CLI does with containers, on a copy of the project's database. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { withWorkdir } from './workdir.ts';

interface ProjectOptions {
  readonly workdir: string;
}

/** Runs work on a fresh database with the migrations and the seed of the project. */
async function onCopy<T>(workdir: string, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  // Loaded here, because the other commands need nothing of the stack.
  const { startStack } = await import('./testing/index.ts');
  const stack = await startStack({ workdir });
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

async function test(folder: string | undefined, { workdir }: ProjectOptions): Promise<void> {
  const { runFolder } = await import('@cognito-supabase/local/pgtap');
  const place = folder === undefined ? path.join(workdir, 'supabase/tests') : path.resolve(folder);
  const allPassed = await onCopy(workdir, (databaseUrl) => runFolder(databaseUrl, place));
  if (!allPassed) process.exitCode = 1;
}

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
    .addHelpText('after', '\nExample: npx cognito-supabase test')
    .action(test);
