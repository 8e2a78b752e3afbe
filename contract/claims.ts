/**
 * Claims of a Cognito token: names, types, and type guards.
 *
 * Source of the claim lists: Amazon Cognito developer guide, "Understanding the access token" and
 * "Understanding the identity (ID) token".
 */

/** The one Postgres role a signed-in person ever runs as. Supabase reads it from the claim `role`. */
export const AUTHENTICATED_ROLE = 'authenticated';

/** Claim that carries the Postgres role. The Data API runs `set role` with its value. */
export const ROLE_CLAIM = 'role';

/** Claim that carries the application role. It grants nothing until a policy says so. */
export const APP_ROLE_CLAIM = 'app_role';

/** Claim with the person's email. The access token has it only if that is configured. */
export const EMAIL_CLAIM = 'email';

/** Claim that tells access tokens from ID tokens. Cognito sets it, and no trigger can change it. */
export type TokenUse = 'access' | 'id';

/** Claims of either token that this project relies on. Times are seconds since the epoch. */
export interface CognitoClaims {
  readonly sub: string;
  readonly iss: string;
  readonly token_use: TokenUse;
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  /** Identifies the session. It stays the same through refreshes, so a session can be revoked. */
  readonly origin_jti?: string;
  readonly auth_time?: number;
  readonly role?: string;
  readonly app_role?: string;
  readonly email?: string;
  readonly 'cognito:groups'?: readonly string[];
}

/** An access token names its app client in `client_id` and carries no `aud` unless asked to. */
export interface AccessTokenClaims extends CognitoClaims {
  readonly token_use: 'access';
  readonly client_id: string;
  readonly scope?: string;
  readonly username?: string;
}

/** An ID token names its app client in `aud` and describes the person. */
export interface IdTokenClaims extends CognitoClaims {
  readonly token_use: 'id';
  readonly aud: string;
  readonly 'cognito:username': string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCognito = (claims: unknown): claims is Record<string, unknown> =>
  isRecord(claims) &&
  typeof claims.sub === 'string' &&
  typeof claims.iss === 'string' &&
  typeof claims.exp === 'number';

/** Whether a decoded payload has the shape of an access token. It verifies no signature. */
export const isAccessTokenClaims = (claims: unknown): claims is AccessTokenClaims =>
  isCognito(claims) && claims.token_use === 'access' && typeof claims.client_id === 'string';

/** Whether a decoded payload has the shape of an ID token. It verifies no signature. */
export const isIdTokenClaims = (claims: unknown): claims is IdTokenClaims =>
  isCognito(claims) && claims.token_use === 'id' && typeof claims.aud === 'string';
