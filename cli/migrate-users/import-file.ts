/**
 * A file for an import job of Cognito. The job makes the users without the request quotas. It asks nobody, so an
 * administrator runs it, and then this command moves the rows.
 *
 * Source of the format: Amazon Cognito developer guide, "Creating the user import CSV file".
 */
import { KitError } from '@cognito-supabase/contract/errors';
import type { NamedBy } from './accounts.ts';
import type { Going } from './person.ts';
import { usernameOf } from './to-cognito.ts';

/** Cognito takes no quotes, so a value with one of these stays out. */
const NEEDS_QUOTES = /[",\\\r\n]/;

const USERNAME = 'cognito:username';

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
 * @throws KitError POOL_REFUSED
 */
export function importText(
  header: readonly string[],
  namedBy: NamedBy,
  people: readonly Going[],
): string {
  if (!header.includes(USERNAME))
    throw new KitError(
      'POOL_REFUSED',
      `Cognito's header of import files has no ${USERNAME}`,
      'leave --csv out: the users are then made by requests',
    );
  const lines = people.map((person) => {
    const cells = cellsOf(namedBy, person);
    return header.map((name) => {
      const value = cells.get(name) ?? '';
      return NEEDS_QUOTES.test(value) ? '' : value;
    });
  });
  return [header, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}
