/** Who calls: from the token that the gateway has verified, verified again. */
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { JWTPayload } from 'jose';
import { ApiError } from './problem.ts';
import type { VerifyToken } from './verify-token.ts';

type Claims = Readonly<Record<string, unknown>>;

/** The parts of an event that say who calls: of an HTTP API, and of a REST API. */
export interface CallerEvent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly requestId?: string;
    readonly authorizer?:
      | { readonly jwt?: { readonly claims?: Claims } }
      | { readonly claims?: Claims };
  };
}

/** What API Gateway sends. */
export type ApiGatewayEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2WithJWTAuthorizer;

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
  /** When the person signed in, in seconds since 1970. */
  readonly signedInAt: number;
}

/** What a route wants of its caller. */
export interface CallerRules {
  readonly groups?: readonly string[];
  readonly scopes?: readonly string[];
  /** Seconds. */
  readonly signedInWithin?: number;
}

const textOf = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim !== '' ? claim : undefined;

const listOf = (claim: unknown): readonly string[] =>
  Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : [];

function tokenOf({ headers }: CallerEvent): string {
  // A REST API keeps the capitals of the client.
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization');
  const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(given?.[1] ?? '') ?? [];
  if (!token) throw new ApiError('TOKEN_REFUSED', 'The header authorization is "Bearer TOKEN".');
  return token;
}

/** Claims as the gateway gives them: of an HTTP API below `jwt`. */
function claimsOf({ requestContext }: CallerEvent): Claims | undefined {
  const authorizer = (requestContext.authorizer ?? {}) as Claims & { readonly jwt?: Claims };
  return (authorizer.jwt?.claims ?? authorizer.claims) as Claims | undefined;
}

const isAmong = (wanted: readonly string[] | undefined, own: readonly string[]): boolean =>
  wanted === undefined || wanted.some((one) => own.includes(one));

function checkRules(caller: Caller, { groups, scopes, signedInWithin }: CallerRules): void {
  if (!isAmong(groups, caller.groups))
    throw new ApiError('FORBIDDEN', `This is for ${groups?.join(', ')}.`);
  if (!isAmong(scopes, caller.scopes))
    throw new ApiError('FORBIDDEN', `This needs one of the scopes ${scopes?.join(', ')}.`);
  if (signedInWithin !== undefined && caller.signedInAt < Date.now() / 1000 - signedInWithin)
    throw new ApiError('SIGN_IN_AGAIN', 'The sign-in is too old for this. Sign in again.');
}

/**
 * The caller. Groups come from the verified token, not from the gateway's claims: the gateway writes a list as
 * `[a b]`, in which a group named `a,b` cannot be told from two.
 *
 * A route without the authorizer has no claims, so a handler on such a route refuses everybody.
 *
 * @throws ApiError `TOKEN_REFUSED`; `FORBIDDEN` if the person is in none of the groups; `SIGN_IN_AGAIN`;
 * `UPSTREAM_FAILED`
 */
export async function requireAuth(
  event: CallerEvent,
  verify: VerifyToken,
  rules: CallerRules = {},
): Promise<Caller> {
  const claims = claimsOf(event);
  if (!claims) throw new ApiError('TOKEN_REFUSED', 'Sign in, and send the access token.');
  const token = tokenOf(event);
  const caller = callerOf(token, await verify(token));
  if (claims.sub !== caller.sub)
    throw new ApiError('TOKEN_REFUSED', 'The gateway has verified another token.');
  checkRules(caller, rules);
  return caller;
}

function callerOf(token: string, payload: JWTPayload): Caller {
  const { sub = '', client_id: clientId, username, scope, email, auth_time: signedInAt } = payload;
  return {
    token,
    sub,
    email: textOf(email),
    groups: listOf(payload['cognito:groups']),
    scopes: (textOf(scope) ?? '').split(' ').filter(Boolean),
    clientId: textOf(clientId) ?? '',
    // Source: Cognito developer guide, "Understanding the access token": a machine's token has no username.
    isMachine: textOf(username) === undefined,
    signedInAt: typeof signedInAt === 'number' ? signedInAt : 0,
  };
}
