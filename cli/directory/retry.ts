/** Tries a request again: after which failures, and after which wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Budget } from './budget.ts';

/** A 200 answer that is not a usable page: truncated, without users, or the same page again. */
export class BrokenPage extends Error {
  override readonly name = 'BrokenPage';
}

export interface RetryOptions {
  /** Tries in all. */
  readonly attempts: number;
  /** Longest wait after the first failure, in milliseconds; it doubles with each. */
  readonly baseMs: number;
  /** No wait is longer, in milliseconds. */
  readonly capMs: number;
}

/** The waits add up to about a minute, on average, before it gives up. */
export const DEFAULT_RETRY: RetryOptions = { attempts: 10, baseMs: 200, capMs: 20_000 };

/** Full jitter: a random wait from 0 to the bound, so that workers do not retry at the same moment. */
export const backoff = (failures: number, { baseMs, capMs }: RetryOptions): number =>
  Math.random() * Math.min(capMs, baseMs * 2 ** (failures - 1));

const THROTTLED = new Set([
  'TooManyRequestsException',
  'ThrottlingException',
  'RequestLimitExceeded',
]);

export interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const isThrottled = (error: unknown): boolean => THROTTLED.has((error as Error).name);

/** Throttling, a server error, no connection, or an unreadable answer. */
export function isTransient(error: unknown): boolean {
  const { name, code, $metadata } = error as SdkError & { readonly code?: unknown };
  if (isThrottled(error)) return true;
  // The SDK could not read the answer: a SyntaxError that carries the status, 200 among others.
  if (name === 'SyntaxError' || name === 'BrokenPage') return true;
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 500;
  // No answer at all: ECONNREFUSED and its like.
  return name === 'TimeoutError' || (typeof code === 'string' && /^E[A-Z]+$/.test(code));
}

export interface RetryContext {
  readonly budget: Budget;
  readonly options: RetryOptions;
  /** Ends the waiting at once. */
  readonly signal: AbortSignal;
  /** Whether another try may help. @default - `isTransient` */
  readonly isTransient?: (error: unknown) => boolean;
  onRetry(error: Error): void;
}

/**
 * Runs `send` until it works, each try within the budget.
 *
 * @param send gets the number of tries before it.
 * @throws the last error of `send` if it is permanent or all tries are used up; the signal's reason after
 *   an abort.
 */
export async function retrying<T>(
  context: RetryContext,
  send: (before: number) => Promise<T>,
): Promise<T> {
  const { budget, options, signal, onRetry } = context;
  const mayPass = context.isTransient ?? isTransient;
  for (let failures = 1; ; failures += 1) {
    await budget.take();
    try {
      return await send(failures - 1);
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error) || failures >= options.attempts) throw error;
      onRetry(error as Error);
      await sleep(backoff(failures, options), undefined, { signal }).catch(() => {
        throw signal.reason;
      });
    }
  }
}
