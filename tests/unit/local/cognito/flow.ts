/** Sign-ins at managed login by openid-client, which checks every answer by itself. */
import * as oidc from 'openid-client';
import { CLIENT, ORIGIN, PASSWORD, type TestPool } from './support.ts';
import { type Page, Visitor } from './visitor.ts';

export const CALLBACK = `${ORIGIN}/`;
export const SCOPE = 'openid email profile aws.cognito.signin.user.admin';

export const configure = (pool: TestPool, clientId = CLIENT, secret?: string) =>
  oidc.discovery(
    new URL(pool.issuer),
    clientId,
    secret,
    secret === undefined ? oidc.None() : undefined,
    { execute: [oidc.allowInsecureRequests] },
  );

export interface Flow {
  readonly config: oidc.Configuration;
  readonly url: URL;
  /** Exchanges the code of the page that a sign-in has ended on. */
  redeem(page: Page): ReturnType<typeof oidc.authorizationCodeGrant>;
}

export async function beginFlow(
  pool: TestPool,
  parameters: Record<string, string> = {},
  config?: oidc.Configuration,
): Promise<Flow> {
  const settings = config ?? (await configure(pool));
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(settings, {
    redirect_uri: CALLBACK,
    scope: SCOPE,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  });
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const redeem = ({ location }: Page) =>
    oidc.authorizationCodeGrant(settings, location as URL, checks);
  return { config: settings, url, redeem };
}

/** Signs in at managed login with a password. */
export async function signIn(pool: TestPool, flow: Flow, email: string): Promise<[Page, Visitor]> {
  const visitor = new Visitor(pool.endpoint);
  const page = await visitor.open(flow.url);
  return [await visitor.submit(page, { username: email, password: PASSWORD }), visitor];
}
