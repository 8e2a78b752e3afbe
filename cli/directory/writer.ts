/**
 * Connects many readers to one database connection. Pages that arrive during a statement go together in
 * the next one, so that a distant database does not slow the reading down. A reader waits until its page
 * is stored, so memory holds at most one page for each reader.
 */
import type { PoolUser } from './pool.ts';
import type { Staging } from './staging.ts';
import { type PartState, type SyncState, saveState } from './state.ts';

export interface Writer {
  /** Resolves when the page is staged and recorded in the state file. */
  page(prefix: string, users: readonly PoolUser[], part: PartState): Promise<void>;
  /** Stages people who were looked up one by one. */
  people(users: readonly PoolUser[]): Promise<void>;
}

interface Waiting {
  readonly prefix: string | undefined;
  readonly users: readonly PoolUser[];
  readonly part: PartState | undefined;
  resolve(): void;
  reject(reason: unknown): void;
}

/** @param state the progress, which is updated after each write. */
export function makeWriter(staging: Staging, state: SyncState, file: string): Writer {
  let waiting: Waiting[] = [];
  let writing = false;

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    const parts = batch.flatMap(({ prefix, part }) =>
      prefix === undefined || part === undefined ? [] : [{ part: prefix, pages: part.pages }],
    );
    await staging.write(state.runId, { users: batch.flatMap(({ users }) => users), parts });
    // After the database, so that the file never counts pages that are not stored.
    for (const { prefix, part } of batch) {
      if (prefix !== undefined && part !== undefined) state.parts[prefix] = part;
    }
    if (parts.length > 0) await saveState(file, state);
  }

  async function writeAll(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await writeBatch(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    writing = false;
  }

  const add = (prefix: string | undefined, users: readonly PoolUser[], part?: PartState) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ prefix, users, part, resolve, reject });
      if (!writing) void writeAll();
    });
  return { page: add, people: (users) => add(undefined, users) };
}
