/**
 * The state file: how far each part of the pool was read, for a run that was interrupted. The users are
 * in the staging table of the database. The file contains page tokens and no personal data.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { writeWhole } from '@cognito-supabase/local/files';

/** One part of the pool: the users whose sub begins with a prefix. */
export interface PartState {
  /** Pages that are staged. */
  pages: number;
  /** Token of the next page; undefined before the first and after the last page. */
  next?: string | undefined;
  done?: boolean;
}

export interface SyncState {
  readonly version: 1;
  /** Pool and database. A state is valid for the same two only. */
  readonly target: string;
  readonly runId: string;
  readonly groups: boolean;
  readonly parts: Record<string, PartState>;
}

/** @returns undefined if there is no usable state. The run then begins anew. */
export async function loadState(file: string, target: string): Promise<SyncState | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text) as SyncState;
    return state.version === 1 && state.target === target && state.parts ? state : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes the file atomically: after a kill the former file is still there.
 *
 * @throws KitError BAD_OPTION if it cannot be written.
 */
export async function saveState(file: string, state: SyncState): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeWhole(file, JSON.stringify(state));
  } catch (cause) {
    throw new KitError(
      'BAD_OPTION',
      `${file} cannot be written (${(cause as NodeJS.ErrnoException).code})`,
      'name another file: --state FILE',
      { cause },
    );
  }
}

export const removeState = (file: string): Promise<void> => rm(file, { force: true });

/**
 * The progress of an earlier run. The database decides: the staging table is unlogged, so a crash of
 * Postgres loses its rows and the count of pages.
 *
 * @param staged prefix → pages in the database, written in one transaction with their users.
 */
export function resumable(
  state: SyncState,
  staged: ReadonlyMap<string, number>,
): Record<string, PartState> {
  return Object.fromEntries(
    Object.entries(state.parts).map(([prefix, part]) => [
      prefix,
      (staged.get(prefix) ?? 0) >= part.pages ? { ...part } : { pages: 0 },
    ]),
  );
}
