/** `/oauth2/authorize` and `/logout`: sessions of browsers, and codes for apps. */
import type { Context } from 'hono';
import { clientOf } from '../core/pool.ts';
import type { UserRecord } from '../store/records.ts';
import {
  type AuthorizeRequest,
  RedirectError,
  redirectTo,
  UnknownAppError,
} from './authorize-request.ts';
import { authorizeRequestOf, browserCookie, type OAuth } from './context.ts';
import type { BrowserSession } from './memory.ts';

/** A code at once if this browser is signed in. Otherwise the sign-in page. */
export function authorize(oauth: OAuth, c: Context): Response {
  const request = authorizeRequestOf(oauth, c);
  const browser = browserOf(oauth, c, request);
  const asks = request.prompt.some((word) => word === 'login' || word === 'select_account');
  if (browser !== undefined && !asks) return sendCode(oauth, c, request, browser);
  if (request.prompt.includes('none'))
    throw new RedirectError(request, 'login_required', 'Nobody is signed in');
  return c.redirect(`/login?${request.query}`);
}

/** The session of this browser, if its user may still sign in. */
function browserOf(
  { memory }: OAuth,
  c: Context,
  { pool }: AuthorizeRequest,
): BrowserSession | undefined {
  const session = memory.browsers.get(browserCookie.get(c) ?? '');
  if (session?.poolId !== pool.id) return undefined;
  return pool.users.find(session.username)?.Enabled ? session : undefined;
}

/** The person has signed in: remembers the browser, and sends the app its code. */
export async function finishSignIn(
  oauth: OAuth,
  c: Context,
  request: AuthorizeRequest,
  user: UserRecord,
): Promise<Response> {
  const { pool, client } = request;
  await pool.triggers.postAuthentication(user, { clientId: client.ClientId });
  const authTime = Math.floor(Date.now() / 1000);
  const session = { poolId: pool.id, username: user.Username, authTime };
  browserCookie.set(c, oauth.memory.browsers.add(session));
  return sendCode(oauth, c, request, session);
}

function sendCode(
  { memory }: OAuth,
  c: Context,
  request: AuthorizeRequest,
  { poolId, username, authTime }: BrowserSession,
): Response {
  const { client, redirectUri, scopes, challenge, nonce } = request;
  const code = memory.codes.add({
    ...{ poolId, username, authTime, redirectUri, scopes, challenge, nonce },
    clientId: client.ClientId,
  });
  return c.redirect(redirectTo(request, { code }), c.req.method === 'POST' ? 303 : 302);
}

/** Ends the browser's session. Sends it to a registered `logout_uri`, or to a new sign-in. */
export function logout(oauth: OAuth, c: Context): Response {
  const query = new URL(c.req.url).searchParams;
  const uri = query.get('logout_uri');
  // With a redirect URI instead, the person signs in again, so all its parameters are needed.
  const location = uri === null ? `/login?${authorizeRequestOf(oauth, c).query}` : uri;
  if (uri !== null && !logoutUris(oauth, query.get('client_id') ?? '').includes(uri))
    throw new UnknownAppError(`logout_uri is not registered: ${uri}`);
  oauth.memory.browsers.delete(browserCookie.get(c) ?? '');
  browserCookie.clear(c);
  return c.redirect(location);
}

function logoutUris({ service }: OAuth, clientId: string): readonly string[] {
  try {
    return clientOf(service.poolOfClient(clientId), clientId).LogoutURLs ?? [];
  } catch {
    throw new UnknownAppError('The app client does not exist.');
  }
}
