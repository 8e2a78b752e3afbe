/** `/oauth2/userInfo`: the attributes that the scopes of an access token open. */
import type { Context } from 'hono';
import { CognitoError } from '../core/errors.ts';
import type { Service } from '../core/pool/service.ts';
import { openAttributes } from '../core/tokens/token-claims.ts';
import type { Caller } from '../core/tokens/tokens.ts';
import { readable } from '../core/users/attributes.ts';
import type { OAuth } from './context.ts';

export async function userInfo({ service }: OAuth, c: Context): Promise<Response> {
  const [, token] = /^Bearer +([\w.-]+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  if (token === undefined) return refuse(c, 400, 'invalid_request', 'Access token is missing');
  const caller = await callerOf(service, token);
  if (caller === undefined)
    return refuse(
      c,
      401,
      'invalid_token',
      'Access token is expired, disabled, or deleted, or the user has globally signed out.',
    );
  const client = service.poolOfToken(token)?.store.clients.get(caller.clientId);
  const attributes = openAttributes(readable(caller.user, client), caller.scopes);
  // As on AWS, every value is a text, the two `_verified` ones included.
  const claims = attributes.map(({ Name, Value }) => [Name, Value] as const);
  return c.json(Object.fromEntries([...claims, ['username', caller.user.Username]]));
}

/** The person of a token with the scope `openid`. */
async function callerOf(service: Service, token: string): Promise<Caller | undefined> {
  try {
    return await service.poolOfToken(token)?.tokens.verify(token, 'openid');
  } catch (error) {
    if (error instanceof CognitoError) return undefined;
    throw error;
  }
}

function refuse(c: Context, status: 400 | 401, error: string, reason: string): Response {
  c.header('www-authenticate', `Bearer error="${error}", error_description="${reason}"`);
  return c.json({ error, error_description: reason }, status);
}
