/**
 * A file for an import job of Cognito. The job makes the users without the request quotas. It asks nobody, so an
 * administrator runs it, and then this command moves the rows.
 *
 * Source of the format: Amazon Cognito developer guide, "Creating the user import CSV file". Hashes of passwords are in the
 * API (`PasswordHashingAlgorithm`), and no page of AWS names their column.
 */
import { KitError } from '@cognito-supabase/contract/errors';
import type { NamedBy } from './accounts.ts';
import type { PasswordCells } from './passwords.ts';
import { addressOf, type Going, Left, type Sorted } from './person.ts';
import { usernameOf } from './to-cognito.ts';

/** Cognito takes no quotes, so a value with one of these stays out. */
const NEEDS_QUOTES = /[",\\\r\n]/;

const USERNAME = 'cognito:username';

/** Leaves out who has an address that the file cannot have. Without it the job would refuse the row, or take a half of it. */
export function withFileAddresses({ going, left }: Sorted): Sorted {
  const fits = ({ email = '', phone = '' }: Going): boolean => !NEEDS_QUOTES.test(email + phone);
  const unfit = going.filter((person) => !fits(person));
  const reason = new Left(
    'the address has a character that an import file cannot have',
    'run the command without --csv: it makes this user by a request',
  );
  return {
    going: going.filter(fits),
    left: [
      ...left,
      ...unfit.map((person) => ({ id: person.id, address: addressOf(person), left: reason })),
    ],
  };
}

function cellsOf(namedBy: NamedBy, person: Going): ReadonlyMap<string, string> {
  const { email, phone, profile } = person;
  return new Map([
    ...profile,
    ['email', email ?? ''],
    ['email_verified', String(email !== undefined).toUpperCase()],
    ['phone_number', phone ?? ''],
    ['phone_number_verified', String(phone !== undefined).toUpperCase()],
    ['cognito:mfa_enabled', 'FALSE'],
    [USERNAME, usernameOf(namedBy, person)],
  ]);
}

/**
 * No formulas are escaped: Cognito reads the file, and numbers begin with a plus.
 *
 * @param header of GetCSVHeader.
 * @param passwords The column is added if the header does not have it. @default - no hashes
 * @throws KitError POOL_REFUSED
 */
export function importText(
  header: readonly string[],
  namedBy: NamedBy,
  people: readonly Going[],
  passwords?: PasswordCells,
): string {
  if (!header.includes(USERNAME))
    throw new KitError(
      'POOL_REFUSED',
      `Cognito's header of import files has no ${USERNAME}`,
      'leave --csv out: the users are then made by requests',
    );
  const isAdded = passwords !== undefined && !header.includes(passwords.column);
  const columns = isAdded ? [...header, passwords.column] : header;
  const lines = people.map((person) => {
    const cells = new Map(cellsOf(namedBy, person));
    if (passwords !== undefined) cells.set(passwords.column, passwords.hashes.get(person.id) ?? '');
    return columns.map((name) => {
      const value = cells.get(name) ?? '';
      return NEEDS_QUOTES.test(value) ? '' : value;
    });
  });
  return [columns, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}
