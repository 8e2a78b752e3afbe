/** `npm start` and `npm run stack`: everything on this machine, and everything stopped again. */
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { startDataApi } from './data-api/server.ts';
import { clusterHome, deleteData, loadState, lockDir, type State, saveState } from './data-dir.ts';
import { DEMO_USERS } from './demo-users.ts';
import { isOnAws } from './docker/pool.ts';
import { migrate } from './migrate.ts';
import { parseOptions, resetCommand, type StartOptions, USAGE } from './options.ts';
import { choosePorts, type Ports } from './ports.ts';
import { startCluster } from './postgres/cluster.ts';
import { endOrphan } from './postgres/orphan.ts';
import { preparePlatform } from './postgres/platform.ts';
import { nameReset, printDeleted, printError, sinceStart, step } from './progress.ts';
import { removeStackEnv, writeStackEnv } from './stack-env.ts';
import {
  address,
  connectDatabase,
  emulatorOf,
  printUnguarded,
  startUserPool,
  vaultOf,
} from './steps.ts';
import { onSignals, type Stops, stopAll } from './stopping.ts';
import { startWeb } from './web.ts';

/** Containers take longer to stop than processes do, in milliseconds. */
const DOCKER_DEADLINE = 90_000;

function stackEnvOf(state: State, ports: Ports): StackEnv {
  return {
    SUPABASE_URL: address(ports.api),
    SUPABASE_PUBLISHABLE_KEY: state.publishableKey,
    SUPABASE_SECRET_KEY: state.secretKey,
    SUPABASE_DB_URL: `postgresql://postgres:${state.passwords.postgres}@127.0.0.1:${ports.db}/postgres`,
    ...emulatorOf(state.clientId, ports),
    WEB_URL: address(ports.web),
  };
}

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

/** Starts all parts, fills `stops`, and returns what the stack tells others. */
async function startStack(options: StartOptions, stops: Stops, onPostgresExit: () => void) {
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

  const started = await Promise.allSettled([
    startDatabase(home, state, env, options.workdir, stops).then((cluster) => {
      void cluster.exited.then(onPostgresExit);
    }),
    startUserPool(dir, env, origins, stops),
    ...(options.web
      ? [
          step('web app (Vite)', async () => {
            const web = await startWeb(env, origins, dir);
            stops.push(() => web.close());
          }),
        ]
      : []),
  ]);
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;

  await step('trust, cognito.users, Data API', async () => {
    await connectDatabase(env);
    await printUnguarded(env.SUPABASE_DB_URL);
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
  });
  await saveState(dir, { ...state, port: ports.web });
  await writeStackEnv(dir, env);
  stops.push(() => removeStackEnv(dir));
  return env;
}

function printReady(env: StackEnv, options: StartOptions): void {
  const onAws = isOnAws(env);
  const people = DEMO_USERS.map(({ email, password }) => `  ${email.padEnd(20)} ${password}`);
  const lines = [
    '',
    `ready in ${(sinceStart() / 1000).toFixed(1)} s`,
    '',
    ...(options.web ? [`  web app     ${env.WEB_URL}`] : []),
    `  Data API    ${env.SUPABASE_URL}`,
    onAws
      ? `  user pool   ${env.COGNITO_USER_POOL_ID} on AWS`
      : `  mail codes  ${env.COGNITO_ENDPOINT}/_local/inbox`,
    `  settings    ${path.join(options.dir, 'stack.env')} (SUPABASE_DB_URL for psql)`,
    '',
    ...(onAws ? [] : ['demo users', ...people, '']),
    `Ctrl-C stops everything; what was written stays. Begin anew with ${resetCommand(options)}.`,
  ];
  console.log(lines.join('\n'));
}

/**
 * Runs until it is told to stop (SIGINT, SIGTERM, SIGHUP; the second one ends it at once) or Postgres
 * ends. Whatever it started is
 * stopped before it returns, also where a step fails. The exit code is 0 only after a stop asked for.
 */
export async function main(args: readonly string[]): Promise<void> {
  const stops: Stops = [];
  let starting: Promise<StackEnv> | undefined;
  let stopping: Promise<never> | undefined;
  let isDocker = false;
  const stop = (code: number): void => {
    // What is half started has no way to be stopped yet: let it come up, or fail, first.
    stopping ??= Promise.allSettled([starting])
      .then(() => stopAll(stops, isDocker ? DOCKER_DEADLINE : undefined))
      .then(() => process.exit(code));
  };
  onSignals(() => {
    if (!stopping) console.log('\nstopping…');
    stop(0);
  });
  try {
    const options = parseOptions(args);
    if (!options) return console.log(USAGE);
    isDocker = options.docker;
    nameReset(resetCommand(options));
    // Claims of the stack's own tokens; the environment may say otherwise.
    process.env.APP_ROLE_GROUPS ??= 'admin,support';
    // Loaded where it is wanted: most starts are without Docker.
    const begin = options.docker
      ? (await import('./docker/stack.ts')).startDockerStack
      : startStack;
    starting = begin(options, stops, () => {
      if (stopping) return;
      printError(
        new KitError('START_FAILED', 'Postgres ended by itself', 'its log is in the data folder'),
      );
      stop(1);
    });
    const env = await starting;
    if (!stopping) printReady(env, options);
  } catch (error) {
    if (stopping) return;
    printError(error);
    stop(1);
  }
}
