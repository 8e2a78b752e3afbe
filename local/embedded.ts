/** The embedded stack: Postgres, user pool, Data API and web app as parts of this process. */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { connectDatabase } from './connect.ts';
import { startDataApi } from './data-api/server.ts';
import { clusterHome, deleteData, loadState, lockDir, type State, saveState } from './data-dir.ts';
import { migrate } from './migrate.ts';
import type { StartOptions } from './options.ts';
import { choosePorts, type Ports } from './ports.ts';
import { type Cluster, startCluster } from './postgres/cluster.ts';
import { endOrphan } from './postgres/orphan.ts';
import { preparePlatform } from './postgres/platform.ts';
import { printDeleted, step } from './progress.ts';
import { remakeDatabase } from './remake.ts';
import { removeStackEnv, writeStackEnv } from './stack-env.ts';
import { address, emulatorOf, startHttpApi, startUserPool, vaultOf } from './steps.ts';
import type { Stops } from './stopping.ts';
import { watchMigrations, writeTypes } from './watch.ts';

function stackEnvOf(state: State, ports: Ports): StackEnv {
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

const accessOf = ({ SUPABASE_URL: url, SUPABASE_SECRET_KEY: secretKey }: StackEnv) => ({
  url,
  secretKey,
});

/** Postgres, the platform's roles and schemas, the project's migrations. */
async function startDatabase(
  home: string,
  state: State,
  env: StackEnv,
  workdir: string,
  stops: Stops,
) {
  const { superuser, ...passwords } = state.passwords;
  const port = Number(new URL(env.SUPABASE_DB_URL).port);
  const cluster = await step('Postgres 17', async () => {
    const started = await startCluster({ home, port, password: superuser });
    stops.push(started.stop);
    await preparePlatform(started.superuserUrl, passwords);
    return started;
  });
  await step('migrations (supabase CLI)', () =>
    migrate({ workdir, databaseUrl: env.SUPABASE_DB_URL, vault: vaultOf(env) }),
  );
  return cluster;
}

async function startDataApiOf(
  env: StackEnv,
  state: State,
  origins: readonly string[],
  stops: Stops,
) {
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
  });
  stops.push(() => dataApi.close());
}

/** Types and watching, for `--types` and `--watch`. */
async function followMigrations(
  { watch, types, workdir }: StartOptions,
  env: StackEnv,
  { superuserUrl }: Cluster,
  { passwords: { superuser: _, ...passwords } }: State,
  stops: Stops,
) {
  const databaseUrl = env.SUPABASE_DB_URL;
  if (types) await step('types', () => writeTypes(databaseUrl, types));
  if (!watch) return;
  const close = await watchMigrations({
    workdir,
    databaseUrl,
    vault: vaultOf(env),
    types,
    remake: () => remakeDatabase(superuserUrl, passwords),
    connect: () => connectDatabase(env),
  });
  stops.push(close);
}

/** Starts all parts, fills `stops`, and returns the settings of the stack. */
export async function startEmbedded(
  options: StartOptions,
  stops: Stops,
  onPostgresExit: () => void,
): Promise<StackEnv> {
  const { dir } = options;
  stops.push(await lockDir(dir));
  await removeStackEnv(dir);
  const home = await clusterHome(dir);
  await endOrphan(home);
  if (options.reset) printDeleted(await deleteData(dir, home));
  const state = await loadState(dir);
  const ports = await choosePorts(options.port, state.port);
  const env = stackEnvOf(state, ports);
  const origins = [env.WEB_URL, ...options.origins];

  const [database, ...others] = await Promise.allSettled([
    startDatabase(home, state, env, options.workdir, stops),
    startUserPool({ dir, env, origins, access: () => accessOf(env) }, stops),
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
  const failed = others.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const cluster = database.value;
  void cluster.exited.then(onPostgresExit);

  await step('trust, cognito.users, Data API, HTTP API', async () => {
    await connectDatabase(env);
    await startDataApiOf(env, state, origins, stops);
    await startHttpApi(env, origins, stops);
  });
  await followMigrations(options, env, cluster, state, stops);
  await saveState(dir, { ...state, port: ports.web });
  await writeStackEnv(dir, env);
  stops.push(() => removeStackEnv(dir));
  return env;
}
