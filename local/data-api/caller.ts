/**
 * Decides as which role a request to the Data API runs, as the gateway and PostgREST do on the hosted
 * platform: the API key is required, and the token's claim `role` names the role.
 * https://docs.postgrest.org/en/stable/references/auth.html
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { AUTHENTICATED_ROLE } from '@cognito-supabase/contract/claims';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { createIssuerKeys } from './issuer-keys.ts';

/** Roles a request may run as. `service_role` is for the secret key alone, never for a token. */
export type DatabaseRole = 'anon' | 'authenticated' | 'service_role';

/** The caller of a request: the role, and the claims for auth.jwt(). */
export interface Caller {
  readonly role: DatabaseRole;
  readonly claims: JWTPayload & { readonly role: DatabaseRole };
}

/** An answer in PostgREST's form instead of a row. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly code: string | undefined;
  readonly message: string;
  readonly hint?: string;
}

export interface CallerOptions {
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Exact claim `iss`; tokens of any other issuer are refused. */
  readonly issuer: string;
  /** URL of the issuer's public keys. */
  readonly jwksUri: string;
}

/** Tolerance for clocks, in seconds, as in PostgREST. */
const CLOCK_TOLERANCE = 30;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in constant time, whatever the caller has sent. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

const refuse = (status: 401 | 403, code: string | undefined, message: string): Refusal => ({
  status,
  code,
  message,
});

const asRole = (role: DatabaseRole, claims: JWTPayload = {}): Caller => ({
  role,
  claims: { ...claims, role },
});

/** PostgREST's answer to a refused token. The reason contains no value of a claim. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return refuse(401, 'PGRST303', 'JWT expired');
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') {
    return refuse(401, 'PGRST303', 'JWT not yet valid');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refuse(401, 'PGRST303', `JWT claim "${error.claim}" is not accepted`);
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refuse(401, 'PGRST301', 'No suitable key or wrong key type');
  }
  if (error instanceof errors.JOSEError) {
    return refuse(401, 'PGRST301', 'JWT could not be decoded or its signature is invalid');
  }
  throw error;
}

/**
 * Makes the function that turns a request's headers into a caller or a refusal.
 *
 * A token without `role` runs as anon, as on the platform. A role that no person may have is refused with
 * the error that Postgres would give `authenticator`.
 */
export function createIdentifyCaller(options: CallerOptions) {
  const keys = createIssuerKeys(options.jwksUri);

  async function fromToken(token: string): Promise<Caller | Refusal> {
    let claims: JWTPayload;
    try {
      const verified = await jwtVerify(token, keys, {
        issuer: options.issuer,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'iat', 'sub'],
        clockTolerance: CLOCK_TOLERANCE,
      });
      claims = verified.payload;
    } catch (error) {
      return refusalOf(error);
    }
    // jose checks `iat` only if a maximum age is given.
    if ((claims.iat ?? 0) > Date.now() / 1000 + CLOCK_TOLERANCE) {
      return refuse(401, 'PGRST303', 'JWT issued at future');
    }
    const role = claims.role ?? 'anon';
    if (role === AUTHENTICATED_ROLE || role === 'anon') return asRole(role, claims);
    return refuse(403, '42501', `permission denied to set role "${String(role)}"`);
  }

  /** @param headers of the request; `apikey` and `authorization` are read. */
  return async (headers: Headers): Promise<Caller | Refusal> => {
    const apiKey = headers.get('apikey') ?? '';
    if (apiKey === '') {
      return {
        ...refuse(401, undefined, 'No API key found in request'),
        hint: 'No `apikey` request header or url param was found.',
      };
    }
    const secret = same(apiKey, options.secretKey);
    if (!secret && !same(apiKey, options.publishableKey)) {
      return {
        ...refuse(401, undefined, 'Invalid API key'),
        hint: 'Double check your Supabase `apikey`: .local/stack.env has it.',
      };
    }
    const authorization = headers.get('authorization') ?? '';
    const token = /^Bearer\s+(.+)$/i.exec(authorization)?.[1];
    // supabase-js also sends the API key here while nobody is signed in.
    if (authorization === '' || token === apiKey) return asRole(secret ? 'service_role' : 'anon');
    if (token === undefined) return refuse(401, 'PGRST301', 'Authorization is not a bearer token');
    return fromToken(token);
  };
}
