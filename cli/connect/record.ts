/**
 * What was there before the first change, for `disconnect`: `.cognito-supabase/connect-STAGE.json` in the project. It
 * has no secret. Only its owner can read it, and git ignores its folder.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { readIfThere, writeWhole } from '@cognito-supabase/local/files';
import { z } from 'zod';

const trustedClientSchema = z.strictObject({
  issuer: z.string(),
  client_id: z.string(),
  kind: z.string(),
  token_use: z.array(z.string()),
  app_role: z.string().nullable(),
});
export type TrustedClient = z.infer<typeof trustedClientSchema>;

const envFileSchema = z.strictObject({
  /** Below the project's folder. */
  path: z.string(),
  isThere: z.boolean(),
  /** Name and value. Null: the file did not have it. */
  values: z.array(z.tuple([z.string(), z.string().nullable()])),
});
/** Settings of the web app before `connect` wrote them. */
export type EnvFileBefore = z.infer<typeof envFileSchema>;

const beforeSchema = z.strictObject({
  version: z.literal(1),
  stage: z.string(),
  project: z.string(),
  /** Settings of the providers, without their ids, which a new one does not keep. */
  thirdPartyAuth: z.array(
    z.strictObject({
      oidc_issuer_url: z.string().nullish(),
      jwks_url: z.string().nullish(),
      custom_jwks: z.unknown().optional(),
    }),
  ),
  auth: z.strictObject({
    disable_signup: z.boolean().nullable(),
    external_email_enabled: z.boolean().nullable(),
  }),
  exposedSchemas: z.string(),
  extensions: z.array(z.string()),
  modules: z.array(z.string()),
  /** Names of the reader's secrets that Vault had. */
  vault: z.array(z.string()),
  /** Whether cognito.users was connected to a pool. */
  isConnected: z.boolean(),
  /** Null without module trust. */
  trust: z.array(trustedClientSchema).nullable(),
  preRequest: z.string().nullable(),
  /** Names of the kit's schedules that were set. */
  schedules: z.array(z.string()),
  /** Of the stack at the last run, because disconnect may come after the stack is deleted. */
  outputs: z.record(z.string(), z.string()),
  /** Whose tokens `connect` has made the project accept. */
  issuers: z.array(z.string()),
  /** Ids of the access keys that `connect` has made. */
  madeKeys: z.array(z.string()),
  /** Ids of the user's keys while a new one is made, so that a run that is cut off loses none. Null otherwise. */
  keysBeforeMaking: z.array(z.string()).nullable(),
  /** One for each file that `connect` has written. */
  envFiles: z.array(envFileSchema),
});
export type Before = z.infer<typeof beforeSchema>;

export interface RecordPlace {
  readonly workdir: string;
  readonly stage: string;
  /** Ref of the project that the command is about. */
  readonly project: string;
}

export const recordFile = ({ workdir, stage }: RecordPlace): string =>
  path.join(workdir, '.cognito-supabase', `connect-${stage}.json`);

/**
 * @returns undefined without a record
 * @throws KitError RECORD_WRONG if it is damaged, or of another project
 */
export async function readRecord(place: RecordPlace): Promise<Before | undefined> {
  const file = recordFile(place);
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  let before: Before;
  try {
    before = beforeSchema.parse(JSON.parse(text));
  } catch (cause) {
    const hint = 'restore it from a backup; without it, disconnect cannot give back what was there';
    throw new KitError('RECORD_WRONG', `${file} is damaged`, hint, { cause });
  }
  if (before.project !== place.project)
    throw new KitError(
      'RECORD_WRONG',
      `stage ${place.stage} was connected to project ${before.project}, not to ${place.project}`,
      `disconnect that one first, with --project ${before.project}`,
    );
  return before;
}

/** The stage of this folder, other than `stage`, whose settings are in the file. @param envFile below the folder */
export async function stageWithEnvFile(
  { workdir, stage }: Pick<RecordPlace, 'workdir' | 'stage'>,
  envFile: string,
): Promise<string | undefined> {
  const folder = path.join(workdir, '.cognito-supabase');
  for (const name of await readdir(folder).catch(() => [])) {
    const [, other] = /^connect-(.+)\.json$/.exec(name) ?? [];
    if (other === undefined || other === stage) continue;
    const text = (await readIfThere(path.join(folder, name))) ?? '';
    // A damaged one is reported when its own stage is connected.
    const { data } = beforeSchema.safeParse(parseJson(text));
    if (data?.envFiles.some((file) => file.path === envFile)) return other;
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes the folder, which git ignores. */
export async function makeOwnFolder({ workdir }: Pick<RecordPlace, 'workdir'>): Promise<string> {
  const folder = path.join(workdir, '.cognito-supabase');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, '.gitignore'), '*\n');
  return folder;
}

export async function writeRecord(place: RecordPlace, before: Before): Promise<void> {
  await makeOwnFolder(place);
  await writeWhole(recordFile(place), `${JSON.stringify(before, undefined, 2)}\n`);
}

/** Deletes the record. Its folder stays, because other stages may have records in it. */
export const removeRecord = (place: RecordPlace): Promise<void> =>
  rm(recordFile(place), { force: true });
