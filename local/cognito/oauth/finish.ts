/** The end of a sign-in: the browser is remembered, and the app gets its code, or tokens (implicit grant). */
import type { Context } from 'hono';
import { lifetime } from '../core/tokens/token-claims.ts';
import { subOf } from '../core/users/accounts.ts';
import type { UserRecord } from '../store/records.ts';
import { type AuthorizeRequest, redirectTo } from './authorize-request.ts';
import { browserCookie, type OAuth } from './context.ts';
import type { BrowserSession } from './memory.ts';

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
  return sendToApp(oauth, c, request, { session, user });
}

interface SignedIn {
  readonly session: BrowserSession;
  readonly user: UserRecord;
}

export async function sendToApp(
  { memory }: OAuth,
  c: Context,
  request: AuthorizeRequest,
  signedIn: SignedIn,
): Promise<Response> {
  const status = c.req.method === 'POST' ? 303 : 302;
  if (request.responseType === 'token')
    return c.redirect(redirectTo(request, await tokensFor(request, signedIn)), status);
  const { client, redirectUri, scopes, challenge, nonce } = request;
  const { poolId, sub, authTime } = signedIn.session;
  const code = memory.codes.add({
    ...{ poolId, sub, authTime, redirectUri, scopes, challenge, nonce },
    clientId: client.ClientId,
  });
  return c.redirect(redirectTo(request, { code }), status);
}

/** There is no refresh token. The session is kept, so that it can be ended. */
async function tokensFor(
  { pool, client, scopes, nonce }: AuthorizeRequest,
  { session: { authTime }, user }: SignedIn,
) {
  const session = {
    ...pool.sessions.begin({
      username: user.Username,
      clientId: client.ClientId,
      lifetime: lifetime(client, 'AccessToken') * 1000,
      scopes,
    }),
    authTime,
  };
  const source = 'TokenGeneration_HostedAuth';
  const issued = await pool.tokens.issue({ user, client, session, source, nonce });
  pool.sessions.open(session);
  return {
    ...(issued.IdToken !== undefined && { id_token: issued.IdToken }),
    access_token: issued.AccessToken,
    expires_in: String(issued.ExpiresIn),
    token_type: issued.TokenType,
  };
}
