/** Which pool and which database: from options, the environment, or a running stack. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { KitError } from '@cognito-supabase/contract/errors';
import { noStackIn, START_HINT } from '@cognito-supabase/local/stack-env';
import type { SyncOptions } from './options.ts';

export interface PoolSettings {
  readonly userPoolId: string;
  readonly region: string;
  /** Undefined means AWS's endpoint of the region. */
  readonly endpoint: string | undefined;
}

export interface Settings {
  readonly pool: PoolSettings;
  /** Holds a password: it is never printed. */
  readonly databaseUrl: string;
}

export type Env = Readonly<Record<string, string | undefined>>;

const missing = (what: string, hint: string): KitError =>
  new KitError('SETTING_MISSING', `${what} is not set`, hint);

/** `eu-central-1_AbC` is in eu-central-1. */
const regionOf = (userPoolId: string): string | undefined =>
  /^([a-z0-9-]+)_[A-Za-z0-9]+$/.exec(userPoolId)?.[1];

/**
 * Settings of the stack that runs in a folder.
 *
 * @param wanted the variable that would take their place.
 */
export async function stackEnv(dir: string, wanted = 'SUPABASE_DB_URL'): Promise<Env> {
  const text = await readFile(path.join(dir, 'stack.env'), 'utf8').catch((cause) => {
    throw new KitError(
      'SETTING_MISSING',
      `${wanted} is not set, and ${noStackIn(dir)}`,
      `set ${wanted} and COGNITO_USER_POOL_ID, or ${START_HINT}`,
      { cause },
    );
  });
  return parseEnv(text);
}

type PoolOptions = Pick<SyncOptions, 'userPoolId' | 'region' | 'endpoint'>;

/**
 * The pool of the options, or of `source`.
 *
 * @throws KitError SETTING_MISSING
 */
export function poolOf(options: PoolOptions, source: Env): PoolSettings {
  const userPoolId = options.userPoolId ?? source.COGNITO_USER_POOL_ID;
  if (!userPoolId) throw missing('COGNITO_USER_POOL_ID', 'set it, or pass --user-pool-id');
  const region = options.region ?? regionOf(userPoolId) ?? source.COGNITO_REGION;
  if (!region) throw missing('COGNITO_REGION', 'set it, or pass --region');
  // An endpoint from the stack or the environment belongs to the pool from there.
  const own =
    options.userPoolId === undefined || options.userPoolId === source.COGNITO_USER_POOL_ID;
  const endpoint = options.endpoint ?? (own ? source.COGNITO_ENDPOINT || undefined : undefined);
  return { userPoolId, region, endpoint };
}

/**
 * Database and pool come from one place: the environment with the options, or the stack. The pool of
 * one and the database of the other would mark everybody as deleted.
 *
 * @throws KitError SETTING_MISSING, SETTING_INVALID
 */
export async function readSettings(options: SyncOptions, env: Env): Promise<Settings> {
  const source = env.SUPABASE_DB_URL ? env : await stackEnv(options.dir);
  const pool = poolOf(options, source);
  const databaseUrl = source.SUPABASE_DB_URL ?? '';
  if (!URL.canParse(databaseUrl) || !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new KitError(
      'SETTING_INVALID',
      'SUPABASE_DB_URL is not the URL of a Postgres database',
      'postgresql://postgres:PASSWORD@HOST:5432/postgres, with special characters of the password percent-encoded',
    );
  }
  return { pool, databaseUrl };
}
