/** Hashes of passwords, read from the database of Supabase Auth. The administrator's API does not show them. */
import type { Database } from '../hosted/database.ts';
import type { Going } from './person.ts';
import { type DatabaseSource, openProjectDatabase, otherProject } from './project-database.ts';

/** bcrypt, as crypt(3) writes it: cost 04 to 31, 22 characters of salt and 31 of hash. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** Whether the text is a well-formed hash of bcrypt. */
export const isBcrypt = (hash: string): boolean => BCRYPT.test(hash);

const STORED = `
select id::text, encrypted_password as hash from auth.users
where encrypted_password <> '' and deleted_at is null and (banned_until is null or banned_until < now())`;

const KNOWN = 'select id::text, updated_at as at from auth.users where id = any ($1::uuid[])';

/** Milliseconds by which a replica may be late. */
const LATE = 60_000;

const WHY = ', is an older copy of it, or its role cannot read auth.users';

export interface HashedPeople {
  /** Whom the API has shown. */
  readonly people: readonly Going[];
  /** Whether the API still shows the person. */
  readonly isThere: (person: Going) => Promise<boolean>;
}

/**
 * An older copy has passwords that people have changed since. It lacks people whom the API shows, or has an older time of
 * their last change. Row level security hides rows without an error, and is found in the same way.
 *
 * @throws KitError PROJECT_MISMATCH
 */
async function checkIsNow(
  database: Database,
  source: DatabaseSource,
  { people, isThere }: HashedPeople,
): Promise<void> {
  const ids = `{${people.map(({ id }) => id).join(',')}}`;
  const rows = await database.query<{ readonly id: string; readonly at: Date | null }>(KNOWN, [
    ids,
  ]);
  const known = new Map(rows.map(({ id, at }) => [id, at]));
  for (const person of people) {
    const { id, changedAt } = person;
    const at = known.get(id);
    if (at && changedAt !== undefined && changedAt - at.getTime() > LATE)
      throw otherProject(source, WHY);
    // Somebody may have been deleted after the list was read.
    if (at === undefined && (await isThere(person))) throw otherProject(source, WHY);
  }
}

/**
 * What auth.users has in place of each password, by id. It may be of any algorithm. Banned and deleted accounts are not
 * in it.
 *
 * @throws KitError DATABASE_FAILED, PROJECT_MISMATCH, SETTING_INVALID
 */
export async function readHashes(
  source: DatabaseSource,
  people: HashedPeople,
): Promise<ReadonlyMap<string, string>> {
  const database = await openProjectDatabase(source);
  try {
    await checkIsNow(database, source, people);
    const rows = await database.query<{ readonly id: string; readonly hash: string }>(STORED);
    return new Map(rows.map(({ id, hash }) => [id, hash]));
  } finally {
    await database.close();
  }
}
