/** Opens what the steps use: outputs, Management API, database, and the reader's key. */
import { setTimeout as sleep } from 'node:timers/promises';
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
import type { Env, Target, WrittenOptions } from './options.ts';
import { readRecord, writeRecord } from './record.ts';
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

/** @throws KitError */
export async function openWorld(
  target: Target,
  options: WrittenOptions,
  surroundings: Surroundings,
  from: OutputsFrom,
): Promise<World> {
  const { env, secrets, print, wait = sleep } = surroundings;
  const { stage, stack, project: ref, accessToken, workdir, envFile } = target;
  secrets.add(accessToken);
  const place = { workdir, stage, project: ref };
  const before = await readRecord(place);
  const region = options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const outputs =
    from === 'record' && before !== undefined
      ? checkOutputs(before.outputs, stack)
      : await readOutputs({ stage, stack, file: options.outputs, region });
  const baseUrl = env.SUPABASE_API_BASE_URL;
  const api = openManagementApi({ accessToken, ref, baseUrl, wait });
  const world: World = {
    ...{ stage, workdir, outputs, api, secrets, envFile, before, print, wait },
    db: await openDatabase(target, api, surroundings),
    kit: await readKit(),
    cognitoEndpoint: env.COGNITO_ENDPOINT_URL || undefined,
    readerKey: once(() => findReaderKey(outputs, env, secrets)),
    dropModules: options.dropModules === true,
    rotateKey: options.rotateKey === true,
    isPreRequestRefused: false,
    saveBefore: async (changed) => {
      await writeRecord(place, changed);
      world.before = changed;
    },
  };
  return world;
}
