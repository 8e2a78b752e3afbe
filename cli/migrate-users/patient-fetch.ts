/** `fetch` that waits when a service says that it has too much to do. All requests wait together. */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoff, type RetryContext } from '../directory/retry.ts';
import { retryAfter } from '../hosted/retry-after.ts';

/** Tries of one request. Waiting is no failure, so there are more than for failures. */
const TRIES = 30;
/** No wait is longer, and a request without an answer ends after it. In milliseconds. */
const [LONGEST_WAIT, TIMEOUT] = [60_000, 30_000];

/** 503 without the header may mean anything, so the caller decides. */
const asksToWait = ({ status, headers }: Response): boolean =>
  status === 429 || (status === 503 && headers.has('retry-after'));

export function makePatientFetch({ signal, options, onRetry }: RetryContext): typeof fetch {
  /** On the clock of Date.now(). */
  let notBefore = 0;
  const wait = async (): Promise<void> => {
    const left = notBefore - Date.now();
    // Spread, so that not all of them come back at the same moment.
    if (left > 0)
      await sleep(left + Math.random() * options.baseMs, undefined, { signal }).catch(() => {
        throw signal.reason;
      });
  };
  return async (input, init) => {
    for (let tries = 1; ; tries += 1) {
      await wait();
      const signals = [signal, AbortSignal.timeout(TIMEOUT)];
      const answer = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
      if (!asksToWait(answer) || tries === TRIES) return answer;
      onRetry(new Error(`HTTP ${answer.status}`));
      await answer.body?.cancel();
      const asked = retryAfter(answer.headers) ?? backoff(tries, options);
      notBefore = Math.max(notBefore, Date.now() + Math.min(LONGEST_WAIT, asked));
    }
  };
}
