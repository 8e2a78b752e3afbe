/** Whether a user of the pool is a person of Supabase Auth, and whether this command has made the user. */
import { type Account, attributesOf } from './accounts.ts';
import { type Going, lowerAscii } from './person.ts';

/** Attributes of the pool, and the person's value. The first one that the person has decides. */
const addressesOf = ({ email, phone }: Going) =>
  [
    ['email', email],
    ['phone_number', phone],
  ] as const;

const valueIn = ({ attributes }: Account, name: string): string | undefined => {
  const value = attributes.get(name);
  return value ? lowerAscii(value) : undefined;
};

/**
 * Whether the user of the pool has proved to own the address of the person. A number may have had another owner before, so
 * it decides only for people without an email address.
 */
export function isSamePerson(account: Account, person: Going): boolean {
  const { status, attributes } = account;
  // A provider may say of an address that it is verified without having checked it.
  if (status === 'EXTERNAL_PROVIDER' || status === 'UNCONFIRMED') return false;
  const decides = addressesOf(person).find(([, value]) => value !== undefined);
  if (decides === undefined) return false;
  const [name, value] = decides;
  return attributes.get(`${name}_verified`) === 'true' && valueIn(account, name) === value;
}

/** Whether a user that this move has made has the addresses that the person has now. */
export const hasAddressesOf = (account: Account, person: Going): boolean =>
  addressesOf(person).every(([name, value]) => valueIn(account, name) === value);

/** Milliseconds. The clock of this machine may be wrong by so much. */
const CLOCK = 60_000;
/** Milliseconds from the first try to the last one, with all waits. */
const LONGEST_TRIES = 10 * 60_000;

/**
 * Whether a user without a password can only come from a request of this command whose answer is lost: with exactly the
 * attributes of that request, and made at its time. An administrator may have invited the person meanwhile, and then the
 * person has a temporary password.
 *
 * @param began when requests were begun, in milliseconds since the epoch.
 */
export function isOwnWork(account: Account, person: Going, began: readonly number[]): boolean {
  const { attributes, createdAt } = account;
  const sent = new Map(attributesOf(person));
  const isFalse = (name: string): boolean =>
    name.endsWith('_verified') && attributes.get(name) === 'false';
  return (
    [...sent].every(([name, value]) => attributes.get(name) === value) &&
    [...attributes.keys()].every((name) => name === 'sub' || sent.has(name) || isFalse(name)) &&
    began.some((at) => createdAt >= at - CLOCK && createdAt <= at + LONGEST_TRIES)
  );
}
