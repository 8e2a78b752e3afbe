import type { AuthAdapter, Tokens } from './adapter.ts';
import { readClaims } from './claims.ts';
import { singleFlight } from './single-flight.ts';

/** Gets the access token to send. */
export interface TokenSource {
  /**
   * The token to send now. Callers at the same time share one lookup and one refresh.
   *
   * @returns Null if nobody is signed in, or if Cognito refuses to renew the session.
   * @throws If a token has to be renewed and Cognito cannot be reached or fails. The request must then
   * fail too, because without a token it would run as `anon` and find no rows.
   */
  current(): Promise<string | null>;
  /**
   * A token to send in place of one that the API refused with 401.
   *
   * @param rejected - The token that was sent.
   * @returns A renewed token of the same person, or null if there is none: signed out, refused,
   * unchanged, or another person has signed in.
   */
  replace(rejected: string): Promise<string | null>;
  /** Call this when the account changes. Later callers then get no result that was begun before. */
  forget(): void;
}

export interface TokenSourceOptions {
  readonly auth: Pick<AuthAdapter, 'tokens'>;
  /** Milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
}

interface Held {
  readonly jwt: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Renew this long before the expiry. Libraries renew some seconds before. But Realtime asks only with its
 * heartbeat, every 25 seconds, and closes the channel of a token that expires in between.
 */
const RENEW_BEFORE_MS = 60_000;

const millis = (seconds: unknown): number => (typeof seconds === 'number' ? seconds * 1000 : 0);

/**
 * Creates the source of access tokens. There is one for the app.
 *
 * @example const tokens = createTokenSource({ auth }); createClient(url, key, { accessToken: tokens.current });
 */
export const createTokenSource = ({ auth, now = Date.now }: TokenSourceOptions): TokenSource => {
  /** How far this clock is behind Cognito's, known after the first renewal. */
  let clockBehind = 0;

  const hold = (tokens: Tokens | null): Held | null => {
    if (tokens === null) return null;
    const { accessToken: jwt } = tokens;
    const claims = readClaims(jwt);
    return { jwt, issuedAt: millis(claims?.iat), expiresAt: millis(claims?.exp) };
  };

  const timeLeft = ({ expiresAt }: Held): number => expiresAt - (now() + clockBehind);

  const renewing = singleFlight(async () => {
    const held = hold(await auth.tokens(true));
    if (held) clockBehind = held.issuedAt - now();
    return held;
  });

  const reading = singleFlight(async () => {
    // The API may just have refused the token that is being replaced.
    const renewed = renewing.current();
    if (renewed) return renewed;
    const held = hold(await auth.tokens(false));
    if (!held) return null;
    const early = Math.min(RENEW_BEFORE_MS, (held.expiresAt - held.issuedAt) / 5);
    if (timeLeft(held) > early) return held;
    try {
      return await renewing.run();
    } catch (error) {
      if (timeLeft(held) > 0) return held;
      throw error;
    }
  });

  const current = async () => (await reading.run())?.jwt ?? null;

  return {
    current,
    async replace(rejected) {
      const held = await current();
      const fresh = held === rejected ? ((await renewing.run())?.jwt ?? null) : held;
      if (fresh === null || fresh === rejected) return null;
      // A write of one person must never be sent again with the token of another.
      return readClaims(fresh)?.sub === readClaims(rejected)?.sub ? fresh : null;
    },
    forget() {
      reading.forget();
      renewing.forget();
    },
  };
};
