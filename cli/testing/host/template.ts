/** One Postgres for the test files of a project: its migrations are applied once, and each file gets a copy. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { clusterHome, loadState, type State } from '@cognito-supabase/local/data-dir';
import { stackEnvOf, startDatabase } from '@cognito-supabase/local/embedded';
import { choosePorts } from '@cognito-supabase/local/ports';
import { DatabaseCopies } from '@cognito-supabase/local/postgres/copy';
import { deleteCluster } from '@cognito-supabase/local/postgres/data-folder';
import { type Stops, stopAll } from '@cognito-supabase/local/stopping';

export interface Template {
  /** Keys and passwords, the same for all copies. */
  readonly state: State;
  /** Port of Postgres. */
  readonly port: number;
  /** Resolves when Postgres ends. */
  readonly exited: Promise<void>;
  /** Makes a database with the rows of the seed. @returns its name */
  copy(): Promise<string>;
  drop(name: string): Promise<void>;
  /** Ends Postgres, and deletes its files. */
  close(): Promise<void>;
}

/**
 * Starts Postgres and applies the migrations and the seed.
 *
 * @param dir for all files. It is deleted at the end.
 * @param workdir the folder that has supabase/.
 */
export async function openTemplate(dir: string, workdir: string): Promise<Template> {
  const stops: Stops = [];
  const home = await clusterHome(dir);
  const close = async (): Promise<void> => {
    await stopAll(stops);
    await deleteCluster(home);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const state = await loadState(dir);
    const ports = await choosePorts(0);
    const env = stackEnvOf(state, ports);
    const options = { home, state, env, workdir, isDisposable: true };
    const { superuserUrl, exited } = await startDatabase(options, stops);
    const copies = await DatabaseCopies.open(superuserUrl);
    stops.push(() => copies.close());
    const copy = async (): Promise<string> => {
      const name = `test_${randomBytes(8).toString('hex')}`;
      await copies.make(name);
      return name;
    };
    const { db: port } = ports;
    return { state, port, exited, copy, drop: (name) => copies.drop(name), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A folder for one stack. */
export const stackDirOf = (dir: string, database: string): string => path.join(dir, database);
