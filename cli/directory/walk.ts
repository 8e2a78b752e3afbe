/** Reads one part of the pool, page by page, from the page where it was interrupted. */
import { KitError } from '@cognito-supabase/contract/errors';
import { type Pool, StaleToken } from './pool.ts';
import type { PartState } from './state.ts';
import type { Writer } from './writer.ts';

export interface WalkContext {
  readonly pool: Pool;
  readonly writer: Writer;
  /** Called for each page that is staged. */
  onPage(users: number): void;
}

/** @param part where to continue; a new part begins with the first page. */
export async function walkPart(
  context: WalkContext,
  prefix: string,
  part: PartState,
): Promise<void> {
  const { pool, writer, onPage } = context;
  let { pages, next } = part;
  let tokens = new Set<string>();
  for (;;) {
    let page: Awaited<ReturnType<Pool['page']>>;
    try {
      page = await pool.page(prefix, next);
    } catch (error) {
      if (!(error instanceof StaleToken) || next === undefined) throw error;
      // Page tokens expire. A user who is staged twice is merged.
      [pages, next, tokens] = [0, undefined, new Set()];
      continue;
    }
    if (page.next !== undefined && tokens.has(page.next)) {
      throw new KitError(
        'POOL_UNREACHABLE',
        `Cognito's pages of ${prefix === '' ? 'the pool' : `sub ^= "${prefix}"`} repeat themselves`,
        'run the same command again; it continues from here',
      );
    }
    pages += 1;
    next = page.next;
    await writer.page(
      prefix,
      page.items,
      next === undefined ? { pages, done: true } : { pages, next },
    );
    onPage(page.items.length);
    if (next === undefined) return;
    tokens.add(next);
  }
}

/** Runs `work` over all items, `width` at a time. The first failure calls `stop` and is thrown. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
  stop: (reason: Error) => void,
): Promise<void> {
  const queue = items.values();
  let failure: Error | undefined;
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failure) return;
      try {
        await work(item);
      } catch (error) {
        failure ??= error as Error;
        stop(failure);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failure) throw failure;
}
