/**
 * The public keys of the issuer, as jose takes them.
 *
 * jose's own remote set asks again for an unknown `kid` once in a while at most, and refuses what it
 * does not know meanwhile: whoever sends made-up ones keeps a fresh key out. Here every request with
 * an unknown `kid` waits for one answer that was asked for after it had come, and they share it.
 */
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** Keys that the issuer does not show any more are forgotten after this time, in milliseconds. */
const MAX_AGE = 600_000;
/** How long the issuer may take to answer, in milliseconds. */
const TIMEOUT = 5_000;

/** The issuer does not answer, so no token can be judged. Answer with 503. */
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

/** @param url of the issuer's JWKS. @throws IssuerUnreachableError */
export function createIssuerKeys(url: string): JWTVerifyGetKey {
  let known: Known | undefined;
  let running: Promise<Known> | undefined;
  let next: Promise<Known> | undefined;

  const begin = (): Promise<Known> => {
    const fetching = fetchKeys(url).then((fetched) => {
      known = fetched;
      return fetched;
    });
    running = fetching;
    const done = () => {
      if (running === fetching) running = undefined;
    };
    fetching.then(done, done);
    return fetching;
  };

  /** The one that runs may have been answered before a new key was there: it does not count. */
  const askAgain = (): Promise<Known> => {
    if (!running) return begin();
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };

  return async (header, token) => {
    const current = known && Date.now() - known.at < MAX_AGE ? known : await (running ?? begin());
    try {
      return await current.keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return (await askAgain()).keys(header, token);
    }
  };
}
