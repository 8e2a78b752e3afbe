/** The check of a password that was sent, with its lockout. */
import type { UserRecord } from '../../store/records.ts';
import type { Pool } from '../pool/pool.ts';
import { hasPassword, withOwnSeal } from '../users/accounts.ts';
import { makeVerifier } from './srp.ts';

interface Attempt {
  /** As the person gave it. */
  readonly name: string;
  readonly user: UserRecord | undefined;
  readonly password: string;
}

/**
 * The user, if the password is right. An unknown user takes as long as a wrong password, except one of an imported hash.
 *
 * @throws CognitoError `NotAuthorizedException`
 */
export const provenUser = (pool: Pool, { name, user, password }: Attempt): UserRecord =>
  pool.lockouts.guard(user?.Username ?? name.toLowerCase(), () => {
    if (user === undefined) makeVerifier({ poolName: pool.id, username: name }, password);
    if (user === undefined || !hasPassword(pool.store, user, password)) return undefined;
    const kept = withOwnSeal(pool.store, user, password);
    if (kept !== user) pool.users.save(kept);
    return kept;
  });
