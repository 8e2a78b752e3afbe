/** The command line of `modules`. */
import { constants, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';
import { readKit, readManifest, withNeeds } from '@cognito-supabase/local/modules';
import { printError } from '@cognito-supabase/local/progress';
import { requireProject } from '../workdir.ts';
import { readHistory } from './history.ts';
import { type NewFile, planAdd, planRemove } from './plan.ts';

export const USAGE = `npx cognito-supabase modules list              the modules, and what each needs
npx cognito-supabase modules add NAME…         copies their migrations into supabase/migrations
npx cognito-supabase modules remove NAME…      writes migrations that take them out again

  --workdir DIR   the folder that has supabase/    default: this folder
  --help          this text

Nothing is applied: the Supabase CLI does that (supabase migration up, supabase db push), or the stack.`;

type Print = (line: string) => void;

const HELP = 'npx cognito-supabase modules --help';
const bad = (message: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${HELP}\` lists the options`);

const parse = (args: readonly string[]) =>
  readArguments(HELP, {
    args: [...args],
    allowPositionals: true,
    options: { workdir: { type: 'string' }, help: { type: 'boolean' } },
  });

/** Writes all files or none. A full disk is noticed before the project is touched. */
async function writeAll(folder: string, files: readonly NewFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const staging = await mkdtemp(path.join(path.dirname(folder), '.modules-'));
  const copied: string[] = [];
  try {
    for (const { name, text } of files) await writeFile(path.join(staging, name), text);
    for (const { name } of files) {
      const file = path.join(folder, name);
      await copyFile(path.join(staging, name), file, constants.COPYFILE_EXCL);
      copied.push(file);
    }
  } catch (cause) {
    await Promise.all(copied.map((file) => rm(file, { force: true })));
    throw cause;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function list(print: Print): Promise<void> {
  for (const { name, does, needs } of (await readManifest()).modules) {
    print(`${name.padEnd(20)}${does}${needs.length > 0 ? ` Needs ${needs.join(', ')}.` : ''}`);
  }
}

/** `YYYYMMDDHHMMSS` in UTC, as the Supabase CLI names migrations. */
const versionNow = (): string => new Date().toISOString().replace(/\D/g, '').slice(0, 14);

const migrationsOf = (workdir: string): string => path.join(workdir, 'supabase', 'migrations');

/**
 * Whether a project lacks one of some modules, or one that these need.
 *
 * @param names with commas between
 * @throws KitError MODULE_UNKNOWN
 */
export async function lacksModules(workdir: string, names: string): Promise<boolean> {
  const kit = await readKit();
  const wanted = names.split(',').map((name) => name.trim());
  const { installed } = await readHistory(migrationsOf(workdir), kit);
  return withNeeds(kit.modules, wanted).some(({ name }) => !installed.has(name));
}

async function change(
  command: 'add' | 'remove',
  names: readonly string[],
  workdir: string,
  print: Print,
) {
  const kit = await readKit();
  const folder = migrationsOf(workdir);
  const history = await readHistory(folder, kit);
  const files =
    command === 'add'
      ? await planAdd(kit, history, names)
      : await planRemove(kit, history, names, versionNow());
  await writeAll(folder, files);
  for (const { name } of files) print(`  supabase/migrations/${name}`);
  print(
    files.length === 0
      ? 'nothing to do: the files are there'
      : `${files.length} written; nothing is applied yet`,
  );
  const tables = kit.modules
    .filter(({ name }) => command === 'remove' && names.includes(name))
    .flatMap(({ makes }) => makes.table ?? []);
  if (tables.length > 0) {
    print(`applied, they delete these tables with their rows: ${tables.join(', ')}`);
  }
}

/** @returns the exit code. */
export async function main(args: readonly string[], print: Print): Promise<number> {
  try {
    const { values, positionals } = parse(args);
    const [command, ...names] = positionals;
    if (values.help || command === undefined) print(USAGE);
    else if (command === 'list') await list(print);
    else if (command === 'add' || command === 'remove') {
      if (names.length === 0) throw bad(`${command} needs the names of modules`);
      const workdir = path.resolve(values.workdir ?? process.cwd());
      await requireProject(workdir);
      await change(command, names, workdir, print);
    } else throw bad(`there is no command ${command}`);
    return 0;
  } catch (error) {
    printError(error);
    return 1;
  }
}
