/** Fresh databases in the platform's initial state, to install and remove modules. */
import path from 'node:path';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { type Module, readMigration, readRemoval } from '@cognito-supabase/local/modules';
import { choosePorts } from '@cognito-supabase/local/ports';
import { startCluster } from '@cognito-supabase/local/postgres/cluster';
import { preparePlatform } from '@cognito-supabase/local/postgres/platform';
import pg from 'pg';
import { newDir, removeDir } from './stack.ts';

export interface ModuleWorld {
  /** Runs `work` as `postgres` in a database of its own, which is dropped afterwards. */
  inFreshDatabase<T>(work: (client: pg.Client, databaseUrl: string) => Promise<T>): Promise<T>;
  /** Runs `work` as the superuser of the same cluster, in the database that `databaseUrl` names. */
  asSuperuser<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Resets settings of the cluster that modules change. */
const RESET_ROLES = `
  alter role authenticator reset pgrst.db_pre_request;
  alter role authenticated set statement_timeout = '8s';
  drop role if exists cognito_analyst;`;

/** A separate cluster, because some modules change settings of all databases, such as roles. */
export async function startModuleWorld(): Promise<ModuleWorld> {
  const dir = await newDir();
  const home = await clusterHome(dir);
  const password = 'only-for-this-run';
  const { db: port } = await choosePorts(0, undefined);
  const cluster = await startCluster({ home, port, password, isDisposable: true });
  await preparePlatform(cluster.superuserUrl, { postgres: password, authenticator: password });
  const urlOf = (user: string, database: string) =>
    `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
  const admin = (sql: string) =>
    connected(urlOf('supabase_admin', 'template1'), (client) => client.query(sql));
  let made = 0;
  return {
    async inFreshDatabase(work) {
      const name = `fresh_${++made}`;
      // A template may have no other connection while it is copied.
      await admin(`create database ${name} template postgres owner postgres`);
      const url = urlOf('postgres', name);
      try {
        return await connected(url, (client) => work(client, url));
      } finally {
        await admin(`drop database ${name} with (force)`);
        await admin(RESET_ROLES);
      }
    },
    asSuperuser: (databaseUrl, work) =>
      connected(urlOf('supabase_admin', path.basename(new URL(databaseUrl).pathname)), work),
    async stop() {
      await cluster.stop();
      await removeDir(dir);
    },
  };
}

/** Applies the migrations of the modules, one transaction a file, as the Supabase CLI does. */
export async function install(client: pg.Client, modules: readonly Module[]): Promise<void> {
  for (const { files } of modules) {
    for (const file of files) {
      await client.query(await readMigration(file)).catch((error) => {
        throw new Error(`${file}: ${error.message}`, { cause: error });
      });
    }
  }
}

/** Runs the removal scripts, the last module first. */
export async function remove(client: pg.Client, modules: readonly Module[]): Promise<void> {
  for (const { name } of modules.toReversed()) {
    await client.query(await readRemoval(name)).catch((error) => {
      throw new Error(`remove/${name}.sql: ${error.message} ${error.detail ?? ''}`, {
        cause: error,
      });
    });
  }
}
