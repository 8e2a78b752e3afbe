/** Attributes of users: the schema of a pool, and who may set which attribute. */
import type { SchemaAttributeType } from '@aws-sdk/client-cognito-identity-provider';
import type { PoolStore } from '../../store/pool-store.ts';
import type { Attribute, ClientRecord, Contact, UserRecord } from '../../store/records.ts';
import { invalidParameter, notAuthorized } from '../errors.ts';

/** Only `sub` is required, and cannot be changed or deleted. */
const standard = (Name: string, type: SchemaAttributeType['AttributeDataType'] = 'String') => ({
  Name,
  AttributeDataType: type,
  DeveloperOnlyAttribute: false,
  Mutable: Name !== 'sub',
  Required: Name === 'sub',
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

/** The attribute that says whether a contact is verified. */
export const verification = (contact: Contact, isVerified: boolean): Attribute => ({
  Name: `${contact}_verified`,
  Value: String(isVerified),
});

export const isVerified = (user: UserRecord, contact: Contact): boolean =>
  attributeOf(user, contact) !== undefined && attributeOf(user, `${contact}_verified`) === 'true';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in an address
const EMAIL = /^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$/;

export const isEmail = (text: string): boolean => EMAIL.test(text);
/** E.164. */
export const isPhoneNumber = (text: string): boolean => /^\+[1-9]\d{1,14}$/.test(text);

/** Who sets attributes, and of what. */
export interface Writing {
  /** The app of a person. Undefined for an administrator, who may write all attributes. */
  readonly client?: ClientRecord | undefined;
  /** Whether the user is new: then an immutable attribute can be set. */
  readonly isNew?: boolean;
}

/**
 * Checks attributes against the pool's schema. An app may not set `sub`, `identities`, what is verified,
 * and what its client may not write.
 *
 * @throws CognitoError `NotAuthorizedException`, `InvalidParameterException`
 */
export function checkAttributes(
  store: PoolStore,
  attributes: readonly Attribute[],
  { client, isNew = false }: Writing = {},
): void {
  for (const attribute of attributes) {
    const { Name, Value } = attribute;
    const schema = schemaOf(store, Name);
    if (schema === undefined) throw nonconforming(Name, 'Attribute does not exist in the schema.');
    if (client && !mayWrite(client, Name))
      throw notAuthorized('A client attempted to write unauthorized attribute');
    if (Name === 'sub' || (schema.Mutable === false && !isNew))
      throw invalidParameter(`user.${Name}: Attribute cannot be updated.\n`);
    if (Value === '') continue;
    if (Name === 'email' && !isEmail(Value))
      throw invalidParameter('Invalid email address format.');
    if (Name === 'phone_number' && !isPhoneNumber(Value))
      throw invalidParameter('Invalid phone number format.');
    checkBounds(schema, attribute);
  }
}

/** @throws CognitoError `InvalidParameterException` if the schema requires an attribute that is missing. */
export function checkRequired(store: PoolStore, attributes: readonly Attribute[]): void {
  const names = new Set(attributes.map(({ Name }) => Name));
  for (const name of requiredAttributes(store))
    if (!names.has(name)) throw nonconforming(name, 'The attribute is required');
}

export const requiredAttributes = ({ settings }: PoolStore): readonly string[] =>
  settings.SchemaAttributes.flatMap(({ Name = '', Required }) =>
    Required && Name !== 'sub' ? [Name] : [],
  );

const STANDARD_NAMES = new Set(STANDARD_ATTRIBUTES.map(({ Name }) => Name));

/** Without a list, a client has the standard attributes. */
const allows = (list: readonly string[] | undefined, name: string): boolean =>
  list?.includes(name) ?? STANDARD_NAMES.has(name);

const mayWrite = ({ WriteAttributes }: ClientRecord, name: string): boolean =>
  name !== 'sub' &&
  name !== 'identities' &&
  !name.endsWith('_verified') &&
  allows(WriteAttributes, name);

/** Whether a client's `WriteAttributes` allow an attribute that an identity provider sends. */
export const isWritable = ({ WriteAttributes }: ClientRecord, name: string): boolean =>
  allows(WriteAttributes, name) || name.endsWith('_verified');

/** The attributes of a user that an app client may read. `sub` is always among them. */
export const readable = (
  { Attributes }: UserRecord,
  client: ClientRecord | undefined,
): readonly Attribute[] =>
  Attributes.filter(({ Name }) => Name === 'sub' || allows(client?.ReadAttributes, Name));

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
