/**
 * Decides which files the development server of the web app may serve.
 *
 * Vite checks this itself (`server.fs`), but queries, double slashes and encodings have bypassed that
 * check more than once. So the file of a URL is also looked up on the disk here, with links resolved,
 * before Vite sees the request.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ServedFolders {
  /** Absolute paths of folders and files that are served, with everything below them. */
  readonly allowed: readonly string[];
  /** An absolute path below which nothing is served, even inside an allowed folder. */
  readonly refused: string;
}

/** Vite's own client, which it serves by absolute path. */
const VITE_CLIENT = path.dirname(fileURLToPath(import.meta.resolve('vite/dist/client/client.mjs')));

const isBelow = (folder: string, file: string): boolean =>
  file === folder || file.startsWith(`${folder}${path.sep}`);

/** Decodes until nothing changes, because a double encoding may be decoded twice later. */
function decoded(text: string, rounds = 5): string | undefined {
  if (rounds === 0) return undefined;
  const once = decodeURIComponent(text);
  if (once === text) return text;
  try {
    return decoded(once, rounds - 1);
  } catch {
    // The name contains a percent sign.
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

/** The absolute path in a URL, anywhere in it; undefined for URLs below the root of the app. */
function absolutePathIn(pathname: string): string | undefined {
  const marker = pathname.search(/@fs(?=\/)/i);
  return marker < 0 ? undefined : path.resolve(`/${pathname.slice(marker + 3)}`);
}

/**
 * @returns a check of a request's target: true if Vite may answer it. A URL with an absolute path must
 *   name a served file. A URL may not contain a NUL, a backslash, a path that cannot be decoded, or the
 *   name of the refused folder.
 */
export function answersOnly(served: ServedFolders): (target: string) => Promise<boolean> {
  const resolved = Promise.all(
    [...served.allowed, VITE_CLIENT].map((folder) => realpath(folder).catch(() => folder)),
  );
  return async (target) => {
    const text = decodedTarget(target);
    if (text === undefined || /[\0\\]/.test(text) || text.includes(served.refused)) return false;
    const [pathname = '/'] = text.split(/[?#]/);
    // Vite would start an editor for every request to this URL.
    if (pathname.includes('/__open-in-editor')) return false;
    const asked = absolutePathIn(pathname);
    if (asked === undefined) return true;
    const file = await realpath(asked).catch(() => asked);
    if (isBelow(served.refused, file)) return false;
    return (await resolved).some((folder) => isBelow(folder, file));
  };
}
