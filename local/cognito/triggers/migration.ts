/** The user migration trigger: a person whom only another directory knows becomes a user of the pool. */
import type { UserMigrationTriggerEvent } from 'aws-lambda';
import { notAuthorized } from '../core/errors.ts';
import type { Pool } from '../core/pool/pool.ts';
import { makeForeignUser } from '../core/users/accounts.ts';
import { checkAttributes } from '../core/users/attributes.ts';
import { claimNames, nameNewUser } from '../core/users/names.ts';
import type { UserRecord } from '../store/records.ts';
import { isRecord, malformed } from './invoke.ts';
import type { Occasion } from './triggers.ts';

export interface MigrationRequest extends Occasion {
  readonly source: UserMigrationTriggerEvent['triggerSource'];
  readonly name: string;
  /** Absent if the person has forgotten it. */
  readonly password?: string;
}

/**
 * Asks for a person whom the pool does not know, and stores the user.
 *
 * @returns undefined if the pool has no such trigger, or the other directory does not know the person.
 */
export async function migrate(
  pool: Pool,
  { source, name, password, clientId, metadata }: MigrationRequest,
): Promise<UserRecord | undefined> {
  const answer = await pool.triggers
    .call('UserMigration', clientId, {
      triggerSource: source,
      userName: name,
      request: {
        ...(password !== undefined && { password }),
        ...(metadata && { validationData: metadata }),
      },
      response: { userAttributes: null, finalUserStatus: null, messageAction: null },
    })
    .catch(() => {
      // As on AWS, a function that throws means that the password is wrong.
      throw notAuthorized();
    });
  const { userAttributes, finalUserStatus } = answer ?? {};
  if (userAttributes === undefined || userAttributes === null) return undefined;
  if (!isRecord(userAttributes)) throw malformed();
  const attributes = Object.entries(userAttributes).map(([Name, Value]) => ({
    Name,
    Value: String(Value),
  }));
  checkAttributes(pool.store, attributes, { isNew: true });
  return pool.store.transaction(() => {
    // Two sign-ins at the same time migrate one user.
    const existing = pool.users.find(name);
    if (existing !== undefined) return existing;
    const status = finalUserStatus === 'CONFIRMED' ? 'CONFIRMED' : 'RESET_REQUIRED';
    const named = nameNewUser(pool.store, name, attributes);
    const user = makeForeignUser(pool.store, { ...named, password, status });
    claimNames(pool.store, user, answer?.forceAliasCreation === true);
    pool.users.save(user);
    return user;
  });
}
