/**
 * What was there before the first change, for `disconnect`: `.cognito-supabase/connect-STAGE.json` in the project. It
 * has no secret. Only its owner can read it, and git ignores its folder.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { readIfThere, writeWhole } from '@cognito-supabase/local/files';
import { printable } from '@cognito-supabase/local/printable';
import { z } from 'zod';

const trustedClientSchema = z.strictObject({
  issuer: z.string(),
  client_id: z.string(),
  kind: z.string(),
  token_use: z.array(z.string()),
  app_role: z.string().nullable(),
});
export type TrustedClient = z.infer<typeof trustedClientSchema>;

/** `.env`, `.env.local`, `web.env`, in any folder. */
export const ENV_FILE = /(?:^|\/)(?:\.env(?:\.[^/]+)?|[^/]+\.env)$/;

const variable = z.string().regex(/^(?:VITE|NEXT_PUBLIC)_(?:SUPABASE|COGNITO)_[A-Z_]+$/);
/** Without an end of a line: it would begin another variable. */
const value = z.string().regex(/^\P{Cc}*$/u);

const envFileSchema = z.strictObject({
  /** Seen from the project's folder. */
  path: z.string().regex(ENV_FILE),
  isThere: z.boolean(),
  /** Name and value. Null: the file did not have it. */
  values: z.array(z.tuple([variable, value.nullable()])),
  /** What `connect` wrote. A value that somebody has changed since is not given back. */
  written: z.array(z.tuple([variable, value])),
});
/** Settings of the web app before `connect` wrote them. */
export type EnvFileBefore = z.infer<typeof envFileSchema>;

const beforeSchema = z.strictObject({
  version: z.literal(1),
  /** Of the first run. A stage that is disconnected and connected again has another one. */
  connection: z.uuid(),
  /** Grows with each change. The record is in two places, and the newer one counts. */
  revision: z.int().nonnegative(),
  /** Whether Vault has had it, too. */
  isKept: z.boolean(),
  stage: z.string(),
  project: z.string(),
  /** False if it came from Vault alone: then no provider in it is put back. */
  isFirstHand: z.boolean(),
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
  /** What `connect` has set. Null: nothing yet. */
  exposedSchemasSet: z.string().nullable(),
  extensions: z.array(z.string()),
  modules: z.array(z.string()),
  /** Names of the reader's secrets that Vault had. */
  vault: z.array(z.string()),
  /** Name and value that `connect` has put into Vault, without the secret key. */
  vaultSet: z.array(z.tuple([z.string(), z.string()])),
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
  /** While a key is made: the ids that there were, and when. So a run that is cut off loses no key. Null otherwise. */
  making: z.strictObject({ ids: z.array(z.string()), at: z.iso.datetime() }).nullable(),
  /** The pool that cognito.directory was filled from. Null: not by `connect`. */
  directoryPool: z.string().nullable(),
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

const newerVersion = z.object({ version: z.int().min(2) });

/**
 * @param from where the text is, for the message
 * @throws KitError RECORD_WRONG if it is damaged, or of another stage or project
 */
export function parseRecord(text: string, { stage, project }: RecordPlace, from: string): Before {
  const value = parseJson(text);
  const { success, data: before } = beforeSchema.safeParse(value);
  if (!success) {
    if (newerVersion.safeParse(value).success)
      throw new KitError(
        'RECORD_WRONG',
        `${from} was written by a newer version of this command`,
        'use that version',
      );
    const hint = 'restore it from a backup; without it, disconnect cannot give back what was there';
    throw new KitError('RECORD_WRONG', `${from} is damaged`, hint);
  }
  if (before.stage !== stage)
    throw new KitError(
      'RECORD_WRONG',
      `${from} is the record of stage ${printable(before.stage)}, not of ${stage}`,
      'give it back its own name',
    );
  if (before.project !== project)
    throw new KitError(
      'RECORD_WRONG',
      `stage ${stage} was connected to project ${printable(before.project)}, not to ${project}`,
      `disconnect that one first, with --project ${printable(before.project)}`,
    );
  return before;
}

/** The name of its file, for messages. */
export const recordName = (place: RecordPlace): string =>
  path.relative(place.workdir, recordFile(place));

/** @returns undefined without a record. @throws KitError RECORD_WRONG */
export async function readRecord(place: RecordPlace): Promise<Before | undefined> {
  const file = recordFile(place);
  const text = await readIfThere(file);
  return text === undefined ? undefined : parseRecord(text, place, file);
}

/** Records of the other stages of this folder. A damaged one is reported when its own stage is connected. */
export async function otherRecords({
  workdir,
  stage,
}: Pick<RecordPlace, 'workdir' | 'stage'>): Promise<readonly Before[]> {
  const folder = path.join(workdir, '.cognito-supabase');
  const found: Before[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const [, other] = /^connect-(.+)\.json$/.exec(name) ?? [];
    if (other === undefined || other === stage) continue;
    const text = (await readIfThere(path.join(folder, name))) ?? '';
    const { data } = beforeSchema.safeParse(parseJson(text));
    if (data) found.push(data);
  }
  return found;
}

/** Undefined for a text that is no JSON. */
export function parseJson(text: string): unknown {
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
  // One that is there stays: it may be a link of the repository to another place.
  await writeFile(path.join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  return folder;
}

export async function writeRecord(place: RecordPlace, before: Before): Promise<void> {
  await makeOwnFolder(place);
  await writeWhole(recordFile(place), `${JSON.stringify(before, undefined, 2)}\n`);
}

/** Deletes the record. Its folder stays, because other stages may have records in it. */
export const removeRecord = (place: RecordPlace): Promise<void> =>
  rm(recordFile(place), { force: true });
