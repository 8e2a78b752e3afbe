/** Makes and deletes users, and sets and checks their passwords. */
import type { PoolStore } from '../../store/pool-store.ts';
import type { ClientRecord, UserRecord, UserStatus } from '../../store/records.ts';
import { awsError, invalidParameter } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import type { SrpIdentity } from '../sign-in/srp.ts';
import { attributeOf, touched, withAttributes } from './attributes.ts';
import type { NamedUser } from './names.ts';
import { checkPolicy, fitsPassword, isImportedHash, sealHash, sealPassword } from './passwords.ts';

export const identityOf = (store: PoolStore, username: string): SrpIdentity => ({
  poolName: store.id.split('_')[1] ?? store.id,
  username,
});

export const subOf = (user: UserRecord): string => attributeOf(user, 'sub') ?? user.Username;

export const hasPassword = (store: PoolStore, user: UserRecord, password: string): boolean =>
  fitsPassword(user.password, identityOf(store, user.Username), password);

/** @throws CognitoError `InvalidPasswordException` if the policy is not met. */
export function withPassword(store: PoolStore, user: UserRecord, password: string): UserRecord {
  checkPolicy(password, store.settings.Policies?.PasswordPolicy);
  return withSeal(store, user, password);
}

/**
 * A password that the person has chosen. It may not be one of the last ones, if the policy says so.
 *
 * @throws CognitoError `InvalidPasswordException`, `PasswordHistoryPolicyViolationException`
 */
export function withChosenPassword(
  store: PoolStore,
  user: UserRecord,
  password: string,
): UserRecord {
  const changed = withPassword(store, user, password);
  const size = store.settings.Policies?.PasswordPolicy?.PasswordHistorySize ?? 0;
  if (size === 0) return changed;
  const identity = identityOf(store, user.Username);
  const last = [user.password, ...(user.formerPasswords ?? [])].slice(0, size);
  if (last.some((sealed) => fitsPassword(sealed, identity, password)))
    throw awsError('PasswordHistoryPolicyViolationException', 'Password has previously been used.');
  return { ...changed, formerPasswords: last.slice(0, size - 1) };
}

/** Keeps a verifier of the password that has just fitted an imported hash, so that SRP works from now on. */
export const withOwnSeal = (store: PoolStore, user: UserRecord, password: string): UserRecord =>
  isImportedHash(user.password)
    ? { ...user, password: sealPassword(identityOf(store, user.Username), password) }
    : user;

const withSeal = (store: PoolStore, user: UserRecord, password: string): UserRecord =>
  touched({ ...user, password: sealPassword(identityOf(store, user.Username), password) });

export interface NewUser extends NamedUser {
  readonly status: UserStatus;
  readonly password: string;
}

/** @throws CognitoError `InvalidPasswordException` */
export const makeUser = (store: PoolStore, user: NewUser): UserRecord =>
  withPassword(store, blankUser(user), user.password);

/** A user of another directory. The password policy does not apply, and the password may be unknown. */
export function makeForeignUser(
  store: PoolStore,
  user: Omit<NewUser, 'password'> & { readonly password?: string | undefined },
): UserRecord {
  const blank = blankUser(user);
  return user.password === undefined ? blank : withSeal(store, blank, user.password);
}

/**
 * A user of an import job, whose password is known by its bcrypt hash.
 *
 * @throws CognitoError `InvalidParameterException`
 */
export function makeHashedUser(user: NamedUser, hash: string): UserRecord {
  const password = sealHash(hash);
  if (password === undefined) throw invalidParameter('The password hash is not valid.');
  return { ...blankUser({ ...user, status: 'CONFIRMED' }), password };
}

function blankUser({ username, sub, status, attributes }: Omit<NewUser, 'password'>): UserRecord {
  const now = new Date();
  const blank: UserRecord = {
    Username: username,
    Attributes: [{ Name: 'sub', Value: sub }],
    Enabled: true,
    password: '',
    UserCreateDate: now,
    UserLastModifiedDate: now,
    UserStatus: status,
  };
  return withAttributes(blank, attributes);
}

/** Deletes a user. Nobody who takes the username later gets into what was open for it. */
export function deleteUser(pool: Pool, user: UserRecord): void {
  pool.sessions.revokeUser(user.Username);
  pool.challenges.closeAll(user.Username);
  pool.users.delete(user);
}

/** Whether a client hides which users exist. */
export const hidesUsers = (client: ClientRecord): boolean =>
  client.PreventUserExistenceErrors === 'ENABLED';
