/** Verifies access tokens once more, in the function itself: a gateway that was set up wrongly lets nobody in. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { ApiError } from './problem.ts';

export interface TokenSettings {
  /** Claim `iss` of the pool's tokens. Its keys are below it. */
  readonly issuer: string;
  /** App clients whose tokens are accepted. */
  readonly clientIds: readonly string[];
}

/**
 * @throws ApiError `TOKEN_REFUSED`; `UPSTREAM_FAILED` if the keys of the pool cannot be read
 */
export type VerifyToken = (token: string) => Promise<JWTPayload>;

/** What is wrong with a token, and not with the keys or the network. */
const REFUSALS = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
];

const isRefusal = (error: unknown): boolean => REFUSALS.some((kind) => error instanceof kind);

function checkUse({ token_use: use, client_id: client }: JWTPayload, clientIds: readonly string[]) {
  if (use !== 'access')
    throw new ApiError('TOKEN_REFUSED', 'Send the access token, not the ID token.');
  if (typeof client !== 'string' || !clientIds.includes(client))
    throw new ApiError('TOKEN_REFUSED', 'The token is for another app client.');
}

/** The keys are read at the first token, and again for a key that is not known, at most each 30 s. */
export function tokenVerifier({ issuer, clientIds }: TokenSettings): VerifyToken {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    timeoutDuration: 2000,
  });
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'exp', 'token_use', 'client_id'],
    }).catch((cause: unknown) => {
      if (isRefusal(cause))
        throw new ApiError('TOKEN_REFUSED', 'The token is not valid, or no longer.', { cause });
      throw new ApiError('UPSTREAM_FAILED', 'The keys of the user pool cannot be read.', { cause });
    });
    checkUse(payload, clientIds);
    return payload;
  };
}
