/** Reads the caller from an event of the HTTP API. */

import { API_ENV } from '@cognito-supabase/contract/settings';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { ApiError } from './respond.ts';

/** The parts of the event that a handler reads, so that tests need not build a whole event. */
export type CallerEvent = Pick<APIGatewayProxyEventV2WithJWTAuthorizer, 'headers'> & {
  readonly requestContext: {
    readonly authorizer?: { readonly jwt?: { readonly claims?: Record<string, unknown> } };
  };
};

/** The gateway turns a list into a text: `[admin support]`. */
const groupsIn = (claim: unknown): readonly string[] =>
  Array.isArray(claim)
    ? claim.map(String)
    : String(claim ?? '')
        .replace(/^\[|]$/g, '')
        .split(/[\s,]+/);

/** The gateway checks scopes but not groups, so the groups of the route are checked here. */
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
 * The gateway has verified signature, issuer, expiry and client. It does not refuse an ID token, because
 * its `aud` is also the client, so the claim `token_use` is checked here. A route without the authorizer
 * has no claims, so a handler on such a route refuses everybody.
 *
 * @throws ApiError `TOKEN_REFUSED`; `FORBIDDEN` if the person is in none of the route's groups
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
