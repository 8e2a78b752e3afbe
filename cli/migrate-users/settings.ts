/** Which pool and which projects: of the environment, or of a running stack. */
import { KitError } from '@cognito-supabase/contract/errors';
import { MIGRATION_ENV } from '@cognito-supabase/contract/settings';
import { type Env, type PoolSettings, poolOf, stackEnv } from '../directory/settings.ts';
import { withPassword } from '../hosted/database.ts';
import type { Direction, MigrateOptions } from './options.ts';
import type { ProjectSettings } from './project.ts';
import type { DatabaseSource } from './project-database.ts';

export interface Settings {
  readonly pool: PoolSettings;
  /** With the people of Supabase Auth. */
  readonly auth: ProjectSettings;
  /** With the rows. Another one than `auth` where the old accounts are elsewhere. */
  readonly data: ProjectSettings;
  /** With the hashes of passwords, if they are wanted. */
  readonly hashes: DatabaseSource | undefined;
  /** The database of `data`, which shows to whom rows have moved. @default - it cannot be seen */
  readonly transfers: DatabaseSource | undefined;
}

/** Names in the environment. A key is in no option, because other users of the machine see options. */
const OWN = { url: 'SUPABASE_URL', secretKey: 'SUPABASE_SECRET_KEY' } as const;
const OLD = { url: MIGRATION_ENV.supabaseUrl, secretKey: 'OLD_SUPABASE_SECRET_KEY' } as const;

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

function projectOf(source: Env, variables: ProjectSettings['variables']): ProjectSettings {
  const [url, secretKey] = [source[variables.url], source[variables.secretKey]];
  const [unset] = [!url && variables.url, !secretKey && variables.secretKey].filter((name) => name);
  if (!url || !secretKey)
    throw new KitError(
      'SETTING_MISSING',
      `${unset} is not set`,
      'set it in the environment; the dashboard shows it under Settings, API keys',
    );
  const { protocol, hostname, origin } = URL.canParse(url)
    ? new URL(url)
    : { protocol: '', hostname: '', origin: '' };
  const isPrivate = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  if (!isPrivate)
    throw new KitError(
      'SETTING_INVALID',
      `${variables.url} is not the URL of a project`,
      'it is such as https://REF.supabase.co; the key is sent by https only, or on this machine',
    );
  return { url: origin, secretKey, variables };
}

const DATABASE = 'SUPABASE_DB_URL';

/** The database of a project, if the variable is set. */
function databaseOf(
  source: Env,
  variable: string,
  { url }: ProjectSettings,
): DatabaseSource | undefined {
  const written = source[variable];
  if (!written) return undefined;
  return { databaseUrl: withPassword(written, source.PGPASSWORD), variable, projectUrl: url };
}

/** The database of the project that has the accounts. */
function hashSource(source: Env, variable: string, project: ProjectSettings): DatabaseSource {
  const found = databaseOf(source, variable, project);
  if (found !== undefined) return found;
  throw new KitError(
    'SETTING_MISSING',
    `${variable} is not set, and --passwords reads the hashes from that database`,
    'set it to postgresql://postgres@HOST:5432/postgres, with the password in PGPASSWORD',
  );
}

/**
 * All of the environment, or all of the running stack: the pool of one and the project of the other have different
 * people.
 *
 * @throws KitError SETTING_MISSING, SETTING_INVALID
 */
export async function readSettings(
  direction: Direction,
  options: MigrateOptions,
  env: Env,
): Promise<Settings> {
  const source = env[OWN.url] ? env : await stackEnv(options.dir, OWN.url);
  const pool = poolOf(options, source);
  const data = projectOf(source, OWN);
  const isElsewhere = direction === 'to-cognito' && env[OLD.url] !== undefined;
  const auth = isElsewhere ? projectOf(env, OLD) : data;
  const [from, variable] = isElsewhere ? [env, `OLD_${DATABASE}`] : [source, DATABASE];
  const hashes = options.passwords && hashSource(from, variable, auth);
  const transfers = direction === 'to-cognito' ? databaseOf(source, DATABASE, data) : undefined;
  return { pool, data, auth, hashes, transfers };
}
