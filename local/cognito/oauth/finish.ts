/** The end of a sign-in: the browser is remembered, and the app gets its code. */
import type { Context } from 'hono';
import { subOf } from '../core/accounts.ts';
import type { UserRecord } from '../store/records.ts';
import { type AuthorizeRequest, redirectTo } from './authorize-request.ts';
import { browserCookie, type OAuth } from './context.ts';
import type { BrowserSession } from './memory.ts';

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
  const session = { poolId: pool.id, sub: subOf(user), authTime };
  browserCookie.set(c, oauth.memory.browsers.add(session));
  return sendCode(oauth, c, request, session);
}

export function sendCode(
  { memory }: OAuth,
  c: Context,
  request: AuthorizeRequest,
  { poolId, sub, authTime }: BrowserSession,
): Response {
  const { client, redirectUri, scopes, challenge, nonce } = request;
  const code = memory.codes.add({
    ...{ poolId, sub, authTime, redirectUri, scopes, challenge, nonce },
    clientId: client.ClientId,
  });
  return c.redirect(redirectTo(request, { code }), c.req.method === 'POST' ? 303 : 302);
}
