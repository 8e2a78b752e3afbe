/** What the database is told about users of the pool: in the trigger, or later by the queue. */
import { isMissingFunction, type ServiceRpc } from '../service/data-api.ts';

/** What happened to a user. */
export interface AccountEvent {
  readonly kind: 'confirmed' | 'signed_in';
  readonly sub: string;
  readonly username: string;
  /** Attributes as Cognito gives them to triggers. */
  readonly attributes: Readonly<Record<string, string>>;
  /** ISO 8601. A late report does not override a newer one. */
  readonly occurredAt: string;
  /** Of a sign-in. */
  readonly clientId?: string;
  readonly isNewDevice?: boolean;
}

/** Rows of an old account that go to a new sub. */
export interface TransferEvent {
  readonly kind: 'transfer';
  readonly sub: string;
  /** Verified ones. */
  readonly addresses: readonly string[];
}

/** An operation of an administrator that Cognito has done, and the database has not. */
export interface OperationEvent {
  readonly kind: 'operation';
  readonly sub: string;
  /** Of the operation, a UUID. */
  readonly id: string;
  readonly occurredAt: string;
  /** `{attributes, groups, username}`, as `finish_admin_operation` takes them. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export type UserEvent = AccountEvent | OperationEvent | TransferEvent;

const isText = (one: unknown): one is string => typeof one === 'string' && one !== '';
const isObject = (one: unknown): one is object => typeof one === 'object' && one !== null;

/** Of each kind, what it needs besides `sub`. */
const PARTS: ReadonlyMap<unknown, (value: Readonly<Record<string, unknown>>) => boolean> = new Map([
  ['confirmed', isAccountEvent],
  ['signed_in', isAccountEvent],
  ['transfer', ({ addresses }) => Array.isArray(addresses) && addresses.every(isText)],
  ['operation', ({ id, occurredAt, facts }) => isText(id) && isText(occurredAt) && isObject(facts)],
]);

function isAccountEvent({ username, occurredAt, attributes }: Readonly<Record<string, unknown>>) {
  return isText(username) && isText(occurredAt) && isObject(attributes);
}

/** Reads a message of the queue. @throws TypeError if it is none of ours */
export function parseUserEvent(text: string): UserEvent {
  const value: unknown = JSON.parse(text);
  const fields = (isObject(value) ? value : {}) as Readonly<Record<string, unknown>>;
  const isOurs = PARTS.get(fields.kind)?.(fields) === true && isText(fields.sub);
  if (!isOurs) throw new TypeError('not an event of a user');
  return fields as unknown as UserEvent;
}

/** Verified address and telephone number. */
export function verifiedAddresses(attributes: Readonly<Record<string, string>>): readonly string[] {
  const { email, email_verified, phone_number: phone, phone_number_verified } = attributes;
  const known = [
    email_verified === 'true' ? email : undefined,
    phone_number_verified === 'true' ? phone : undefined,
  ];
  return known.filter(isText);
}

/** Calls a function, unless its module is not installed in this project. */
async function callIfThere(rpc: ServiceRpc, name: string, args: object): Promise<void> {
  try {
    await rpc(name, args as Record<string, unknown>);
  } catch (error) {
    if (!isMissingFunction(error)) throw error;
  }
}

async function applyAccountEvent(rpc: ServiceRpc, event: AccountEvent): Promise<void> {
  const { kind, sub, username, attributes, occurredAt: occurred_at } = event;
  if (kind === 'confirmed') {
    const email = attributes.email_verified === 'true' ? attributes.email : undefined;
    await callIfThere(rpc, 'provision_profile', { sub, ...(email && { email }) });
  }
  await callIfThere(rpc, 'record_cognito_event', {
    ...{ sub, kind, username, attributes },
    occurred_at,
  });
  if (kind === 'signed_in') {
    const { clientId: client_id, isNewDevice: new_device } = event;
    await callIfThere(rpc, 'record_sign_in', { sub, occurred_at, client_id, new_device });
  }
}

/**
 * Makes the profile of a confirmed account, reports to the directory, moves rows, or finishes an operation. Doing it
 * twice changes nothing.
 */
export async function applyUserEvent(rpc: ServiceRpc, event: UserEvent): Promise<void> {
  const { kind, sub } = event;
  if (kind === 'transfer') await rpc('claim_transfer', { sub, addresses: event.addresses });
  else if (kind === 'operation') {
    const { id, occurredAt: occurred_at, facts } = event;
    await rpc('finish_admin_operation', { id, sub, occurred_at, facts });
  } else await applyAccountEvent(rpc, event);
}
