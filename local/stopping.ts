/** Stopping what has been started: in the opposite order, and never for ever. */
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@cognito-supabase/contract/errors';
import { printError } from './progress.ts';

/** What has been started, in order; stopped in the opposite one. */
export type Stops = (() => Promise<void>)[];

async function inTime(stop: () => Promise<void>, deadline: number): Promise<void> {
  const ended = new AbortController();
  const late = delay(deadline, undefined, { signal: ended.signal }).then(() => {
    const hint = 'what is left of it ends with this process';
    throw new KitError('STOP_TIMED_OUT', `a part did not stop in ${deadline / 1000} s`, hint);
  });
  // Aborted where the stop came first.
  late.catch(() => {});
  try {
    await Promise.race([stop(), late]);
  } finally {
    ended.abort();
  }
}

/** Stops all of `stops` and empties it. A part that fails or hangs does not keep the others. */
export async function stopAll(stops: Stops, deadline = 15_000): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    await inTime(stop, deadline).catch(printError);
  }
}

/** Exit codes of a process that a signal ended, as shells give them. */
const ENDED_BY = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * @param onFirst what the first signal begins. The second one ends the process at once: what Postgres
 * had committed is on disk, and the next start finds it.
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
