/**
 * To whom the rows of an old account have moved. No function of the Data API says it, so it is read from the database, if
 * its URL is known.
 */
import type { Database } from '../hosted/database.ts';
import { type DatabaseSource, openProjectDatabase } from './project-database.ts';

export interface Transfers {
  /**
   * @returns the sub; undefined if the rows have not moved, or if it cannot be seen.
   * @throws KitError DATABASE_FAILED, PROJECT_MISMATCH, SETTING_INVALID
   */
  ownerOf(oldId: string): Promise<string | undefined>;
  close(): Promise<void>;
}

const OWNER =
  'select sub from cognito_supabase.transfers where old_id = $1::uuid and done_at is not null';

/** @param source undefined: nothing can be seen. The connection is made when it is needed. */
export function openTransfers(source: DatabaseSource | undefined): Transfers {
  let current: Database | undefined;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One question at a time: pg does not queue them. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  }

  async function leave(): Promise<void> {
    const database = current;
    current = undefined;
    // A connection that is broken has nothing to close.
    await database?.close().catch(() => {});
  }

  async function ask(from: DatabaseSource, oldId: string): Promise<string | undefined> {
    if (isClosed) return undefined;
    current ??= await openProjectDatabase(from);
    // The run may have ended while the connection was made.
    if (isClosed) await leave();
    if (current === undefined) return undefined;
    const rows = await current.query<{ readonly sub: string }>(OWNER, [oldId]);
    return rows[0]?.sub;
  }

  return {
    ownerOf: async (oldId) =>
      source &&
      inTurn(async () => {
        if (current === undefined) return ask(source, oldId);
        try {
          return await ask(source, oldId);
        } catch (error) {
          if (isClosed) throw error;
          // A pooler ends a connection that had nothing to do for long.
          await leave();
          return ask(source, oldId);
        }
      }),
    // Not in its turn: a question that gets no answer would keep the process.
    close: () => {
      isClosed = true;
      return leave();
    },
  };
}
