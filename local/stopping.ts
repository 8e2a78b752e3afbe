/** Stops the parts of the stack in reverse order, each within a deadline. */
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@cognito-supabase/contract/errors';
import { printError } from './progress.ts';

/** The started parts, in order. They are stopped in reverse order. */
export type Stops = (() => Promise<void>)[];

async function inTime(stop: () => Promise<void>, deadline: number): Promise<void> {
  const ended = new AbortController();
  const late = delay(deadline, undefined, { signal: ended.signal }).then(() => {
    const hint = 'it ends with this process';
    throw new KitError('STOP_TIMED_OUT', `a part did not stop in ${deadline / 1000} s`, hint);
  });
  // Aborted if the stop came first.
  late.catch(() => {});
  try {
    await Promise.race([stop(), late]);
  } finally {
    ended.abort();
  }
}

/**
 * Stops all of `stops` and empties it. A part that fails or hangs does not prevent the others from
 * stopping.
 */
export async function stopAll(stops: Stops, deadline = 15_000): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    await inTime(stop, deadline).catch(printError);
  }
}

/** Exit codes of a process that a signal ended, as shells give them. */
const ENDED_BY = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * @param onFirst called at the first signal. The second signal ends the process at once. Committed rows
 *   are on disk, and the next start finds them.
 */
export function onSignals(onFirst: () => void): void {
  let first = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!first) process.exit(ENDED_BY[signal]);
      first = false;
      onFirst();
    });
  }
}
