/**
 * Sign-in at another identity provider: `/oauth2/authorize?identity_provider=…` leads there, and the provider leads
 * back to `/oauth2/idpresponse` (OpenID Connect) or `/saml2/idpresponse` (SAML).
 */
import type { Context } from 'hono';
import { CognitoError } from '../core/errors.ts';
import { type ExternalAccount, userOfAccount } from '../core/users/federation.ts';
import { providerOf } from '../core/users/identity-providers.ts';
import { type AuthorizeRequest, RedirectError, UnknownAppError } from './authorize-request.ts';
import { authorizeRequestOfQuery, federationCookie, type OAuth, readForm } from './context.ts';
import { accountByOidc, leaveForOidc } from './federation-oidc.ts';
import { accountBySaml, leaveForSaml } from './federation-saml.ts';
import { finishSignIn } from './finish.ts';
import type { Departure } from './memory.ts';

/** Sends the browser to the provider of the request. */
export async function depart(
  oauth: OAuth,
  c: Context,
  request: AuthorizeRequest,
  name: string,
): Promise<Response> {
  const provider = providerOf(request.pool.store, name);
  const { origin } = new URL(c.req.url);
  const isSaml = provider.ProviderType === 'SAML';
  const state = oauth.memory.departures.makeName();
  try {
    const leave = isSaml ? leaveForSaml : leaveForOidc;
    const { location, proof } = await leave(oauth, request, { provider, origin, state });
    oauth.memory.departures.add({ provider: name, query: request.query, proof }, state);
    // A provider of SAML sends the person back by a form of another site.
    federationCookie.set(c, state, isSaml ? { sameSite: 'None', secure: true } : {});
    return c.redirect(location);
  } catch (error) {
    throw refusal(oauth, request, { name, error });
  }
}

/** The person comes back by a redirect. */
export function comeBack(oauth: OAuth, c: Context): Promise<Response> {
  const url = new URL(c.req.url);
  return arrive(oauth, c, {
    state: url.searchParams.get('state') ?? '',
    accountOf: (leaving, request) => accountByOidc(oauth, url, { leaving, request }),
  });
}

/** The person comes back by a form. */
export async function comeBackBySaml(oauth: OAuth, c: Context): Promise<Response> {
  const form = await readForm(c);
  return arrive(oauth, c, {
    state: form.get('RelayState') ?? '',
    accountOf: (leaving, request) => accountBySaml(form, { leaving, request }),
  });
}

interface Answer {
  readonly state: string;
  /** Checks the answer of the provider. */
  readonly accountOf: (leaving: Departure, request: AuthorizeRequest) => Promise<ExternalAccount>;
}

/** Signs the person in to the app. */
async function arrive(oauth: OAuth, c: Context, { state, accountOf }: Answer): Promise<Response> {
  const leaving = oauth.memory.departures.get(state);
  oauth.memory.departures.delete(state);
  // The cookie ties the answer to the browser that was sent away.
  if (leaving === undefined || federationCookie.get(c) !== state)
    throw new UnknownAppError('This sign-in has expired, or began in another browser.');
  federationCookie.clear(c);
  const request = authorizeRequestOfQuery(oauth, leaving.query);
  try {
    const account = await accountOf(leaving, request);
    const user = await userOfAccount(request.pool, request.client, account);
    return await finishSignIn(oauth, c, request, user);
  } catch (error) {
    throw refusal(oauth, request, { name: leaving.provider, error });
  }
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

/** Errors of the libraries carry what the provider said, but no tokens. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { error: code, error_description: text } = error as Error & Record<string, unknown>;
  return [code, text].filter((one) => typeof one === 'string').join(': ') || error.message;
}
