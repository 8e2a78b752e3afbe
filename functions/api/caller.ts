/** Who calls: from the token that the gateway has verified, verified again. */
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { JWTPayload } from 'jose';
import { ApiError } from './problem.ts';
import type { VerifyToken } from './verify-token.ts';

/** The parts of the event that a handler reads, so that tests need not build a whole event. */
export type CallerEvent = Pick<APIGatewayProxyEventV2WithJWTAuthorizer, 'headers'> & {
  readonly pathParameters?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly requestId?: string;
    readonly authorizer?: { readonly jwt?: { readonly claims?: Record<string, unknown> } };
  };
};

export interface Caller {
  /** The access token, for the Data API. */
  readonly token: string;
  readonly sub: string;
  /** If the pool's trigger puts it into access tokens (`preToken.emailClaim`). */
  readonly email: string | undefined;
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
  readonly clientId: string;
  /** A token of client credentials: nobody has signed in. */
  readonly isMachine: boolean;
}

const textOf = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim !== '' ? claim : undefined;

const listOf = (claim: unknown): readonly string[] =>
  Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : [];

function tokenOf({ headers }: CallerEvent): string {
  const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(headers.authorization ?? '') ?? [];
  if (!token) throw new ApiError('TOKEN_REFUSED', 'The header authorization is "Bearer TOKEN".');
  return token;
}

/**
 * The caller. Groups come from the verified token, not from the gateway's claims: the gateway writes a list as
 * `[a b]`, in which a group named `a,b` cannot be told from two.
 *
 * A route without the authorizer has no claims, so a handler on such a route refuses everybody.
 *
 * @param wanted Groups of the route. Empty: anybody with a token
 * @throws ApiError `TOKEN_REFUSED`; `FORBIDDEN` if the person is in none of the groups; `UPSTREAM_FAILED`
 */
export async function requireAuth(
  event: CallerEvent,
  verify: VerifyToken,
  wanted: readonly string[] = [],
): Promise<Caller> {
  const claims = event.requestContext.authorizer?.jwt?.claims;
  if (!claims) throw new ApiError('TOKEN_REFUSED', 'Sign in, and send the access token.');
  const token = tokenOf(event);
  const caller = callerOf(token, await verify(token));
  if (claims.sub !== caller.sub)
    throw new ApiError('TOKEN_REFUSED', 'The gateway has verified another token.');
  if (wanted.length > 0 && !wanted.some((group) => caller.groups.includes(group)))
    throw new ApiError('FORBIDDEN', `This is for ${wanted.join(', ')}.`);
  return caller;
}

function callerOf(token: string, payload: JWTPayload): Caller {
  const { sub = '', client_id: clientId, username, scope, email } = payload;
  return {
    token,
    sub,
    email: textOf(email),
    groups: listOf(payload['cognito:groups']),
    scopes: (textOf(scope) ?? '').split(' ').filter(Boolean),
    clientId: textOf(clientId) ?? '',
    // Source: Cognito developer guide, "Understanding the access token": a machine's token has no username.
    isMachine: textOf(username) === undefined,
  };
}
