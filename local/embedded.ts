/** The embedded stack: Postgres, user pool, Data API and web app as parts of this process. */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { connectDatabase } from './connect.ts';
import { startDataApi } from './data-api/server.ts';
import { clusterHome, deleteData, loadState, lockDir, type State, saveState } from './data-dir.ts';
import { edgeFunctions } from './edge-functions/server.ts';
import { migrate } from './migrate.ts';
import type { StartOptions } from './options.ts';
import { choosePorts, type Ports } from './ports.ts';
import { type Cluster, startCluster } from './postgres/cluster.ts';
import { endOrphan } from './postgres/orphan.ts';
import { preparePlatform } from './postgres/platform.ts';
import { printDeleted, step } from './progress.ts';
import { remakeDatabase } from './remake.ts';
import { removeStackEnv, writeStackEnv } from './stack-env.ts';
import {
  address,
  emulatorOf,
  type RunningStack,
  startHttpApi,
  startUserPool,
  vaultOf,
} from './steps.ts';
import type { Stops } from './stopping.ts';
import { watchMigrations, writeTypes } from './watch.ts';

export function stackEnvOf(state: State, ports: Ports): StackEnv {
  return {
    SUPABASE_URL: address(ports.api),
    SUPABASE_PUBLISHABLE_KEY: state.publishableKey,
    SUPABASE_SECRET_KEY: state.secretKey,
    SUPABASE_DB_URL: `postgresql://postgres:${state.passwords.postgres}@127.0.0.1:${ports.db}/postgres`,
    ...emulatorOf(state.clientId, ports),
    WEB_URL: address(ports.web),
    API_URL: address(ports.http),
  };
}

export const accessOf = ({ SUPABASE_URL: url, SUPABASE_SECRET_KEY: secretKey }: StackEnv) => ({
  url,
  secretKey,
});

export interface DatabaseOptions {
  /** Folder of the cluster. */
  readonly home: string;
  readonly state: State;
  readonly env: StackEnv;
  /** The folder that holds supabase/. */
  readonly workdir: string;
  /** Whether nobody misses the rows after a crash. @default - false */
  readonly isDisposable?: boolean;
}

/** Postgres, the platform's roles and schemas, the project's migrations. */
export async function startDatabase(
  { home, state, env, workdir, isDisposable = false }: DatabaseOptions,
  stops: Stops,
): Promise<Cluster> {
  const { superuser, ...passwords } = state.passwords;
  const port = Number(new URL(env.SUPABASE_DB_URL).port);
  const cluster = await step('Postgres 17', async () => {
    const started = await startCluster({ home, port, password: superuser, isDisposable });
    stops.push(started.stop);
    await preparePlatform(started.superuserUrl, passwords);
    return started;
  });
  await step('migrations (supabase CLI)', () =>
    migrate({ workdir, databaseUrl: env.SUPABASE_DB_URL, vault: vaultOf(env) }),
  );
  return cluster;
}

export interface DataApiPlace {
  readonly env: StackEnv;
  readonly state: State;
  readonly origins: readonly string[];
  /** The folder that has supabase/, for its edge functions. */
  readonly workdir: string;
}

/** The Data API in front of the database of `env`, and the edge functions of the project. */
export async function startDataApiOf(
  { env, state, origins, workdir }: DataApiPlace,
  stops: Stops,
): Promise<void> {
  const functions = edgeFunctions(workdir, env);
  stops.push(() => functions.close());
  const [api, db] = [new URL(env.SUPABASE_URL), new URL(env.SUPABASE_DB_URL)];
  db.username = 'authenticator';
  db.password = state.passwords.authenticator;
  const dataApi = await startDataApi({
    port: Number(api.port),
    publishableKey: state.publishableKey,
    secretKey: state.secretKey,
    issuer: env.COGNITO_ISSUER,
    jwksUri: `${env.COGNITO_ISSUER}/.well-known/jwks.json`,
    allowedOrigins: origins,
    authenticatorUrl: db.href,
    databaseUrl: env.SUPABASE_DB_URL,
    functions: functions.handle,
  });
  stops.push(() => dataApi.close());
}

interface Following {
  readonly options: StartOptions;
  readonly env: StackEnv;
  readonly cluster: Cluster;
  readonly state: State;
  /** Connects the modules of the database to this stack. */
  readonly connect: () => Promise<void>;
}

/** Types and watching, for `--types` and `--watch`. */
async function followMigrations(
  { options, env, cluster, state, connect }: Following,
  stops: Stops,
) {
  const { watch, types, workdir } = options;
  const { superuser: _, ...passwords } = state.passwords;
  const databaseUrl = env.SUPABASE_DB_URL;
  if (types) await step('types', () => writeTypes(databaseUrl, types));
  if (!watch) return;
  const close = await watchMigrations({
    workdir,
    databaseUrl,
    vault: vaultOf(env),
    types,
    remake: () => remakeDatabase(cluster.superuserUrl, passwords),
    connect,
  });
  stops.push(close);
}

/** Starts all parts and fills `stops`. */
export async function startEmbedded(
  options: StartOptions,
  stops: Stops,
  onPostgresExit: () => void,
): Promise<RunningStack> {
  const { dir } = options;
  stops.push(await lockDir(dir, options.reset));
  await removeStackEnv(dir);
  const home = await clusterHome(dir);
  await endOrphan(home);
  if (options.reset) printDeleted(await deleteData(dir, home));
  const state = await loadState(dir);
  const ports = await choosePorts(options.port, state.port);
  const env = stackEnvOf(state, ports);
  const origins = [env.WEB_URL, ...options.origins];
  const { workdir, project } = options;

  const [database, pool, ...others] = await Promise.allSettled([
    startDatabase({ home, state, env, workdir }, stops),
    startUserPool({ dir, env, origins, access: () => accessOf(env), project }, stops),
    ...(options.web
      ? [
          step('web app (Vite)', async () => {
            // Loaded here, because the published command line has no web app.
            const { startWeb } = await import('./web.ts');
            const web = await startWeb(env, origins, dir);
            stops.push(() => web.close());
          }),
        ]
      : []),
  ]);
  if (database.status === 'rejected') throw database.reason;
  if (pool.status === 'rejected') throw pool.reason;
  const failed = others.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const cluster = database.value;
  const { machines } = pool.value;
  void cluster.exited.then(onPostgresExit);

  const connect = () => connectDatabase(env, { machines, vault: vaultOf(env) });
  await step('trust, cognito.users, Data API, HTTP API', async () => {
    await connect();
    await startDataApiOf({ env, state, origins, workdir }, stops);
    await startHttpApi(env, origins, stops);
  });
  await followMigrations({ options, env, cluster, state, connect }, stops);
  await saveState(dir, { ...state, port: ports.web });
  await writeStackEnv(dir, env, machines);
  stops.push(() => removeStackEnv(dir));
  return { env, machines };
}
