/** Opens what the steps use: outputs, Management API, database, and the reader's key. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KitError } from '@cognito-supabase/contract/errors';
import { readKit } from '@cognito-supabase/local/modules';
import {
  checkDatabaseUrl,
  type Database,
  openByApi,
  openByUrl,
  withPassword,
} from '../hosted/database.ts';
import { openManagementApi } from '../hosted/management-api.ts';
import {
  type ConnectOutputs,
  checkOutputs,
  type OutputsSource,
  readOutputs,
} from '../hosted/outputs.ts';
import { keyInSecret, readerUser } from '../hosted/reader-key.ts';
import type { Secrets } from '../hosted/secrets.ts';
import { keep } from './kept-record.ts';
import { type Known, readKnown } from './known-record.ts';
import type { Env, Target, WrittenOptions } from './options.ts';
import { type RecordPlace, recordName, writeRecord } from './record.ts';
import { readPool } from './steps/users-table.ts';
import type { ReaderKey, World } from './world.ts';

export interface Surroundings {
  readonly env: Env;
  readonly secrets: Secrets;
  readonly print: (line: string) => void;
  /** Waits that many milliseconds. @default - a timer */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Where the outputs come from: the stack, or the record of the last run. */
export type OutputsFrom = 'stack' | 'record';

/** Asks at most once. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

async function findReaderKey(
  { ReaderSecretName, ReaderUserName, Region }: ConnectOutputs,
  env: Env,
  secrets: Secrets,
): Promise<ReaderKey | undefined> {
  const {
    COGNITO_READER_ACCESS_KEY_ID: accessKeyId,
    COGNITO_READER_SECRET_ACCESS_KEY: secretAccessKey,
  } = env;
  if (accessKeyId && secretAccessKey) {
    secrets.add(secretAccessKey);
    return { from: 'COGNITO_READER_ACCESS_KEY_ID', key: { accessKeyId, secretAccessKey } };
  }
  if (ReaderSecretName) {
    const key = await keyInSecret(ReaderSecretName, Region);
    secrets.add(key.secretAccessKey);
    return { from: `secret ${ReaderSecretName}`, key };
  }
  return ReaderUserName
    ? { userName: ReaderUserName, user: readerUser(ReaderUserName, Region) }
    : undefined;
}

async function openDatabase(
  { databaseUrl, project }: Target,
  api: World['api'],
  { env, secrets }: Surroundings,
): Promise<Database> {
  if (databaseUrl === undefined) return openByApi(api);
  checkDatabaseUrl(databaseUrl, project);
  const url = withPassword(databaseUrl, env.PGPASSWORD);
  secrets.add(decodeURIComponent(new URL(url).password));
  return openByUrl(url);
}

/**
 * `disconnect` gives back what the file of this folder has, and asks nobody else: the stack may be deleted. A record that
 * Vault alone has is data of the database. It must not name the user whose keys are deleted, so the stack is asked.
 *
 * @returns whether there is a stack, beside its outputs
 */
async function outputsOfRecord(
  { before: open, ended, isOfVaultAlone }: Known,
  place: RecordPlace,
  source: OutputsSource,
): Promise<{ readonly outputs: ConnectOutputs; readonly hasStack: boolean }> {
  const before = open ?? ended;
  if (before === undefined)
    throw new KitError(
      'RECORD_MISSING',
      `stage ${place.stage} is not connected: neither ${recordName(place)} nor Vault has a record`,
      'check --stage, --project and --workdir',
    );
  // `connect` has checked the issuer before it wrote the record.
  const recorded = () => checkOutputs(before.outputs, { stack: source.stack, mayBeEmulated: true });
  if (!isOfVaultAlone) return { outputs: recorded(), hasStack: true };
  try {
    return { outputs: await readOutputs(source), hasStack: true };
  } catch (error) {
    // Its user is gone with the stack, and the user's keys are.
    if (!(error instanceof KitError) || error.code !== 'OUTPUTS_MISSING') throw error;
    return { outputs: recorded(), hasStack: false };
  }
}

interface Opened {
  readonly target: Target;
  readonly options: WrittenOptions;
  readonly surroundings: Surroundings;
  readonly api: World['api'];
  readonly db: Database;
}

async function makeWorld(opened: Opened, from: OutputsFrom): Promise<World> {
  const { target, options, surroundings, api, db } = opened;
  const { env, secrets, print, wait = sleep } = surroundings;
  const { stage, stack, project, workdir, envFile } = target;
  const place = { workdir, stage, project };
  const isAccepted = async (issuers: readonly string[]): Promise<boolean> =>
    (await api.thirdPartyAuth()).some((one) => issuers.includes(one.oidc_issuer_url ?? ''));
  const known = await readKnown(place, db, isAccepted);
  const { before, kept } = known;
  const source = {
    ...{ stage, stack, file: options.outputs },
    region: options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION,
    mayBeEmulated: Boolean(env.COGNITO_ENDPOINT_URL),
  };
  const { outputs, hasStack } =
    from === 'record'
      ? await outputsOfRecord(known, place, source)
      : { outputs: await readOutputs(source), hasStack: true };
  let { hash } = kept;
  const world: World = {
    ...{ stage, workdir, outputs, api, db, secrets, envFile, before, print, wait },
    ...{ otherStages: kept.otherStages, copied: kept.copied, ended: known.ended },
    poolAtStart: await readPool(db),
    leavesEnvFile: options.check === true && options.webEnv === undefined,
    kit: await readKit(),
    cognitoEndpoint: env.COGNITO_ENDPOINT_URL || undefined,
    readerKey: once(async () => (hasStack ? findReaderKey(outputs, env, secrets) : undefined)),
    dropModules: options.dropModules === true,
    rotateKey: options.rotateKey === true,
    isPreRequestRefused: false,
    saveBefore: async (changed) => {
      const next = { ...changed, revision: (world.before?.revision ?? 0) + 1 };
      // Vault first: it says whether another machine was faster.
      hash = await keep(db, next, hash);
      const saved = { ...next, isKept: hash !== undefined };
      await writeRecord(place, saved);
      world.before = saved;
    },
  };
  return world;
}

/** @throws KitError */
export async function openWorld(
  target: Target,
  options: WrittenOptions,
  surroundings: Surroundings,
  from: OutputsFrom,
): Promise<World> {
  const { env, secrets, wait = sleep } = surroundings;
  const { project: ref, accessToken } = target;
  secrets.add(accessToken);
  const api = openManagementApi({
    ...{ accessToken, ref, wait },
    baseUrl: env.SUPABASE_API_BASE_URL,
  });
  const db = await openDatabase(target, api, surroundings);
  try {
    return await makeWorld({ target, options, surroundings, api, db }, from);
  } catch (error) {
    // An open connection would keep the process from ending.
    await db.close().catch(() => {});
    throw error;
  }
}
