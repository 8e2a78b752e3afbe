/** Who calls, from an event of the HTTP API. */
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { ApiError } from './respond.ts';

/** What a handler needs of the event, so that tests and other hosts need not make a whole one. */
export type CallerEvent = Pick<APIGatewayProxyEventV2WithJWTAuthorizer, 'headers'> & {
  readonly requestContext: {
    readonly authorizer?: { readonly jwt?: { readonly claims?: Record<string, unknown> } };
  };
};

/**
 * The caller's access token.
 *
 * The gateway has verified signature, issuer, expiry and client, but it cannot tell an ID token, whose
 * `aud` is the client too: the claim `token_use` does. A route without the authorizer has no claims,
 * so a handler that is wired to one by mistake answers nobody.
 *
 * @throws ApiError `TOKEN_REFUSED`
 */
export const accessTokenOf = (event: CallerEvent): string => {
  const claims = event.requestContext.authorizer?.jwt?.claims;
  if (!claims) throw new ApiError('TOKEN_REFUSED', 'Sign in, and send the access token.');
  if (claims.token_use !== 'access') {
    throw new ApiError('TOKEN_REFUSED', 'Send the access token, not the ID token.');
  }
  const [, token] = /^Bearer +([\w.-]+)$/i.exec(event.headers.authorization ?? '') ?? [];
  if (!token) throw new ApiError('TOKEN_REFUSED', 'The header authorization is "Bearer TOKEN".');
  return token;
};
