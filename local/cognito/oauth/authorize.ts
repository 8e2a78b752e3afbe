/** `/oauth2/authorize` and `/logout`: sessions of browsers, and codes for apps. */
import type { Context } from 'hono';
import { clientOf } from '../core/pool/pool.ts';
import { COGNITO, providersOf } from '../core/users/identity-providers.ts';
import { type AuthorizeRequest, RedirectError, UnknownAppError } from './authorize-request.ts';
import { authorizeRequestOf, browserCookie, type OAuth } from './context.ts';
import { depart } from './federation.ts';
import { sendToApp } from './finish.ts';

/** A code at once if this browser is signed in. Otherwise the sign-in page, here or at another provider. */
export async function authorize(oauth: OAuth, c: Context): Promise<Response> {
  const request = authorizeRequestOf(oauth, c);
  const signedIn = signedInAt(oauth, c, request);
  const asks = request.prompt.some((word) => word === 'login' || word === 'select_account');
  if (signedIn !== undefined && !asks) return sendToApp(oauth, c, request, signedIn);
  if (request.prompt.includes('none'))
    throw new RedirectError(request, 'login_required', 'Nobody is signed in');
  const [only, ...others] = providersOf(request.client);
  const provider = request.provider ?? (others.length === 0 ? only : undefined);
  if (provider !== undefined && provider !== COGNITO) return depart(oauth, c, request, provider);
  return c.redirect(`/login?${request.query}`);
}

/** The person who is signed in at this browser, and may still sign in. */
function signedInAt({ memory }: OAuth, c: Context, { pool }: AuthorizeRequest) {
  const session = memory.browsers.get(browserCookie.get(c) ?? '');
  if (session?.poolId !== pool.id) return undefined;
  const user = pool.users.withSub(session.sub);
  return user?.Enabled ? { session, user } : undefined;
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
