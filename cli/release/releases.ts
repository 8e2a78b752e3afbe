/**
 * What was released: the migrations of each version of the kit, by their hashes. A project has copies of them, and a
 * copy is applied once. So a released migration never changes, and each change is a migration of its own.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { type Kit, readMigration } from '@cognito-supabase/local/modules';
import { z } from 'zod';

const releaseSchema = z.strictObject({
  /** Of the kit. */
  version: z.string(),
  /** Module → migration → SHA-256 of its text with line ends of Unix, in hexadecimal digits. */
  modules: z.record(z.string(), z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/))),
});

export type Release = z.infer<typeof releaseSchema>;
export type ReleasedModules = Release['modules'];

/** A record for each release, `<version>.json`. */
export const RELEASES_DIR = path.join(import.meta.dirname, 'released');

/** Git on Windows may change line ends. */
const hashOf = (text: string): string =>
  createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');

/** The migrations that the manifest names. A file that does not exist is left out. */
export async function modulesOf({ modules, dir }: Kit): Promise<ReleasedModules> {
  const found: ReleasedModules = {};
  for (const { name, files } of modules) {
    const hashes: Record<string, string> = {};
    for (const file of files) {
      const text = await readMigration(file, dir).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return undefined;
        throw cause;
      });
      if (text !== undefined) hashes[file] = hashOf(text);
    }
    found[name] = hashes;
  }
  return found;
}

async function readRelease(file: string): Promise<Release> {
  try {
    const release = releaseSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    if (path.basename(file) === `${release.version}.json`) return release;
    throw new Error(`it is the record of ${release.version}`);
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new KitError('RELEASE_CHANGED', `${file}: ${reason}`, 'restore the file', { cause });
  }
}

/** @throws KitError `RELEASE_CHANGED` if a record is damaged. */
export async function readReleases(dir = RELEASES_DIR): Promise<readonly Release[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.json')).toSorted();
  return Promise.all(names.map((name) => readRelease(path.join(dir, name))));
}

interface Migration {
  readonly module: string;
  readonly hash: string;
}

const byFile = (modules: ReleasedModules): ReadonlyMap<string, Migration> =>
  new Map(
    Object.entries(modules).flatMap(([module, files]) =>
      Object.entries(files).map(([file, hash]) => [file, { module, hash }] as const),
    ),
  );

/** Migrations that are not in the release. */
export function newSince({ modules }: Release, current: ReleasedModules): readonly string[] {
  const released = byFile(modules);
  return [...byFile(current).keys()].filter((file) => !released.has(file));
}

/** A released migration has to be the same file in the same module. */
function problemWith(version: string, file: string, was: Migration, is: Migration | undefined) {
  if (is === undefined)
    return `${file} was released with ${version} and is missing: restore the file and its line in the manifest, and write the change as a new migration`;
  if (is.hash !== was.hash)
    return `${file} has changed since it was released with ${version}: restore the file, and write the change as a new migration`;
  if (is.module !== was.module)
    return `${file} was released with ${version} in module ${was.module}, and is in module ${is.module} now: name it in ${was.module} again`;
  return undefined;
}

function problemsSince(release: Release, current: ReleasedModules): readonly string[] {
  const { version } = release;
  const released = byFile(release.modules);
  const now = byFile(current);
  const problems = [...released].flatMap(
    ([file, was]) => problemWith(version, file, was, now.get(file)) ?? [],
  );
  // `supabase db push` refuses a file that comes before one that is applied.
  const newest = [...released.keys()].toSorted().at(-1) ?? '';
  const early = newSince(release, current)
    .filter((file) => file < newest)
    .map(
      (file) =>
        `${file} is new and comes before ${newest}, which was released with ${version}: give it a later version`,
    );
  return [...problems, ...early];
}

/** `upgrade` finds a copy by the name without the version, because a copy may have another version. */
function problemsOfNames(current: ReleasedModules): readonly string[] {
  const nameOf = (file: string): string => file.slice(file.indexOf('_') + 1);
  const files = [...byFile(current).keys()].toSorted();
  return files.flatMap((file, index) => {
    const first = files.slice(0, index).find((other) => nameOf(other) === nameOf(file));
    return first === undefined
      ? []
      : [`${file} and ${first} differ in their versions only: give the newer one another name`];
  });
}

/**
 * Compares the migrations with all releases.
 *
 * @returns a sentence for each problem: the file, the release, and what to do. Empty if nothing is wrong.
 */
export const problemsOf = (
  releases: readonly Release[],
  current: ReleasedModules,
): readonly string[] => [
  ...releases.flatMap((release) => problemsSince(release, current)),
  ...problemsOfNames(current),
];
