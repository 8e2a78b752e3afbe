/**
 * `npm run release:record`: writes down the migrations of the version in cli/package.json, before it is published.
 * The tests compare the migrations with all records from then on.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { type Kit, readKit } from '@cognito-supabase/local/modules';
import { printError } from '@cognito-supabase/local/progress';
import {
  modulesOf,
  newSince,
  problemsOf,
  RELEASES_DIR,
  type Release,
  readReleases,
} from './releases.ts';

const PACKAGE_FILE = path.resolve(import.meta.dirname, '../package.json');

export interface RecordOptions {
  readonly kit: Kit;
  /** Of the kit. */
  readonly version: string;
  /** Holds the records. */
  readonly dir: string;
}

function refuse(problems: readonly string[], hint: string): void {
  if (problems.length > 0) throw new KitError('RELEASE_CHANGED', problems.join('\n  '), hint);
}

const HINT = 'do this for each line, and run it again; nothing is written';

/** @throws KitError `RELEASE_CHANGED`. @returns whether the record is new */
export async function recordRelease({ kit, version, dir }: RecordOptions): Promise<boolean> {
  const modules = await modulesOf(kit);
  const release: Release = { version, modules };
  const listed = kit.modules.flatMap(({ name, files }) => files.map((file) => ({ name, file })));
  const absent = listed.filter(({ name, file }) => modules[name]?.[file] === undefined);
  await mkdir(dir, { recursive: true });
  const releases = await readReleases(dir);
  refuse(problemsOf(releases, modules), HINT);
  refuse(
    absent.map(
      ({ name, file }) =>
        `the manifest names ${file} in module ${name}, and there is no such migration: add the file, or delete the line`,
    ),
    HINT,
  );
  const recorded = releases.find((earlier) => earlier.version === version);
  if (recorded === undefined) {
    const text = `${JSON.stringify(release, undefined, 2)}\n`;
    await writeFile(path.join(dir, `${version}.json`), text, { flag: 'wx' });
    return true;
  }
  refuse(
    newSince(recorded, modules).map((file) => `${version} is recorded without ${file}`),
    'a new migration needs a new version: raise it in cli/package.json, and run it again',
  );
  return false;
}

/** @returns the exit code */
export async function main(options: RecordOptions): Promise<number> {
  try {
    const file = path.relative(process.cwd(), path.join(options.dir, `${options.version}.json`));
    const isNew = await recordRelease(options);
    console.log(isNew ? `${file} written` : `nothing to do: ${file} has these migrations`);
    return 0;
  } catch (error) {
    printError(error);
    return 1;
  }
}

if (import.meta.main) {
  const { version } = JSON.parse(await readFile(PACKAGE_FILE, 'utf8')) as { version: string };
  process.exitCode = await main({ kit: await readKit(), version, dir: RELEASES_DIR });
}
