/** The stack of one test file: a copy of the database, and a user pool and APIs of its own. */
import { mkdir, rm } from 'node:fs/promises';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { connectDatabase } from '@cognito-supabase/local/connect';
import { accessOf, stackEnvOf, startDataApiOf } from '@cognito-supabase/local/embedded';
import { choosePorts } from '@cognito-supabase/local/ports';
import type { MachineAccess, ProjectConfig } from '@cognito-supabase/local/project-config';
import { startHttpApi, startUserPool, vaultOf } from '@cognito-supabase/local/steps';
import { type Stops, stopAll } from '@cognito-supabase/local/stopping';
import { stackDirOf, type Template } from './template.ts';

export interface TestStack {
  readonly env: StackEnv;
  readonly machines: readonly MachineAccess[];
  /** The same token as it is after its time. @throws CognitoError if it is none of this pool */
  expired(accessToken: string): Promise<string>;
  /** Ends it, and deletes its data. */
  stop(): Promise<void>;
}

export interface TestStackOptions {
  readonly template: Template;
  /** For the files of the pool. */
  readonly dir: string;
  /** The folder that has supabase/. */
  readonly workdir: string;
  readonly origins: readonly string[];
  readonly project: ProjectConfig;
}

export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const { template, dir, workdir, origins, project } = options;
  const stops: Stops = [];
  const stop = () => stopAll(stops);
  try {
    const [database, ports] = await Promise.all([template.copy(), choosePorts(0)]);
    stops.push(() => template.drop(database));
    const stackDir = stackDirOf(dir, database);
    await mkdir(stackDir, { mode: 0o700 });
    stops.push(() => rm(stackDir, { recursive: true, force: true }));
    const base = stackEnvOf(template.state, { ...ports, db: template.port });
    const db = new URL(base.SUPABASE_DB_URL);
    db.pathname = `/${database}`;
    const env = { ...base, SUPABASE_DB_URL: db.href };
    const pool = { dir: stackDir, env, origins, access: () => accessOf(env), project };
    const { cognito, machines } = await startUserPool(pool, stops);
    await connectDatabase(env, { machines, vault: vaultOf(env) });
    await Promise.all([
      startDataApiOf({ env, state: template.state, origins, workdir }, stops),
      startHttpApi(env, origins, stops),
    ]);
    return { env, machines, expired: (token) => cognito.expired(token), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
