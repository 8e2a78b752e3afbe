/** Who calls a function behind API Gateway: the token that the gateway has verified, verified again. */
import { type ApiGatewayEvent, type Caller, type CallerEvent, requireAuth } from '../api/caller.ts';
import { type TokenSettings, tokenVerifier } from '../api/verify-token.ts';

export type { ApiGatewayEvent, Caller, CallerEvent } from '../api/caller.ts';
export { ApiError, type ApiErrorCode, type ProblemAnswer, problemOf } from '../api/problem.ts';
export type { TokenSettings } from '../api/verify-token.ts';

type Event = ApiGatewayEvent | CallerEvent;

/** Each takes the event of an HTTP API or a REST API, and rejects with an `ApiError`. */
export interface Auth {
  /** Anybody with an access token of the pool and one of its app clients. */
  readonly requireAuth: (event: Event) => Promise<Caller>;
  /** People in one of these groups. */
  readonly requireGroup: (
    event: Event,
    ...groups: readonly [string, ...string[]]
  ) => Promise<Caller>;
  /** Tokens with one of these scopes. */
  readonly requireScope: (
    event: Event,
    ...scopes: readonly [string, ...string[]]
  ) => Promise<Caller>;
  /** People who have signed in within so many seconds. */
  readonly requireRecentSignIn: (event: Event, seconds: number) => Promise<Caller>;
}

/**
 * Make it once, outside of the handler, because it keeps the keys of the pool.
 *
 * @example
 * const { requireGroup } = createAuth({ issuer, clientIds: [clientId] });
 * export const handler = async (event) => {
 *   const { sub } = await requireGroup(event, 'admin');
 * };
 */
export function createAuth(settings: TokenSettings): Auth {
  const verify = tokenVerifier(settings);
  return {
    requireAuth: (event) => requireAuth(event as CallerEvent, verify),
    requireGroup: (event, ...groups) => requireAuth(event as CallerEvent, verify, { groups }),
    requireScope: (event, ...scopes) => requireAuth(event as CallerEvent, verify, { scopes }),
    requireRecentSignIn: (event, seconds) =>
      requireAuth(event as CallerEvent, verify, { signedInWithin: seconds }),
  };
}
