/** Writes a file for its owner alone: reports have addresses, and an import file can have hashes of passwords. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';

/** Codes of the system for a disk without space, or a quota that is used up. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/**
 * An error of the system about a file.
 *
 * @param hint if it is not that the disk is full.
 */
export function fileError(file: string, cause: unknown, hint: string): KitError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  return FULL.has(code)
    ? new KitError('DISK_FULL', `no space is left for ${file}`, 'make room, and run it again', {
        cause,
      })
    : new KitError('BAD_OPTION', `${file} cannot be written (${code})`, hint, { cause });
}

/**
 * Whole or not at all. The text is first in a new file that nobody else can have opened. A file of the same name is
 * replaced, with its rights.
 *
 * @param option that names the file.
 * @throws KitError BAD_OPTION, DISK_FULL
 */
export async function writePrivate(file: string, text: string, option: string): Promise<void> {
  const fresh = `${file}.${randomUUID()}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => {});
    throw fileError(file, cause, `name another file: ${option} FILE`);
  }
}
