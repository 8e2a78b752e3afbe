/**
 * The JWT authorizer of an HTTP API, as API Gateway has it: it takes any token of the issuer for one of the clients,
 * ID tokens too.
 *
 * Source: API Gateway developer guide, "Control access to HTTP APIs with JWT authorizers".
 */
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

export interface AuthorizerSettings {
  readonly issuer: string;
  readonly clientIds: readonly string[];
}

/** Resolves to the claims of the token, or to undefined for a request that is refused. */
export type Authorize = (authorization: string | undefined) => Promise<JWTPayload | undefined>;

/** `client_id` counts only in a token without `aud`. */
function isForClient(
  { aud, client_id: client }: JWTPayload,
  clientIds: readonly string[],
): boolean {
  const audience = aud === undefined ? [client] : [aud].flat();
  return audience.some((one) => typeof one === 'string' && clientIds.includes(one));
}

export function jwtAuthorizer({ issuer, clientIds }: AuthorizerSettings): Authorize {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  return async (authorization = '') => {
    const token = authorization.replace(/^Bearer +/i, '');
    try {
      const { payload } = await jwtVerify(token, keys, { issuer, algorithms: ['RS256'] });
      return isForClient(payload, clientIds) ? payload : undefined;
    } catch {
      return undefined;
    }
  };
}

const textOf = (claim: unknown): string =>
  Array.isArray(claim) ? `[${claim.map(textOf).join(' ')}]` : String(claim);

/** Claims as an event has them: texts, and lists as `[a b]`. */
export const claimsOf = (payload: JWTPayload): Record<string, string> =>
  Object.fromEntries(Object.entries(payload).map(([name, claim]) => [name, textOf(claim)]));

/** Whether the token has one of the scopes that a route wants. */
export function hasScope({ scope }: JWTPayload, wanted: readonly string[] = []): boolean {
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  return wanted.length === 0 || wanted.some((one) => scopes.includes(one));
}
