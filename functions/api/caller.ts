/** Who calls, from an event of the HTTP API. */

import { API_ENV } from '@cognito-supabase/contract/settings';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { ApiError } from './respond.ts';

/** What a handler needs of the event, so that tests and other hosts need not make a whole one. */
export type CallerEvent = Pick<APIGatewayProxyEventV2WithJWTAuthorizer, 'headers'> & {
  readonly requestContext: {
    readonly authorizer?: { readonly jwt?: { readonly claims?: Record<string, unknown> } };
  };
};

/** The gateway passes a list on as text: `[admin support]`. */
const groupsIn = (claim: unknown): readonly string[] =>
  Array.isArray(claim)
    ? claim.map(String)
    : String(claim ?? '')
        .replace(/^\[|]$/g, '')
        .split(/[\s,]+/);

/** The gateway knows scopes and no groups, so those of the route are asked for here. */
function requireGroup(claim: unknown): void {
  const wanted = (process.env[API_ENV.groups] ?? '').split(',').filter(Boolean);
  if (wanted.length === 0) return;
  const groups = groupsIn(claim);
  if (wanted.some((group) => groups.includes(group))) return;
  throw new ApiError('FORBIDDEN', `This is for ${wanted.join(', ')}.`);
}

/**
 * The caller's access token.
 *
 * The gateway has verified signature, issuer, expiry and client, but it cannot tell an ID token, whose
 * `aud` is the client too: the claim `token_use` does. A route without the authorizer has no claims,
 * so a handler that is wired to one by mistake answers nobody.
 *
 * @throws ApiError `TOKEN_REFUSED`; `FORBIDDEN` where the route is for groups that the person is not in
 */
export const accessTokenOf = (event: CallerEvent): string => {
  const claims = event.requestContext.authorizer?.jwt?.claims;
  if (!claims) throw new ApiError('TOKEN_REFUSED', 'Sign in, and send the access token.');
  if (claims.token_use !== 'access') {
    throw new ApiError('TOKEN_REFUSED', 'Send the access token, not the ID token.');
  }
  requireGroup(claims['cognito:groups']);
  const [, token] = /^Bearer +([\w.-]+)$/i.exec(event.headers.authorization ?? '') ?? [];
  if (!token) throw new ApiError('TOKEN_REFUSED', 'The header authorization is "Bearer TOKEN".');
  return token;
};
