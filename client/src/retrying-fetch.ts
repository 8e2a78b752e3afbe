import type { TokenSource } from './token-source.ts';

export interface RetryingFetchOptions {
  readonly tokens: Pick<TokenSource, 'replace'>;
  /** What supabase-js sends as bearer when nobody is signed in. */
  readonly publishableKey: string;
  /** Called when the database has ended the person's session. */
  readonly onSessionEnded?: () => void;
  /** @defaultValue the global `fetch` */
  readonly fetch?: typeof fetch;
}

type FetchInput = Parameters<typeof fetch>[0];

const headersOf = (input: FetchInput, init?: RequestInit): Headers =>
  new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));

/** The first attempt consumes a stream, and the body of a Request object. */
const canBeSentAgain = (input: FetchInput, init?: RequestInit): boolean =>
  !(init?.body instanceof ReadableStream) &&
  !(input instanceof Request && (input.bodyUsed || input.body !== null));

/** Raised by the trust policy of the database for a session that was revoked there. */
const SESSION_ENDED = 'PT401';

/**
 * The code of an error of the Data API. It is read from a copy, because the caller reads the response.
 */
const codeOf = async (answer: Response): Promise<unknown> => {
  try {
    return ((await answer.clone().json()) as { code?: unknown }).code;
  } catch {
    return undefined;
  }
};

/**
 * A `fetch` that repeats a request once after a 401, with a renewed token.
 *
 * Libraries renew by the clock, so a token can still be refused: after a wrong clock, an ended session, or
 * rotated keys. Only a request with a person's token is repeated. Without one, 401 means that `anon` may
 * not do this. If the renewed token is refused because the database has ended the session,
 * `onSessionEnded` is called.
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

    // If the renewal fails too, return the refusal, which has the reason.
    const fresh = await tokens.replace(rejected).catch(() => null);
    if (fresh === null) return response;

    await response.body?.cancel();
    headers.set('authorization', `Bearer ${fresh}`);
    const answer = await send(input, { ...init, headers });
    if (answer.status === 401 && (await codeOf(answer)) === SESSION_ENDED) onSessionEnded?.();
    return answer;
  };
};
