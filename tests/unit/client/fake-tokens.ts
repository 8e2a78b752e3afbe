/** Unsigned tokens and a stand-in for Amplify's session. */
import type { AuthAdapter } from '../../../client/src/adapter.ts';
import { type AmplifyParts, amplifyAuth } from '../../../client/src/adapters/amplify.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token like Cognito's, without a signature. */
export const fakeToken = (claims: Record<string, unknown>): string =>
  `${part({ alg: 'RS256', kid: 'test' })}.${part({ sub: 'ada', ...claims })}.c2lnbmF0dXJl`;

/** A token that was issued `age` seconds before `now` and lasts an hour. */
export const hourToken = (now: number, age = 0, claims: Record<string, unknown> = {}): string => {
  const iat = Math.floor(now / 1000) - age;
  return fakeToken({ iat, exp: iat + 3600, ...claims });
};

/** A session with values of the test, which counts its calls. */
export interface FakeSession {
  /** The current access token; null when signed out. */
  held: string | null;
  /** The token after a renewal; by default the same token. */
  renewal: () => Promise<string | null>;
  readonly asked: { plain: number; forced: number };
  readonly fetchSession: AmplifyParts['fetchSession'];
}

export const fakeSession = (held: string | null): FakeSession => {
  const session: FakeSession = {
    held,
    renewal: async () => session.held,
    asked: { plain: 0, forced: 0 },
    fetchSession: async (options) => {
      if (options?.forceRefresh) {
        session.asked.forced += 1;
        session.held = await session.renewal();
      } else {
        session.asked.plain += 1;
        await Promise.resolve();
      }
      const token = session.held;
      return token === null ? {} : { tokens: { accessToken: { toString: () => token } } };
    },
  };
  return session;
};

/** Amplify's adapter, with a session and events of the test. */
export const adapterOf = (
  fetchSession: AmplifyParts['fetchSession'],
  given: Partial<AmplifyParts> = {},
): AuthAdapter =>
  amplifyAuth({
    fetchSession,
    signOut: async () => {},
    listen: () => () => {},
    clockDrift: async () => 0,
    ...given,
  });
