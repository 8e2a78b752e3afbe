/** Hashes of passwords, read from the database of Supabase Auth. The administrator's API does not show them. */
import { KitError } from '@cognito-supabase/contract/errors';
import { openByUrl } from '../hosted/database.ts';
import { databaseUrl, isHosted, projectOf } from '../secure-url.ts';

export interface HashSource {
  /** Of Postgres. It may have a password, so it is never printed. */
  readonly databaseUrl: string;
  /** Its name in the environment. */
  readonly variable: string;
  /** Of the project whose accounts are read. */
  readonly projectUrl: string;
}

/** bcrypt, as crypt(3) writes it: cost 04 to 31, 22 characters of salt and 31 of hash. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** Whether the text is a well-formed hash of bcrypt. */
export const isBcrypt = (hash: string): boolean => BCRYPT.test(hash);

const STORED = `
select id::text, encrypted_password as hash from auth.users
where encrypted_password <> '' and deleted_at is null and (banned_until is null or banned_until < now())`;

const KNOWN = 'select count(*)::int as n from auth.users where id = any ($1::uuid[])';
/** People of the API whom the database must have. */
const SAMPLE = 100;

/** The letters in the address of a hosted project. */
const REF = /^([a-z]{20})\.supabase\.co$/;

const otherProject = ({ variable, projectUrl }: HashSource): KitError =>
  new KitError(
    'PROJECT_MISMATCH',
    `the database of ${variable} is not the one of ${projectUrl}, or its role cannot read auth.users`,
    `set ${variable} to the database with these accounts, and use the role postgres`,
  );

/** @throws KitError SETTING_INVALID, PROJECT_MISMATCH */
function checkRef(source: HashSource): void {
  const ref = REF.exec(new URL(source.projectUrl).hostname)?.[1];
  const url = databaseUrl(source.databaseUrl);
  if (ref !== undefined && isHosted(url.href) && projectOf(url) !== ref) throw otherProject(source);
}

/** Speaks of the variable: the shared module speaks of an option of another command. */
function inOwnWords(error: unknown, { variable }: HashSource): unknown {
  if (!(error instanceof KitError)) return error;
  if (error.code === 'SETTING_INVALID')
    return new KitError(error.code, `${variable}: ${error.message}`, error.hint, { cause: error });
  if (error.code !== 'DATABASE_FAILED') return error;
  const hint = error.hint.includes('sslmode')
    ? error.hint
    : `check ${variable}: only the role postgres reads auth.users. A direct connection needs IPv6; the session pooler does not`;
  return new KitError('DATABASE_FAILED', `${variable}: ${error.message}`, hint, { cause: error });
}

/**
 * What auth.users has in place of each password, by id. It may be of any algorithm. Banned and deleted accounts are not
 * in it.
 *
 * @param ids of people whom the API has shown.
 * @throws KitError DATABASE_FAILED, PROJECT_MISMATCH, SETTING_INVALID
 */
export async function readHashes(
  source: HashSource,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  try {
    checkRef(source);
    const database = await openByUrl(source.databaseUrl);
    try {
      const sample = `{${ids.slice(0, SAMPLE).join(',')}}`;
      const [known] = await database.query<{ readonly n: number }>(KNOWN, [sample]);
      // Row level security hides rows without an error.
      if (ids.length > 0 && known?.n === 0) throw otherProject(source);
      const rows = await database.query<{ readonly id: string; readonly hash: string }>(STORED);
      return new Map(rows.map(({ id, hash }) => [id, hash]));
    } finally {
      await database.close();
    }
  } catch (error) {
    throw inOwnWords(error, source);
  }
}
