/** The form of the operations, and what most of them begin with. */
import { invalidParameter } from '../core/errors.ts';
import { clientOf as findClient, userOf as findUser, type Pool } from '../core/pool/pool.ts';
import type { Caller } from '../core/tokens/tokens.ts';
import type { ClientRecord, UserRecord } from '../store/records.ts';
import type { Input } from './input.ts';

export interface Call {
  readonly input: Input;
  /** The person of the request's access token, which has been verified. */
  readonly caller: Caller | undefined;
}

/** Synchronous ones run in one transaction. */
export type Operation = (pool: Pool, call: Call) => object | Promise<object>;
export type Operations = Readonly<Record<string, Operation>>;

/** The caller of an operation that needs an access token. */
export function signedIn({ input, caller }: Call): UserRecord {
  if (caller === undefined) {
    input.text('AccessToken');
    throw invalidParameter('Access Token is required.');
  }
  return caller.user;
}

/** The app client of the request's access token. */
export const callingClient = (pool: Pool, { caller }: Call): ClientRecord | undefined =>
  pool.store.clients.get(caller?.clientId ?? '');

/** The app client that the request names. */
export const clientOf = (pool: Pool, input: Input): ClientRecord =>
  findClient(pool, input.text('ClientId'));

/** The user that an administrator's request names. */
export const userOf = (pool: Pool, input: Input): UserRecord =>
  findUser(pool, input.text('Username'));

/** A table's entry by a name that a caller chose, and nothing that every object has. */
export const ownEntry = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
