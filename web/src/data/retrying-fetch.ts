import type { TokenSource } from '../auth/token.ts';

export interface RetryingFetchOptions {
  readonly tokens: Pick<TokenSource, 'replace'>;
  /** What supabase-js sends as bearer when nobody is signed in. */
  readonly publishableKey: string;
  /** Told when the database says that the person's session was ended. */
  readonly onSessionEnded?: () => void;
  /** @defaultValue the global `fetch` */
  readonly fetch?: typeof fetch;
}

type FetchInput = Parameters<typeof fetch>[0];

const headersOf = (input: FetchInput, init?: RequestInit): Headers =>
  new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));

/** A stream is used up by the first attempt, and so is the body of a Request object. */
const canBeSentAgain = (input: FetchInput, init?: RequestInit): boolean =>
  !(init?.body instanceof ReadableStream) &&
  !(input instanceof Request && (input.bodyUsed || input.body !== null));

/** Raised by the trust policy of the database for a session that was revoked there. */
const SESSION_ENDED = 'PT401';

/** The code of an error of the Data API, read from a copy: the answer itself is for the caller. */
const codeOf = async (answer: Response): Promise<unknown> => {
  try {
    return ((await answer.clone().json()) as { code?: unknown }).code;
  } catch {
    return undefined;
  }
};

/**
 * A `fetch` that answers a 401 once, with a renewed token.
 *
 * Amplify renews by the clock, so a token can still be turned down: a clock that is off, a session
 * that was revoked, keys that were rotated. Only a request that carried a person's token is sent
 * again; without one, 401 means that `anon` may not do this. Where the renewed token is turned down
 * too because the session was ended in the database, somebody has to sign the person out.
 */
export const createRetryingFetch = ({
  tokens,
  publishableKey,
  onSessionEnded,
  fetch: send = (...args) => globalThis.fetch(...args),
}: RetryingFetchOptions): typeof fetch => {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.status !== 401) return response;

    const headers = headersOf(input, init);
    const rejected = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
    if (!rejected || rejected === publishableKey || !canBeSentAgain(input, init)) return response;

    // If the renewal fails too, the refusal is the better news: it names its reason.
    const fresh = await tokens.replace(rejected).catch(() => null);
    if (fresh === null) return response;

    await response.body?.cancel();
    headers.set('authorization', `Bearer ${fresh}`);
    const answer = await send(input, { ...init, headers });
    if (answer.status === 401 && (await codeOf(answer)) === SESSION_ENDED) onSessionEnded?.();
    return answer;
  };
};
