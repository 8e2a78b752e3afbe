/**
 * Reads and writes files in a folder where another user can write.
 *
 * As root the stack owns the folder of the cluster, and the service user owns the data folder in it.
 * Names in the data folder may be links to anywhere, or pipes that never end. The stack only reads there,
 * without following links. It writes everything else in the folder that root owns.
 */
import { constants, type FileHandle, lstat, open, rm } from 'node:fs/promises';

/** Largest file that is read, in bytes. The files of Postgres have less than 1 KB. */
const READ_LIMIT = 64 * 1024;

/** The text of a plain file; '' if there is none, or if the name is a link or a device. */
export async function readPlainFile(file: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile() || found.nlink !== 1) return '';
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(READ_LIMIT), 0, READ_LIMIT, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  } finally {
    await handle?.close();
  }
}

/** Creates and opens a file for its owner only. A file of that name is deleted first. */
export async function openFresh(file: string): Promise<FileHandle> {
  await rm(file, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  return open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

/** Owner of a name, without following links; undefined if there is none. */
export async function ownerOf(name: string): Promise<number | undefined> {
  const found = await lstat(name).catch(() => undefined);
  return found?.uid;
}
