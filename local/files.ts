/** The two file habits of the emulator: write a file whole or not at all, and say which is broken. */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { RESET } from './progress.ts';

/**
 * Writes a file so that a crash leaves the old content or the new, never half of one: a temporary
 * file is written and synced first, then renamed over the old one. Only the owner may read it.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(dirname(file));
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

/** Reads a file, or gives `undefined` where there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  }
}

/** The error for a file of ours that is not what we wrote. */
export const unreadable = (file: string, cause?: unknown): KitError =>
  new KitError(
    'DATA_DIR_UNREADABLE',
    `the local user pool cannot be read: ${file} is damaged`,
    `restore that file, or begin anew with ${RESET}`,
    { cause },
  );
