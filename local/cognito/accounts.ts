/** What the operations do to a user's record: make one, read and change attributes, set a password. */
import { randomUUID } from 'node:crypto';
import type { AppClient } from 'cognito-local/lib/services/appClient.js';
import { awsError, invalidParameter, notAuthorized } from './errors.ts';
import { checkPolicy, fitsPassword, sealPassword } from './passwords.ts';
import type { SrpIdentity } from './srp.ts';
import type { Attribute, LocalUser, LocalUserPool } from './user-pool.ts';

export type UserStatus = 'UNCONFIRMED' | 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'RESET_REQUIRED';

export const attributeOf = (user: LocalUser, name: string): string | undefined =>
  user.Attributes.find((attribute) => attribute.Name === name)?.Value;

/** The user with attributes set or, where the value is empty, taken away. */
export function withAttributes(user: LocalUser, changes: readonly Attribute[]): LocalUser {
  const values = new Map(user.Attributes.map(({ Name, Value }) => [Name, Value]));
  for (const { Name, Value } of changes)
    if (Value === '') values.delete(Name);
    else values.set(Name, Value);
  return touched({
    ...user,
    Attributes: Array.from(values, ([Name, Value]) => ({ Name, Value })),
  });
}

export const emailVerified: Attribute = { Name: 'email_verified', Value: 'true' };
export const emailUnverified: Attribute = { Name: 'email_verified', Value: 'false' };

export const touched = (user: LocalUser): LocalUser => ({
  ...user,
  UserLastModifiedDate: new Date(),
});

export const identityOf = (pool: LocalUserPool, username: string): SrpIdentity => ({
  poolName: pool.options.Id.split('_')[1] ?? pool.options.Id,
  username,
});

export const hasPassword = (pool: LocalUserPool, user: LocalUser, password: string): boolean =>
  fitsPassword(user.Password, identityOf(pool, user.Username), password);

/** @throws CognitoError `InvalidPasswordException` where the policy is not met. */
export function withPassword(pool: LocalUserPool, user: LocalUser, password: string): LocalUser {
  checkPolicy(password, pool.options.Policies?.PasswordPolicy);
  const sealed = sealPassword(identityOf(pool, user.Username), password);
  return touched({ ...user, Password: sealed });
}

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly status: UserStatus;
  readonly attributes: readonly Attribute[];
}

/** A record for someone who signs in by email: the user name is a UUID, and is the `sub`. */
export function makeUser(pool: LocalUserPool, { email, password, status, attributes }: NewUser) {
  const username = randomUUID();
  const now = new Date();
  const blank: LocalUser = {
    Username: username,
    Attributes: [
      { Name: 'sub', Value: username },
      { Name: 'email', Value: email },
    ],
    Enabled: true,
    Password: '',
    RefreshTokens: [],
    UserCreateDate: now,
    UserLastModifiedDate: now,
    UserStatus: status,
  };
  return withPassword(pool, withAttributes(blank, attributes), password);
}

const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** @throws CognitoError `InvalidParameterException` where the user name is no email address. */
export function checkEmailName(name: string): void {
  if (!EMAIL.test(name)) throw invalidParameter('Username should be an email.');
}

/** Who may set which attributes: nobody the `sub`, and only an administrator what is verified. */
export function checkAttributes(
  pool: LocalUserPool,
  attributes: readonly Attribute[],
  by: 'user' | 'administrator',
): void {
  for (const { Name, Value } of attributes) {
    if (by === 'user' && (Name === 'sub' || Name === 'identities' || Name.endsWith('_verified')))
      throw notAuthorized('A client attempted to write unauthorized attribute');
    const schema = schemaOf(pool, Name);
    if (schema === undefined)
      throw invalidParameter(
        `Attributes did not conform to the schema: ${Name}: Attribute does not exist in the schema.\n`,
      );
    if (schema.Mutable === false)
      throw invalidParameter(`user.${Name}: Attribute cannot be updated.\n`);
    if (Name === 'email' && !EMAIL.test(Value))
      throw invalidParameter('Invalid email address format.');
  }
}

interface SchemaAttribute {
  readonly Name?: string;
  readonly Mutable?: boolean;
  readonly Required?: boolean;
}

const schemaOf = (pool: LocalUserPool, name: string): SchemaAttribute | undefined =>
  (pool.options.SchemaAttributes as readonly SchemaAttribute[] | undefined)?.find(
    (attribute) => attribute.Name === name,
  );

/** The user without some attributes; the required ones stay. */
export function withoutAttributes(
  pool: LocalUserPool,
  user: LocalUser,
  names: readonly string[],
): LocalUser {
  for (const name of names) {
    const schema = schemaOf(pool, name);
    if (schema === undefined || schema.Required || schema.Mutable === false)
      throw invalidParameter(`user.${name}: Attribute cannot be deleted.`);
  }
  return withAttributes(
    user,
    names.map((Name) => ({ Name, Value: '' })),
  );
}

/** @throws CognitoError `AliasExistsException` where another user has the email. */
export function checkEmailFree(pool: LocalUserPool, user: LocalUser, email: string): void {
  const other = pool.find(email);
  if (other !== undefined && other.Username !== user.Username)
    throw awsError('AliasExistsException', 'An account with the email already exists.');
}

/** Whether a client hides which users exist. The kit's own client does. */
export const hidesUsers = (client: AppClient): boolean =>
  client.PreventUserExistenceErrors === 'ENABLED';
