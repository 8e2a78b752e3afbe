/** Opens what the steps use: outputs, Management API, database, and the reader's key. */
import path from 'node:path';
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
import { type ConnectOutputs, checkOutputs, readOutputs } from '../hosted/outputs.ts';
import { keyInSecret, readerUser } from '../hosted/reader-key.ts';
import type { Secrets } from '../hosted/secrets.ts';
import { keep, readBoth } from './kept-record.ts';
import type { Env, Target, WrittenOptions } from './options.ts';
import { type Before, type RecordPlace, recordFile, writeRecord } from './record.ts';
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

/** `disconnect` gives back what the record has, and the stack may be deleted, so it asks nobody else. */
function outputsOfRecord(before: Before | undefined, place: RecordPlace, stack: string) {
  if (before === undefined)
    throw new KitError(
      'RECORD_MISSING',
      `stage ${place.stage} is not connected: there is no ${path.relative(place.workdir, recordFile(place))}, and Vault has no record`,
      'check --stage, --project and --workdir',
    );
  // `connect` has checked the issuer before it wrote the record.
  return checkOutputs(before.outputs, { stack, mayBeEmulated: true });
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
  const { before, otherStages } = await readBoth(place, db);
  const region = options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const mayBeEmulated = Boolean(env.COGNITO_ENDPOINT_URL);
  const outputs =
    from === 'record'
      ? outputsOfRecord(before, place, stack)
      : await readOutputs({ stage, stack, file: options.outputs, region, mayBeEmulated });
  const world: World = {
    ...{ stage, workdir, outputs, api, db, secrets, envFile, before, otherStages, print, wait },
    kit: await readKit(),
    cognitoEndpoint: env.COGNITO_ENDPOINT_URL || undefined,
    readerKey: once(() => findReaderKey(outputs, env, secrets)),
    dropModules: options.dropModules === true,
    rotateKey: options.rotateKey === true,
    isPreRequestRefused: false,
    saveBefore: async (changed) => {
      const next = { ...changed, revision: (world.before?.revision ?? 0) + 1 };
      await writeRecord(place, next);
      await keep(db, next);
      world.before = next;
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
