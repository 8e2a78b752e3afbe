/** Makes users, and sets and checks their passwords. */
import { randomUUID } from 'node:crypto';
import type { PoolStore } from '../store/pool-store.ts';
import type { Attribute, ClientRecord, UserRecord, UserStatus } from '../store/records.ts';
import { touched, withAttributes } from './attributes.ts';
import { checkPolicy, fitsPassword, sealPassword } from './passwords.ts';
import type { SrpIdentity } from './srp.ts';

export const identityOf = (store: PoolStore, username: string): SrpIdentity => ({
  poolName: store.id.split('_')[1] ?? store.id,
  username,
});

export const hasPassword = (store: PoolStore, user: UserRecord, password: string): boolean =>
  fitsPassword(user.password, identityOf(store, user.Username), password);

/** @throws CognitoError `InvalidPasswordException` if the policy is not met. */
export function withPassword(store: PoolStore, user: UserRecord, password: string): UserRecord {
  checkPolicy(password, store.settings.Policies?.PasswordPolicy);
  return touched({ ...user, password: sealPassword(identityOf(store, user.Username), password) });
}

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly status: UserStatus;
  readonly attributes: readonly Attribute[];
}

/** A record for a person who signs in by email. The username is a UUID, and is the `sub`. */
export const makeUser = (store: PoolStore, { password, ...rest }: NewUser): UserRecord =>
  withPassword(store, blankUser(rest), password);

/** A record for a person of another directory. The password policy does not apply to it. */
export function makeMigratedUser(
  store: PoolStore,
  { password, ...rest }: Omit<NewUser, 'password'> & { readonly password: string | undefined },
): UserRecord {
  const user = blankUser(rest);
  if (password === undefined) return user;
  return { ...user, password: sealPassword(identityOf(store, user.Username), password) };
}

function blankUser({ email, status, attributes }: Omit<NewUser, 'password'>): UserRecord {
  const username = randomUUID();
  const now = new Date();
  const blank: UserRecord = {
    Username: username,
    Attributes: [
      { Name: 'sub', Value: username },
      { Name: 'email', Value: email },
    ],
    Enabled: true,
    password: '',
    UserCreateDate: now,
    UserLastModifiedDate: now,
    UserStatus: status,
  };
  return withAttributes(blank, attributes);
}

/** Whether a client hides which users exist. */
export const hidesUsers = (client: ClientRecord): boolean =>
  client.PreventUserExistenceErrors === 'ENABLED';
