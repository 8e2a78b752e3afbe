/**
 * By which names people sign in: a username, or attributes in its place or beside it.
 *
 * Source: Amazon Cognito developer guide, "Customizing sign-in attributes".
 */
import { randomUUID } from 'node:crypto';
import type { PoolStore } from '../../store/pool-store.ts';
import type { Attribute, UserRecord } from '../../store/records.ts';
import type { SignInAttribute } from '../../store/users.ts';
import { awsError, invalidParameter } from '../errors.ts';
import { attributeOf, isEmail, isPhoneNumber, withAttributes } from './attributes.ts';

/** Whether people sign in by an attribute instead of a username, which is then a UUID. */
export const signsInByAttribute = ({ settings }: PoolStore): boolean =>
  (settings.UsernameAttributes ?? []).length > 0;

export interface NamedUser {
  readonly username: string;
  readonly sub: string;
  /** Those of the request, and the attribute that the given name is. */
  readonly attributes: readonly Attribute[];
}

/**
 * What the `Username` of a new user means in this pool.
 *
 * @throws CognitoError `InvalidParameterException`
 */
export function nameNewUser(
  store: PoolStore,
  name: string,
  attributes: readonly Attribute[],
): NamedUser {
  const sub = randomUUID();
  if (!signsInByAttribute(store)) {
    checkUsername(store, name);
    return { username: name, sub, attributes };
  }
  const attribute = attributeOfName(store, name);
  const given = attributes.find(({ Name }) => Name === attribute)?.Value ?? name;
  if (given.toLowerCase() !== name.toLowerCase())
    throw invalidParameter(`Username and the attribute ${attribute} must be the same.`);
  const others = attributes.filter(({ Name }) => Name !== attribute);
  return { username: sub, sub, attributes: [...others, { Name: attribute, Value: given }] };
}

/** Which attribute a name is, where people sign in by attributes. */
function attributeOfName({ settings }: PoolStore, name: string): SignInAttribute {
  const { UsernameAttributes: allowed = [] } = settings;
  if (allowed.includes('email') && isEmail(name)) return 'email';
  if (allowed.includes('phone_number') && isPhoneNumber(name)) return 'phone_number';
  if (allowed.length > 1)
    throw invalidParameter('Username should be either an email or a phone number.');
  throw invalidParameter(
    allowed.includes('email')
      ? 'Username should be an email.'
      : 'Username should be a phone number.',
  );
}

/** A username may not look like an alias, or it could stand before somebody's address. */
function checkUsername({ settings }: PoolStore, name: string): void {
  const aliases: readonly string[] = settings.AliasAttributes ?? [];
  if (!/^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u.test(name))
    throw invalidParameter(
      "1 validation error detected: Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
    );
  const refusal = (form: string, alias: string): Error =>
    invalidParameter(
      `Username cannot be of ${form} format, since user pool is configured for ${alias} alias.`,
    );
  if (aliases.includes('email') && isEmail(name)) throw refusal('email', 'email');
  if (aliases.includes('phone_number') && isPhoneNumber(name))
    throw refusal('phone number', 'phone number');
}

/** @throws CognitoError `UsernameExistsException` */
export function checkNameFree({ users }: PoolStore, name: string): void {
  if (users.find(name) !== undefined)
    throw awsError('UsernameExistsException', 'User already exists');
}

const SIGN_IN_ATTRIBUTES = ['email', 'phone_number', 'preferred_username'] as const;

/** Everybody else who can sign in by a name, whichever attribute of theirs it is. */
const othersNamed = ({ users }: PoolStore, name: string, { Username }: UserRecord) =>
  [
    users.get(name),
    users.withSub(name),
    ...SIGN_IN_ATTRIBUTES.map((attribute) => users.withName(attribute, name)),
  ].filter((user) => user !== undefined && user.Username !== Username) as readonly UserRecord[];

/**
 * Makes sure that no other user can sign in by an attribute of this one.
 *
 * @param force Takes an address away from the other user, who then has it unverified.
 * @throws CognitoError `AliasExistsException`
 */
export function claimNames(store: PoolStore, user: UserRecord, force = false): void {
  const { users } = store;
  for (const attribute of SIGN_IN_ATTRIBUTES) {
    const value = attributeOf(user, attribute);
    if (value === undefined || !users.isName(user, attribute)) continue;
    const other = othersNamed(store, value, user)[0];
    if (other === undefined) continue;
    const isVerified = attribute !== 'preferred_username' && !signsInByAttribute(store);
    if (!force || !isVerified || !users.isName(other, attribute))
      throw awsError(
        'AliasExistsException',
        `An account with the ${attribute === 'phone_number' ? 'phone number' : attribute} already exists.`,
      );
    users.save(withAttributes(other, [{ Name: `${attribute}_verified`, Value: 'false' }]));
  }
}
