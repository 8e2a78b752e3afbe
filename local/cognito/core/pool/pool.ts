/** One user pool at run time: what is kept of it, and the parts that work on it. */

import type { Mailbox } from '../../mail/mailbox.ts';
import type { PoolStore } from '../../store/pool-store.ts';
import type { ClientRecord, GroupRecord, UserRecord } from '../../store/records.ts';
import type { Users } from '../../store/users.ts';
import type { Triggers } from '../../triggers/triggers.ts';
import { notFound, userNotFound } from '../errors.ts';
import type { Challenges } from '../sign-in/challenges.ts';
import type { Lockouts } from '../sign-in/lockouts.ts';
import type { KeyRing } from '../tokens/keys.ts';
import type { Sessions } from '../tokens/sessions.ts';
import type { Tokens } from '../tokens/tokens.ts';

export interface Pool {
  readonly id: string;
  readonly region: string;
  /** Claim `iss` of its tokens. */
  readonly issuer: string;
  /** How long ListUsers does not show a new user, in ms. */
  readonly listingDelay: number;
  readonly store: PoolStore;
  readonly users: Users;
  readonly keys: KeyRing;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly challenges: Challenges;
  readonly lockouts: Lockouts;
  readonly mailbox: Mailbox;
  readonly triggers: Triggers;
}

/** @throws CognitoError `ResourceNotFoundException` */
export function clientOf({ store }: Pool, id: string): ClientRecord {
  const client = store.clients.get(id);
  if (client === undefined) throw notFound(`User pool client ${id} does not exist.`);
  return client;
}

/** @throws CognitoError `UserNotFoundException` */
export function userOf({ users }: Pool, name: string): UserRecord {
  const user = users.find(name);
  if (user === undefined) throw userNotFound();
  return user;
}

/** @throws CognitoError `ResourceNotFoundException` */
export function groupOf({ store }: Pool, name: string): GroupRecord {
  const group = store.groups.get(name);
  if (group === undefined) throw notFound('Group not found.');
  return group;
}
