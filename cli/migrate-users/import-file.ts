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
import { addressOf, type Going, Left, type LeftPerson, type Sorted } from './person.ts';
import { usernameOf } from './to-cognito.ts';

/** Cognito takes no quotes. How it reads a backslash before a comma is not verified. */
const NEEDS_QUOTES = /[",\\\r\n]/;

const USERNAME = 'cognito:username';

/** What the file cannot have of the person, in words. */
function unfitPart(header: readonly string[], { email, phone, profile }: Going) {
  if (NEEDS_QUOTES.test(`${email ?? ''}${phone ?? ''}`)) return 'address';
  const unfit = [...profile].find(
    ([name, value]) => header.includes(name) && NEEDS_QUOTES.test(value),
  );
  return unfit?.[0];
}

/**
 * Leaves out who has a value that the file cannot have. With it the job would refuse the row, or take a half of it.
 * Without it the person would lose the value, because no later run sets it.
 *
 * @param header of GetCSVHeader.
 */
export function withFileValues(header: readonly string[], { going, left }: Sorted): Sorted {
  const fitting: Going[] = [];
  const unfit: LeftPerson[] = [];
  for (const person of going) {
    const part = unfitPart(header, person);
    if (part === undefined) {
      fitting.push(person);
      continue;
    }
    const reason = new Left(
      `the ${part} has a character that an import file cannot have`,
      'run the command without --csv: it makes this user by a request',
    );
    unfit.push({ id: person.id, address: addressOf(person), left: reason });
  }
  return { going: fitting, left: [...left, ...unfit] };
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
 * @param people with values that fit (withFileValues).
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
      if (NEEDS_QUOTES.test(value)) throw new TypeError(`column ${name} has an unfit value`);
      return value;
    });
  });
  return [columns, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}
