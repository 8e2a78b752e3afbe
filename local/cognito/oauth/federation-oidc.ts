/** Sign-in at a provider of OpenID Connect. The pool is its client, by the library openid-client. */
import type { ExternalAccount } from '../core/users/federation.ts';
import { issuerOf, providerOf } from '../core/users/identity-providers.ts';
import type { IdentityProviderRecord } from '../store/records.ts';
import type { AuthorizeRequest } from './authorize-request.ts';
import type { OAuth } from './context.ts';
import type { Departure, Leaving } from './memory.ts';

const RESPONSE_PATH = '/oauth2/idpresponse';

/** The library is loaded when the first person is sent to a provider. */
const library = () => import('openid-client');

/** What is kept until the person comes back. */
export interface OidcProof {
  /** The host at which the browser began. */
  readonly redirectUri: string;
  readonly pkceCodeVerifier: string;
  readonly nonce: string;
}

export async function leaveForOidc(
  oauth: OAuth,
  { loginHint }: AuthorizeRequest,
  { provider, origin, state }: Leaving,
) {
  const client = await library();
  const config = await clientAt(oauth, provider);
  const { authorize_scopes: scope = 'openid' } = provider.ProviderDetails;
  const proof: OidcProof = {
    redirectUri: `${origin}${RESPONSE_PATH}`,
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    nonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: proof.redirectUri,
    scope: scope.replaceAll(',', ' '),
    code_challenge: await client.calculatePKCECodeChallenge(proof.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state,
    nonce: proof.nonce,
    ...(loginHint !== undefined && { login_hint: loginHint }),
  });
  return { location: url.href, proof: { oidc: proof } };
}

interface Arrival {
  readonly leaving: Departure;
  readonly request: AuthorizeRequest;
}

/** Exchanges the code, and reads the claims of the ID token and of the user info endpoint. */
export async function accountByOidc(
  oauth: OAuth,
  url: URL,
  { leaving, request }: Arrival,
): Promise<ExternalAccount> {
  const { oidc: proof } = leaving.proof;
  if (proof === undefined) throw new Error('the provider does not speak OpenID Connect');
  const provider = providerOf(request.pool.store, leaving.provider);
  const client = await library();
  const config = await clientAt(oauth, provider);
  const answer = new URL(proof.redirectUri);
  answer.search = url.search;
  const tokens = await client.authorizationCodeGrant(config, answer, {
    pkceCodeVerifier: proof.pkceCodeVerifier,
    expectedState: url.searchParams.get('state') ?? '',
    expectedNonce: proof.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  const hasUserInfo = config.serverMetadata().userinfo_endpoint !== undefined;
  const info = hasUserInfo
    ? await client.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '')
    : {};
  const textsOf = (values: object) => Object.fromEntries(Object.entries(values).flatMap(textOf));
  const [idToken, userInfo] = [textsOf(claims ?? {}), textsOf(info)];
  return {
    provider,
    claims: new Map(Object.entries({ ...idToken, ...userInfo })),
    sources: { tokenResponse: textsOf(tokens), idToken, userInfo },
  };
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
