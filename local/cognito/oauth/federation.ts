/**
 * Sign-in at another identity provider, by OpenID Connect: `/oauth2/authorize?identity_provider=…` leads there, and
 * the provider leads back to `/oauth2/idpresponse`. The pool is then the client, by the library openid-client.
 */
import type { Context } from 'hono';
import { CognitoError } from '../core/errors.ts';
import { type ExternalAccount, userOfAccount } from '../core/federation.ts';
import { issuerOf, providerOf } from '../core/identity-providers.ts';
import type { IdentityProviderRecord, UserRecord } from '../store/records.ts';
import { type AuthorizeRequest, RedirectError, UnknownAppError } from './authorize-request.ts';
import { authorizeRequestOfQuery, federationCookie, type OAuth } from './context.ts';
import { finishSignIn } from './finish.ts';
import type { Departure } from './memory.ts';

const RESPONSE_PATH = '/oauth2/idpresponse';

/** The library is loaded when the first person is sent to a provider. */
const library = () => import('openid-client');

/** Sends the browser to the provider of the request. */
export async function depart(
  oauth: OAuth,
  c: Context,
  request: AuthorizeRequest,
  name: string,
): Promise<Response> {
  const provider = providerOf(request.pool.store, name);
  const location = await departure(oauth, c, request, provider).catch((error: unknown) => {
    throw refusal(oauth, request, { name, error });
  });
  return c.redirect(location, c.req.method === 'POST' ? 303 : 302);
}

async function departure(
  oauth: OAuth,
  c: Context,
  request: AuthorizeRequest,
  provider: IdentityProviderRecord,
): Promise<string> {
  const client = await library();
  const config = await clientAt(oauth, provider);
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  const { authorize_scopes: scope = 'openid' } = provider.ProviderDetails;
  const leaving: Departure = {
    poolId: request.pool.id,
    provider: provider.ProviderName,
    query: request.query,
    redirectUri: `${new URL(c.req.url).origin}${RESPONSE_PATH}`,
    pkceCodeVerifier,
    nonce,
  };
  const state = oauth.memory.departures.add(leaving);
  federationCookie.set(c, state);
  return client.buildAuthorizationUrl(config, {
    redirect_uri: leaving.redirectUri,
    scope: scope.replaceAll(',', ' '),
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...(request.loginHint !== undefined && { login_hint: request.loginHint }),
  }).href;
}

/** The person comes back, and is signed in to the app. */
export async function comeBack(oauth: OAuth, c: Context): Promise<Response> {
  const url = new URL(c.req.url);
  const state = url.searchParams.get('state') ?? '';
  const leaving = oauth.memory.departures.get(state);
  oauth.memory.departures.delete(state);
  // The cookie ties the answer to the browser that was sent away.
  if (leaving === undefined || federationCookie.get(c) !== state)
    throw new UnknownAppError('This sign-in has expired, or began in another browser.');
  federationCookie.clear(c);
  const request = authorizeRequestOfQuery(oauth, leaving.query);
  const user = await arrivingUser(oauth, url, { request, leaving }).catch((error: unknown) => {
    throw refusal(oauth, request, { name: leaving.provider, error });
  });
  return finishSignIn(oauth, c, request, user);
}

interface Arrival {
  readonly request: AuthorizeRequest;
  readonly leaving: Departure;
}

async function arrivingUser(
  oauth: OAuth,
  url: URL,
  { request, leaving }: Arrival,
): Promise<UserRecord> {
  const { pool, client } = request;
  const provider = providerOf(pool.store, leaving.provider);
  const account = await accountAt(oauth, url, { provider, leaving });
  return userOfAccount(pool, client, account);
}

/** Exchanges the code, and reads the claims of the ID token and of the user info endpoint. */
async function accountAt(
  oauth: OAuth,
  url: URL,
  { provider, leaving }: { readonly provider: IdentityProviderRecord; readonly leaving: Departure },
): Promise<ExternalAccount> {
  const client = await library();
  const config = await clientAt(oauth, provider);
  const answer = new URL(leaving.redirectUri);
  answer.search = url.search;
  const tokens = await client.authorizationCodeGrant(config, answer, {
    pkceCodeVerifier: leaving.pkceCodeVerifier,
    expectedState: url.searchParams.get('state') ?? '',
    expectedNonce: leaving.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  const hasUserInfo = config.serverMetadata().userinfo_endpoint !== undefined;
  const info = hasUserInfo
    ? await client.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '')
    : {};
  return { provider, claims: new Map(Object.entries({ ...claims, ...info }).flatMap(textOf)) };
}

/** Attributes are texts. A list or an object is JSON. */
const textOf = ([name, value]: [string, unknown]): readonly [string, string][] => {
  if (value === null || value === undefined) return [];
  return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
};

async function clientAt({ service, memory }: OAuth, provider: IdentityProviderRecord) {
  const { ProviderType: type, ProviderDetails: details } = provider;
  const issuer = service.settings.socialIssuers.get(type) ?? issuerOf(provider);
  if (issuer === undefined)
    throw new Error(
      `${type} does not speak OpenID Connect. Start the emulator with a stand-in for it.`,
    );
  const { client_id: id = '', client_secret: secret } = details;
  const key = JSON.stringify([issuer, id, secret]);
  const known = memory.providers.get(key);
  if (known !== undefined) return known;
  const client = await library();
  const options = issuer.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {};
  const config = await client.discovery(new URL(issuer), id, secret, undefined, options);
  memory.providers.add(config, key);
  return config;
}

/** The app is told why nobody comes. A fault of the provider is also a line for the developer. */
function refusal(
  { warn }: OAuth,
  request: AuthorizeRequest,
  { name, error }: { readonly name: string; readonly error: unknown },
): Error {
  if (error instanceof CognitoError)
    return new RedirectError(request, 'invalid_request', error.message);
  const reason = reasonOf(error);
  warn(`cognito: sign-in at ${name} failed: ${reason}`);
  return new RedirectError(request, 'invalid_request', `Sign-in at ${name} failed: ${reason}`);
}

/** Errors of the library carry what the provider said, but no tokens. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { error: code, error_description: text } = error as Error & Record<string, unknown>;
  return [code, text].filter((one) => typeof one === 'string').join(': ') || error.message;
}
