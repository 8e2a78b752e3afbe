/**
 * Who calls. The platform's own check (`verify_jwt`) is off, because it knows tokens of Supabase Auth only; so this is
 * the only one, until the database checks again.
 */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { Refusal } from './answers.ts';
import { type Environment, need } from './environment.ts';

/** One set of keys for each issuer, because it keeps them. */
const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

function keysOf(issuer: string) {
  const known = keySets.get(issuer);
  if (known !== undefined) return known;
  const url = new URL(`${issuer}/.well-known/jwks.json`);
  const made = createRemoteJWKSet(url, { timeoutDuration: 2000 });
  keySets.set(issuer, made);
  return made;
}

const refused = (detail: string, cause?: unknown) =>
  new Refusal(401, 'TOKEN_REFUSED', detail, { cause });

/** Errors of the keys and of the network. Everything else is the token's. */
const isOutage = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout;

function checkUse({ token_use: use, client_id: client }: JWTPayload, clientIds: string): void {
  if (use !== 'access') throw refused('Send the access token, not the ID token.');
  if (typeof client !== 'string' || !clientIds.split(',').includes(client))
    throw refused('The token is for another app client.');
}

/**
 * The access token of the request, verified: signature, issuer, time, use, and app client.
 *
 * @throws Refusal 401; 502 if the keys of the pool cannot be read; 500 for a missing setting
 */
export async function verifiedToken(request: Request, env: Environment): Promise<string> {
  const issuer = need(env, 'COGNITO_ISSUER');
  const clientIds = need(env, 'COGNITO_CLIENT_IDS');
  const header = request.headers.get('authorization') ?? '';
  const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header) ?? [];
  if (token === undefined) throw refused('The header authorization is "Bearer TOKEN".');
  const { payload } = await jwtVerify(token, keysOf(issuer), {
    issuer,
    algorithms: ['RS256'],
    requiredClaims: ['sub', 'exp', 'token_use', 'client_id'],
  }).catch((cause: unknown) => {
    if (isOutage(cause))
      throw new Refusal(502, 'UPSTREAM_FAILED', 'The keys of the user pool cannot be read.', {
        cause,
      });
    throw refused('The token is not valid, or no longer.', cause);
  });
  checkUse(payload, clientIds);
  return token;
}
