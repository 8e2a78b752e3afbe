/** Writes a file for its owner alone: reports have addresses, and an import file can have hashes of passwords. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { writeWhole } from '@cognito-supabase/local/files';

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
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeWhole(file, text);
  } catch (cause) {
    throw fileError(file, cause, `name another file: ${option} FILE`);
  }
}
