/**
 * The public keys of the issuer, in jose's form.
 *
 * jose's own remote set fetches again for an unknown `kid` only from time to time, and refuses it
 * meanwhile. So made-up values could keep a new key out. Here a request with an unknown `kid` waits for a
 * fetch that begins after the request. Such requests share a fetch, so there are at most ten a second.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** Keys that the issuer no longer publishes are forgotten after this time, in milliseconds. */
const MAX_AGE = 600_000;
/** Time between two fetches, in milliseconds. */
const INTERVAL = 100;
/** For this time a `kid` that the issuer did not have is refused without a fetch, in milliseconds. */
const UNKNOWN_FOR = 1_000;
/** How many of these are remembered. */
const UNKNOWN_AT_MOST = 1_000;
/** Deadline for the issuer's answer, in milliseconds. */
const TIMEOUT = 5_000;

/** The issuer does not answer, so no token can be checked. Answer with 503. */
export class IssuerUnreachableError extends Error {
  override readonly name = 'IssuerUnreachableError';
}

interface Known {
  readonly keys: JWTVerifyGetKey;
  readonly at: number;
}

async function fetchKeys(url: string): Promise<Known> {
  const at = Date.now();
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT), redirect: 'error' });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const keys = createLocalJWKSet((await answer.json()) as { keys: [] });
    return { keys: keys as JWTVerifyGetKey, at };
  } catch (cause) {
    throw new IssuerUnreachableError(`${url} does not answer with keys`, { cause });
  }
}

/** One fetch at a time, shared by all requests that wait for it. */
class SharedQuestion {
  readonly #url: string;
  #running: Promise<Known> | undefined;
  #next: Promise<Known> | undefined;
  #begun = 0;
  latest: Known | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async #ask(): Promise<Known> {
    await delay(Math.max(0, this.#begun + INTERVAL - Date.now()));
    this.#begun = Date.now();
    this.latest = await fetchKeys(this.#url);
    return this.latest;
  }

  /** Joins the current fetch, or begins one. */
  join(): Promise<Known> {
    this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The result of a fetch that begins after this call, because an earlier one may miss a new key. */
  askAgain(): Promise<Known> {
    this.#next ??= (this.#running ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.join();
      });
    return this.#next;
  }
}

/** @param url of the issuer's JWKS. @throws IssuerUnreachableError */
export function createIssuerKeys(url: string): JWTVerifyGetKey {
  const question = new SharedQuestion(url);
  const unknown = new Map<string, number>();

  const isUnknown = (kid: string): boolean => (unknown.get(kid) ?? 0) > Date.now();
  const remember = (kid: string): void => {
    if (unknown.size >= UNKNOWN_AT_MOST) unknown.clear();
    unknown.set(kid, Date.now() + UNKNOWN_FOR);
  };

  return async (header, token) => {
    const { latest } = question;
    const isFresh = latest !== undefined && Date.now() - latest.at < MAX_AGE;
    const known = isFresh ? latest : await question.join();
    const kid = header.kid ?? '';
    try {
      return await known.keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || isUnknown(kid)) throw error;
    }
    try {
      return await (await question.askAgain()).keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) remember(kid);
      throw error;
    }
  };
}
