/** Attributes of users: the schema of a pool, and who may set which attribute. */
import type { SchemaAttributeType } from '@aws-sdk/client-cognito-identity-provider';
import type { PoolStore } from '../store/pool-store.ts';
import type { Attribute, UserRecord } from '../store/records.ts';
import { awsError, invalidParameter, notAuthorized } from './errors.ts';

/** `sub` cannot be changed or deleted, and `email` cannot be deleted. */
const standard = (Name: string, type: SchemaAttributeType['AttributeDataType'] = 'String') => ({
  Name,
  AttributeDataType: type,
  DeveloperOnlyAttribute: false,
  Mutable: Name !== 'sub',
  Required: Name === 'sub' || Name === 'email',
  ...(type === 'String' && {
    StringAttributeConstraints: { MinLength: Name === 'sub' ? '1' : '0', MaxLength: '2048' },
  }),
});

/** The attributes of every pool. Source: Cognito developer guide, "Working with user attributes". */
export const STANDARD_ATTRIBUTES: readonly SchemaAttributeType[] = [
  ...'sub name given_name family_name middle_name nickname preferred_username profile picture website email gender birthdate zoneinfo locale phone_number address identities'
    .split(' ')
    .map((name) => standard(name)),
  standard('email_verified', 'Boolean'),
  standard('phone_number_verified', 'Boolean'),
  standard('updated_at', 'Number'),
];

export const attributeOf = (user: UserRecord, name: string): string | undefined =>
  user.Attributes.find((attribute) => attribute.Name === name)?.Value;

export const touched = (user: UserRecord): UserRecord => ({
  ...user,
  UserLastModifiedDate: new Date(),
});

/** The user with attributes set, or deleted if the value is empty. */
export function withAttributes(user: UserRecord, changes: readonly Attribute[]): UserRecord {
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in an address
const EMAIL = /^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$/;

/** @throws CognitoError `InvalidParameterException` if the username is not an email address. */
export function checkEmailName(name: string): void {
  if (!EMAIL.test(name)) throw invalidParameter('Username should be an email.');
}

/**
 * Checks attributes against the pool's schema. A person may not set `sub`, `identities` and what is
 * verified.
 *
 * @throws CognitoError `NotAuthorizedException`, `InvalidParameterException`
 */
export function checkAttributes(
  store: PoolStore,
  attributes: readonly Attribute[],
  by: 'user' | 'administrator',
): void {
  for (const attribute of attributes) {
    const { Name, Value } = attribute;
    if (by === 'user' && (Name === 'sub' || Name === 'identities' || Name.endsWith('_verified')))
      throw notAuthorized('A client attempted to write unauthorized attribute');
    const schema = schemaOf(store, Name);
    if (schema === undefined) throw nonconforming(Name, 'Attribute does not exist in the schema.');
    if (schema.Mutable === false)
      throw invalidParameter(`user.${Name}: Attribute cannot be updated.\n`);
    if (Name === 'email' && !EMAIL.test(Value))
      throw invalidParameter('Invalid email address format.');
    if (Value !== '') checkBounds(schema, attribute);
  }
}

const nonconforming = (name: string, reason: string) =>
  invalidParameter(`Attributes did not conform to the schema: ${name}: ${reason}\n`);

/** Length of a text, or size of a number, as the schema has them. */
function checkBounds(schema: SchemaAttributeType, { Name, Value }: Attribute): void {
  const { StringAttributeConstraints: text, NumberAttributeConstraints: number } = schema;
  if (schema.AttributeDataType === 'Number') {
    if (!/^-?\d+(\.\d+)?$/.test(Value)) throw nonconforming(Name, 'Attribute is not a number.');
    if (Number(Value) < Number(number?.MinValue ?? Number.NEGATIVE_INFINITY))
      throw nonconforming(Name, `Number must be greater than or equal to ${number?.MinValue}.`);
    if (Number(Value) > Number(number?.MaxValue ?? Number.POSITIVE_INFINITY))
      throw nonconforming(Name, `Number must be less than or equal to ${number?.MaxValue}.`);
    return;
  }
  if (schema.AttributeDataType === 'Boolean' && !/^(true|false)$/i.test(Value))
    throw nonconforming(Name, 'Attribute is not a boolean.');
  if (Value.length < Number(text?.MinLength ?? 0))
    throw nonconforming(Name, `String must be at least ${text?.MinLength} characters long.`);
  if (Value.length > Number(text?.MaxLength ?? 2048))
    throw nonconforming(Name, `String must be at most ${text?.MaxLength ?? 2048} characters long.`);
}

export const schemaOf = ({ settings }: PoolStore, name: string): SchemaAttributeType | undefined =>
  settings.SchemaAttributes.find((attribute) => attribute.Name === name);

/** The user without some attributes. Required and immutable ones cannot be deleted. */
export function withoutAttributes(
  store: PoolStore,
  user: UserRecord,
  names: readonly string[],
): UserRecord {
  for (const name of names) {
    const schema = schemaOf(store, name);
    if (schema === undefined || schema.Required || schema.Mutable === false)
      throw invalidParameter(`user.${name}: Attribute cannot be deleted.`);
  }
  return withAttributes(
    user,
    names.map((Name) => ({ Name, Value: '' })),
  );
}

/** @throws CognitoError `AliasExistsException` if another user has the email. */
export function checkEmailFree(store: PoolStore, user: UserRecord, email: string): void {
  const other = store.users.find(email);
  if (other !== undefined && other.Username !== user.Username)
    throw awsError('AliasExistsException', 'An account with the email already exists.');
}
