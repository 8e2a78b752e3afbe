/** Repeats work that may succeed later, within a limit of time. */
import { setTimeout as delay } from 'node:timers/promises';
import { RefusedError } from './data-api.ts';

export interface Patience {
  /** Milliseconds for all attempts together. */
  readonly within: number;
  /** Milliseconds before the second attempt. It doubles each time. */
  readonly first: number;
}

/**
 * @throws RefusedError at once, because another attempt would be refused too
 * @throws the last error after the time
 */
export async function retry<T>(work: () => Promise<T>, { within, first }: Patience): Promise<T> {
  const end = Date.now() + within;
  for (let pause = first; ; pause *= 2) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RefusedError || Date.now() + pause >= end) throw error;
      await delay(pause);
    }
  }
}
