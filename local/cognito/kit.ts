/** What the operations work with, and the form they have. */

import type { Router } from 'cognito-local/lib/server/Router.js';
import type { AppClient } from 'cognito-local/lib/services/appClient.js';
import type { CognitoService } from 'cognito-local/lib/services/cognitoService.js';
import type { Context } from 'cognito-local/lib/services/context.js';
import type { Challenges } from './challenges.ts';
import { invalidParameter, notFound, userNotFound } from './errors.ts';
import type { Input } from './input.ts';
import type { Mailbox } from './mailbox.ts';
import type { Queue } from './queue.ts';
import type { Sessions } from './sessions.ts';
import type { Caller, Tokens } from './tokens.ts';
import type { LocalUser, LocalUserPool } from './user-pool.ts';

export interface Kit {
  readonly ctx: Context;
  readonly cognito: CognitoService;
  /** cognito-local's own operations, for those that need no mending. */
  readonly base: Router;
  readonly pool: LocalUserPool;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly challenges: Challenges;
  readonly mailbox: Mailbox;
  readonly queue: Queue;
}

export interface Call {
  readonly input: Input;
  /** Who showed an access token; it has been verified. */
  readonly caller: Caller | undefined;
}

export type Operation = (call: Call) => object | Promise<object>;
export type Operations = Readonly<Record<string, Operation>>;

/** Some operations of the service, made for one pool. */
export type Room = (kit: Kit) => Operations;

/** The caller of an operation that needs an access token. */
export function signedIn({ input, caller }: Call): LocalUser {
  if (caller === undefined) {
    input.text('AccessToken');
    throw invalidParameter('Access Token is required.');
  }
  return caller.user;
}

/** The app client that the request names. */
export async function clientOf({ cognito, ctx }: Kit, input: Input): Promise<AppClient> {
  const id = input.text('ClientId');
  const client = await cognito.getAppClient(ctx, id);
  if (client === null) throw notFound(`User pool client ${id} does not exist.`);
  return client;
}

/** Refuses an administrator's request for a pool that is not this one. */
export function checkPool({ pool }: Kit, input: Input): void {
  const id = input.text('UserPoolId');
  if (id !== pool.options.Id) throw notFound(`User pool ${id} does not exist.`);
}

/** The user an administrator's request names. */
export function userOf(kit: Kit, input: Input): LocalUser {
  checkPool(kit, input);
  const user = kit.pool.find(input.text('Username'));
  if (user === undefined) throw userNotFound();
  return user;
}

/** Runs cognito-local's operation of this name. */
export const callBase = (kit: Kit, name: string, input: Input): Promise<object> =>
  kit.base(name)(kit.ctx, input.raw) as Promise<object>;

/** A table's entry by a name that a caller chose, and nothing that every object has. */
export const ownEntry = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
