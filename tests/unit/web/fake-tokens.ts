/** Unsigned tokens and a stand-in for Amplify's session, for tests of what reads them. */
import type { FetchSession } from '../../../web/src/auth/token.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as Cognito would make it, but signed by nobody. */
export const fakeToken = (claims: Record<string, unknown>): string =>
  `${part({ alg: 'RS256', kid: 'test' })}.${part({ sub: 'ada', ...claims })}.c2lnbmF0dXJl`;

/** A token that was issued `age` seconds before `now` and lasts an hour. */
export const hourToken = (now: number, age = 0, claims: Record<string, unknown> = {}): string => {
  const iat = Math.floor(now / 1000) - age;
  return fakeToken({ iat, exp: iat + 3600, ...claims });
};

/** A session that answers with what the test put into it, and counts how often it was asked. */
export interface FakeSession {
  /** Access token at hand; null when signed out. */
  held: string | null;
  /** What a renewal gives; by default the same token again. */
  renewal: () => Promise<string | null>;
  readonly asked: { plain: number; forced: number };
  readonly fetchSession: FetchSession;
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
