/**
 * Which addresses of the web app's development server may name which files.
 *
 * Vite checks this itself (`server.fs`), and that check has been passed by queries, double slashes
 * and encodings more than once. So it is asked here as well, by other means: the file that an address
 * names is looked up on the disk, links resolved, before Vite sees the request.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ServedFolders {
  /** Absolute paths of folders and files; what is below them is served. */
  readonly allowed: readonly string[];
  /** An absolute path below which nothing is served, also where an allowed folder holds it. */
  readonly refused: string;
}

/** Vite's own client, which it serves by absolute path. */
const VITE_CLIENT = path.dirname(fileURLToPath(import.meta.resolve('vite/dist/client/client.mjs')));

const isBelow = (folder: string, file: string): boolean =>
  file === folder || file.startsWith(`${folder}${path.sep}`);

/** Decoded until nothing changes: what is encoded twice is decoded twice somewhere. */
function decoded(text: string, rounds = 5): string | undefined {
  if (rounds === 0) return undefined;
  const once = decodeURIComponent(text);
  if (once === text) return text;
  try {
    return decoded(once, rounds - 1);
  } catch {
    // A name that has a percent sign of its own.
    return once;
  }
}

function decodedTarget(target: string): string | undefined {
  try {
    return target.startsWith('/') ? decoded(target) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The absolute path that an address asks for, wherever in it; undefined for addresses below the
 * root of the app.
 */
function absolutePathIn(pathname: string): string | undefined {
  const marker = pathname.search(/@fs(?=\/)/i);
  return marker < 0 ? undefined : path.resolve(`/${pathname.slice(marker + 3)}`);
}

/**
 * @returns a check of a request's target: true where Vite may answer it. Addresses that name a file
 * by its absolute path must name one that is served; no address may hold a NUL, a backslash, a path
 * that cannot be decoded, or the name of the refused folder.
 */
export function answersOnly(served: ServedFolders): (target: string) => Promise<boolean> {
  const resolved = Promise.all(
    [...served.allowed, VITE_CLIENT].map((folder) => realpath(folder).catch(() => folder)),
  );
  return async (target) => {
    const text = decodedTarget(target);
    if (text === undefined || /[\0\\]/.test(text) || text.includes(served.refused)) return false;
    const [pathname = '/'] = text.split(/[?#]/);
    // Vite starts an editor for everybody who asks here.
    if (pathname.includes('/__open-in-editor')) return false;
    const asked = absolutePathIn(pathname);
    if (asked === undefined) return true;
    const file = await realpath(asked).catch(() => asked);
    if (isBelow(served.refused, file)) return false;
    return (await resolved).some((folder) => isBelow(folder, file));
  };
}
