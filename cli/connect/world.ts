/** What the steps of `connect` and `disconnect` look at and change. */
import path from 'node:path';
import type { Kit } from '@cognito-supabase/local/modules';
import { type Database, hasRelation } from '../hosted/database.ts';
import type { ManagementApi } from '../hosted/management-api.ts';
import type { ConnectOutputs } from '../hosted/outputs.ts';
import type { AccessKey, ReaderUser } from '../hosted/reader-key.ts';
import type { Secrets } from '../hosted/secrets.ts';
import { readHistory } from '../modules/history.ts';
import type { Copied } from './kept-record.ts';
import type { Before } from './record.ts';

/** Where the key of `cognito.users` comes from. */
export type ReaderKey =
  /** A key that exists: in Secrets Manager, or in the environment. */
  | { readonly from: string; readonly key: AccessKey }
  /** An IAM user of the stack. `connect` makes its access key. */
  | { readonly userName: string; readonly user: ReaderUser };

export interface World {
  readonly stage: string;
  /** Holds supabase/. */
  readonly workdir: string;
  readonly outputs: ConnectOutputs;
  readonly api: ManagementApi;
  readonly db: Database;
  readonly kit: Kit;
  readonly secrets: Secrets;
  /** File with the settings of the web app. */
  readonly envFile: string;
  /** Of an emulator of Cognito. Undefined: AWS. */
  readonly cognitoEndpoint: string | undefined;
  /** Undefined if the stack has no reader. */
  readonly readerKey: () => Promise<ReaderKey | undefined>;
  /** Whether `disconnect` removes the modules that came with the migrations. */
  readonly dropModules: boolean;
  /** Whether a new key is wanted. False as soon as it is made. */
  rotateKey: boolean;
  /** Whether the platform has refused the setting of the pre-request function. */
  isPreRequestRefused: boolean;
  /** What was there before the first change; undefined before it. */
  before: Before | undefined;
  /** The record of this folder, if another machine has ended that connection. */
  readonly ended: Before | undefined;
  /** Stages that are connected to the same project, as Vault has it. */
  readonly otherStages: readonly string[];
  /** Records of another project, whose database was copied to this one. */
  readonly copied: readonly Copied[];
  /** The pool that cognito.users read before this run; undefined if none. */
  readonly poolAtStart: string | undefined;
  /** Whether this run only asks whether something would change, and the file of the web app was not named. */
  readonly leavesEnvFile: boolean;
  /** Writes it, so that a run that is cut off can be continued or undone. */
  readonly saveBefore: (before: Before) => Promise<void>;
  readonly print: (line: string) => void;
  /** Waits that many milliseconds. */
  readonly wait: (ms: number) => Promise<unknown>;
}

export interface Modules {
  readonly installed: ReadonlySet<string>;
  /** Those, and the ones that the project's migrations bring. */
  readonly wanted: ReadonlySet<string>;
}

/** Modules of the kit in the database; empty without module `base`. */
export async function installedModules({ db }: Pick<World, 'db'>): Promise<ReadonlySet<string>> {
  if (!(await hasRelation(db, 'cognito_supabase.modules'))) return new Set();
  const rows = await db.query<{ name: string }>('select name from cognito_supabase.modules');
  return new Set(rows.map(({ name }) => name));
}

export async function modulesOf(world: World): Promise<Modules> {
  const installed = await installedModules(world);
  const folder = path.join(world.workdir, 'supabase/migrations');
  const history = await readHistory(folder, world.kit);
  return { installed, wanted: new Set([...installed, ...history.installed.keys()]) };
}
