/** A direct connection to the database of a project, for what no API shows. Its role is `postgres`. */
import { KitError } from '@cognito-supabase/contract/errors';
import { type Database, openByUrl } from '../hosted/database.ts';
import { databaseUrl, isHosted, projectOf } from '../secure-url.ts';

export interface DatabaseSource {
  /** Of Postgres. It may have a password, so it is never printed. */
  readonly databaseUrl: string;
  /** Its name in the environment. */
  readonly variable: string;
  /** Of the project whose database it must be. */
  readonly projectUrl: string;
}

/** The letters in the address of a hosted project. */
const REF = /^([a-z]{20})\.supabase\.co$/;

/** @param why it may be so, after the name of the project. @default - nothing more */
export const otherProject = ({ variable, projectUrl }: DatabaseSource, why = ''): KitError =>
  new KitError(
    'PROJECT_MISMATCH',
    `the database of ${variable} is not the one of ${projectUrl}${why}`,
    `set ${variable} to the database of this project itself, and use the role postgres`,
  );

/** @throws KitError SETTING_INVALID, PROJECT_MISMATCH */
function checkRef(source: DatabaseSource): void {
  const ref = REF.exec(new URL(source.projectUrl).hostname)?.[1];
  const url = databaseUrl(source.databaseUrl);
  if (ref !== undefined && isHosted(url.href) && projectOf(url) !== ref) throw otherProject(source);
}

/** Speaks of the variable: the shared module speaks of an option of another command. */
function inOwnWords(error: unknown, { variable }: DatabaseSource): unknown {
  if (!(error instanceof KitError)) return error;
  if (error.code === 'SETTING_INVALID')
    return new KitError(error.code, `${variable}: ${error.message}`, error.hint, { cause: error });
  if (error.code !== 'DATABASE_FAILED') return error;
  const hint = error.hint.includes('sslmode')
    ? error.hint
    : `check ${variable}: use the role postgres. A direct connection needs IPv6; the session pooler does not`;
  return new KitError('DATABASE_FAILED', `${variable}: ${error.message}`, hint, { cause: error });
}

/** @throws KitError DATABASE_FAILED, PROJECT_MISMATCH, SETTING_INVALID. So do its queries. */
export async function openProjectDatabase(source: DatabaseSource): Promise<Database> {
  const saying = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw inOwnWords(error, source);
    }
  };
  const database = await saying(async () => {
    checkRef(source);
    return openByUrl(source.databaseUrl);
  });
  return {
    ...database,
    query: (sql, parameters) => saying(() => database.query(sql, parameters)),
  };
}
