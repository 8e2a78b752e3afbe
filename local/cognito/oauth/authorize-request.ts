/** A request for an authorization code: its parameters, and which of them are refused how. */

import { clientOf, type Pool } from '../core/pool/pool.ts';
import type { Service } from '../core/pool/service.ts';
import { providersOf } from '../core/users/identity-providers.ts';
import type { ClientRecord } from '../store/records.ts';

/** A request that may be answered by a redirect to the app. */
export interface AuthorizeRequest {
  readonly pool: Pool;
  readonly client: ClientRecord;
  readonly redirectUri: string;
  /** `token` is the implicit grant. */
  readonly responseType: 'code' | 'token';
  readonly scopes: readonly string[];
  readonly state?: string | undefined;
  readonly nonce?: string | undefined;
  /** PKCE, method S256. */
  readonly challenge?: string | undefined;
  readonly prompt: readonly string[];
  readonly loginHint?: string | undefined;
  /** The provider that the app has asked for. `COGNITO` is the pool itself. */
  readonly provider?: string | undefined;
  /** The query as it came. Every page of the sign-in carries it on. */
  readonly query: string;
}

/** The app cannot be told, because its client or its redirect URI is not known. The person is. */
export class UnknownAppError extends Error {
  override readonly name = 'UnknownAppError';
}

/** An error that the app is told, by a redirect. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
  readonly location: string;

  constructor(app: App, code: string, reason: string) {
    super(reason);
    this.location = redirectTo(app, { error: code, error_description: reason });
  }
}

type App = Pick<AuthorizeRequest, 'redirectUri' | 'state'> &
  Partial<Pick<AuthorizeRequest, 'responseType'>>;

/** The redirect URI with parameters added: to its query, or for the implicit grant as its fragment. */
export function redirectTo(
  { redirectUri, state, responseType }: App,
  parameters: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  const all = { ...parameters, ...(state !== undefined && { state }) };
  if (responseType === 'token') url.hash = new URLSearchParams(all).toString();
  else for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return url.href;
}

const PROMPTS = ['none', 'login', 'select_account', 'consent'];

/**
 * Reads and checks the parameters.
 *
 * @throws UnknownAppError if client or redirect URI are not registered
 * @throws RedirectError for everything else
 */
export function readAuthorizeRequest(service: Service, query: URLSearchParams): AuthorizeRequest {
  const one = (name: string): string | undefined => query.get(name) ?? undefined;
  const { pool, client } = appOf(service, one('client_id') ?? '');
  const redirectUri = one('redirect_uri') ?? client.DefaultRedirectURI ?? '';
  if (!client.CallbackURLs?.includes(redirectUri))
    throw new UnknownAppError(`redirect_mismatch: ${redirectUri || 'no redirect_uri'}`);
  const responseType = one('response_type') === 'token' ? 'token' : 'code';
  const app = { redirectUri, responseType, state: one('state') } as const;
  const refuse = (code: string, reason: string) => new RedirectError(app, code, reason);
  const twice = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1);
  if (twice !== undefined) throw refuse('invalid_request', `${twice} is given twice`);
  if (one('response_type') !== responseType)
    throw refuse('unsupported_response_type', 'response_type must be code or token');
  const flows: readonly string[] = client.AllowedOAuthFlows ?? [];
  const flow = responseType === 'token' ? 'implicit' : 'code';
  if (!client.AllowedOAuthFlowsUserPoolClient || !flows.includes(flow))
    throw refuse('unauthorized_client', `The client may not use the ${flow} grant`);
  const prompt = one('prompt')?.split(' ') ?? [];
  if (prompt.some((word) => !PROMPTS.includes(word)) || (prompt.includes('none') && prompt[1]))
    throw refuse('invalid_request', 'prompt is not valid');
  return {
    ...app,
    pool,
    client,
    prompt,
    scopes: scopesFor(client, one('scope'), refuse),
    nonce: one('nonce'),
    challenge: challengeOf(one('code_challenge'), one('code_challenge_method'), refuse),
    loginHint: one('login_hint'),
    provider: providerFor({ pool, client }, query, refuse),
    query: query.toString(),
  };
}

function appOf(service: Service, clientId: string) {
  try {
    const pool = service.poolOfClient(clientId);
    return { pool, client: clientOf(pool, clientId) };
  } catch {
    throw new UnknownAppError('The app client does not exist.');
  }
}

/** By its name, or by an identifier such as the domain of a company. */
function providerFor(
  { pool, client }: Pick<AuthorizeRequest, 'pool' | 'client'>,
  query: URLSearchParams,
  refuse: Refuse,
): string | undefined {
  const identifier = query.get('idp_identifier');
  const name =
    query.get('identity_provider') ??
    (identifier === null
      ? undefined
      : pool.store.identityProviders
          .all()
          .find(({ IdpIdentifiers }) => IdpIdentifiers?.includes(identifier))?.ProviderName);
  if (name === undefined && identifier === null) return undefined;
  if (name === undefined || !providersOf(client).includes(name))
    throw refuse('invalid_request', `Identity provider ${name ?? identifier} does not exist`);
  return name;
}

type Refuse = (code: string, reason: string) => RedirectError;

/** The scopes of the request, or all that the client may have. */
function scopesFor(client: ClientRecord, wanted: string | undefined, refuse: Refuse) {
  const allowed = client.AllowedOAuthScopes ?? [];
  const scopes = wanted ? [...new Set(wanted.split(' ').filter(Boolean))] : allowed;
  const foreign = scopes.find((scope) => !allowed.includes(scope));
  if (foreign !== undefined) throw refuse('invalid_scope', `scope ${foreign} is not allowed`);
  const needsOpenid = scopes.some((scope) => ['email', 'phone', 'profile'].includes(scope));
  if (needsOpenid && !scopes.includes('openid'))
    throw refuse('invalid_scope', 'email, phone and profile need the scope openid');
  return scopes;
}

function challengeOf(value: string | undefined, method: string | undefined, refuse: Refuse) {
  if (value === undefined && method === undefined) return undefined;
  if (method !== 'S256') throw refuse('invalid_request', 'code_challenge_method must be S256');
  if (!/^[\w-]{43}$/.test(value ?? '')) throw refuse('invalid_request', 'Invalid code_challenge');
  return value;
}
