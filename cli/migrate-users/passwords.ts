/** Which passwords go into the file of an import job. */
import { KitError } from '@cognito-supabase/contract/errors';
import { count, number } from '../directory/progress.ts';
import { isBcrypt } from './hashes.ts';
import { withHash } from './meets.ts';
import type { Going } from './person.ts';

export interface PasswordCells {
  /** The column of the file. */
  readonly column: string;
  /** Id → bcrypt hash. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** No page of AWS names the column. One public guide writes this. */
const USUAL_COLUMN = 'cognito:password_hash';

/** @param header of GetCSVHeader, which knows better if it has such a column. */
export const columnFor = (header: readonly string[], named: string | undefined): string =>
  named ?? header.find((name) => /password.?hash/i.test(name)) ?? USUAL_COLUMN;

/** A name that the file can have, and that no attribute has. @throws KitError BAD_OPTION */
export function checkColumn(column: string): void {
  const isAttribute =
    /^(custom:|email|phone_number|cognito:(username|mfa_enabled)$)/.test(column) ||
    /^(sub|name|given_name|family_name|picture|locale)$/.test(column);
  if (/^[\w:.-]{1,128}$/.test(column) && !isAttribute) return;
  throw new KitError(
    'BAD_OPTION',
    `--password-column: no column of hashes has the name ${JSON.stringify(column)}`,
    'leave it out, or name the column as AWS documents it',
  );
}

export interface Sorted {
  /** With what each person meets. */
  readonly people: readonly Going[];
  /** Id → bcrypt hash. */
  readonly hashes: ReadonlyMap<string, string>;
  /** For the closing text. It has no hashes. */
  readonly summary: string;
}

/** Takes well-formed bcrypt hashes, and counts the others. */
export function sortPasswords(
  going: readonly Going[],
  stored: ReadonlyMap<string, string>,
): Sorted {
  const hashes = new Map<string, string>();
  let others = 0;
  const people = going.map((person) => {
    const hash = stored.get(person.id);
    if (hash === undefined) return person;
    if (!isBcrypt(hash)) {
      others += 1;
      return person;
    }
    hashes.set(person.id, hash);
    return { ...person, meets: withHash(person.meets) };
  });
  const asks = going.length - hashes.size;
  const summary =
    `${count(hashes.size, 'password')} in the file; ${count(asks, 'user')} must ask for a new password: ` +
    `${number(asks - others)} without one, ${number(others)} with a hash that is not bcrypt`;
  return { people, hashes, summary };
}
