/** The two file habits of the emulator: write a file whole or not at all, and say which is broken. */
import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from './printable.ts';
import { RESET } from './progress.ts';

/**
 * Writes a file so that a crash leaves the old content or the new, never half of one: a temporary
 * file is written and synced first, then renamed over the old one. Only the owner may read it.
 *
 * It follows no link, because links may come with a repository: a link in the place of the file is replaced. The
 * temporary file has a new name each time, and is never one that is there.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

/** `.env`, `.env.local`, `web.env`. */
const ENV_NAME = /^\.env(\..+)?$|.\.env$/;

/**
 * Writes a file of variables as `writeWhole` does. Several apps may share such a file by links, so a link to another
 * file of variables is followed, and stays.
 *
 * @throws KitError SETTING_INVALID if the file is a link to something else
 */
export async function writeEnvFile(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return file;
    throw error;
  });
  if (basename(target) !== basename(file) && !ENV_NAME.test(basename(target)))
    throw new KitError(
      'SETTING_INVALID',
      `${file} is a link to ${target}, which is no file of variables`,
      'remove the link, or name another file',
    );
  await writeWhole(target, text);
}

/** The rename itself lasts only once the folder is synced. Windows cannot open a folder. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const IN_WORDS = new Map([
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'this user may not read it'],
]);

/** The error for a file of the user's project. */
function fileUnreadable(file: string, cause: unknown): KitError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new KitError(
    'FILE_UNREADABLE',
    `${printable(file)} cannot be read: ${IN_WORDS.get(code) ?? printable(code || message)}`,
    'move it away, or correct its rights, and run it again',
    { cause },
  );
}

/**
 * Reads a file, or gives `undefined` where there is none.
 *
 * @param failure makes the error for a file that cannot be read: `unreadable` for those of the stack on this machine.
 *   @default - FILE_UNREADABLE
 * @throws KitError
 */
export async function readIfThere(
  file: string,
  failure: (file: string, cause: unknown) => KitError = fileUnreadable,
): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure(file, cause);
  }
}

/** The error for a file of the stack on this machine that is not what it wrote. */
export const unreadable = (file: string, cause?: unknown): KitError =>
  new KitError(
    'DATA_DIR_UNREADABLE',
    `the local user pool cannot be read: ${file} is damaged`,
    `restore that file, or begin anew with ${RESET}`,
    { cause },
  );
