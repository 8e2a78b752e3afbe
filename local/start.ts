/** `npm start` and `npm run stack`: everything on this machine, and everything stopped again. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import pg from 'pg';
import { seedUsers } from './cognito/seed.ts';
import { startCognito } from './cognito/server.ts';
import { startDataApi } from './data-api/server.ts';
import { clusterHome, loadState, lockDir, type State, saveState } from './data-dir.ts';
import { DEMO_USERS } from './demo-users.ts';
import { migrate } from './migrate.ts';
import { parseOptions, type StartOptions, USAGE } from './options.ts';
import { choosePorts, type Ports } from './ports.ts';
import { endOrphan, startCluster } from './postgres/cluster.ts';
import { preparePlatform } from './postgres/platform.ts';
import { printError, sinceStart, step } from './progress.ts';
import { removeStackEnv, writeStackEnv } from './stack-env.ts';
import { startWeb } from './web.ts';

/** A region that AWS does not have, so that no token of the stack is mistaken for a real one. */
const REGION = 'local-1';
const USER_POOL_ID = 'local-1_CognitoKit';

/** What has been started, in order; stopped in the opposite one. */
type Stops = (() => Promise<void>)[];

const address = (port: number): string => `http://127.0.0.1:${port}`;

function stackEnvOf(state: State, ports: Ports): StackEnv {
  const endpoint = address(ports.cognito);
  return {
    SUPABASE_URL: address(ports.api),
    SUPABASE_PUBLISHABLE_KEY: state.publishableKey,
    SUPABASE_SECRET_KEY: state.secretKey,
    SUPABASE_DB_URL: `postgresql://postgres:${state.passwords.postgres}@127.0.0.1:${ports.db}/postgres`,
    COGNITO_ENDPOINT: endpoint,
    COGNITO_ISSUER: `${endpoint}/${USER_POOL_ID}`,
    COGNITO_REGION: REGION,
    COGNITO_USER_POOL_ID: USER_POOL_ID,
    COGNITO_CLIENT_ID: state.clientId,
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
  const vault = {
    // The emulator asks for no credentials; Wrappers' server wants some.
    COGNITO_READER_ACCESS_KEY_ID: 'local',
    COGNITO_READER_SECRET_ACCESS_KEY: 'local',
    COGNITO_REGION: env.COGNITO_REGION,
    COGNITO_USER_POOL_ID: env.COGNITO_USER_POOL_ID,
    COGNITO_ENDPOINT_URL: env.COGNITO_ENDPOINT,
  };
  await step('migrations (supabase CLI)', () =>
    migrate({ workdir, databaseUrl: env.SUPABASE_DB_URL, vault }),
  );
  return cluster;
}

async function startUserPool(dir: string, env: StackEnv, origins: readonly string[], stops: Stops) {
  await step('Cognito, demo users', async () => {
    const cognito = await startCognito({
      dataDir: path.join(dir, 'cognito'),
      port: Number(new URL(env.COGNITO_ENDPOINT).port),
      region: REGION,
      userPoolId: USER_POOL_ID,
      clientId: env.COGNITO_CLIENT_ID,
      allowedOrigins: origins,
      onMessage: ({ to, kind, code }) => console.log(`  mail to ${to} (${kind}): ${code}`),
    });
    stops.push(() => cognito.close());
    await seedUsers(cognito, DEMO_USERS);
  });
}

/** What a platform engineer runs once after a deploy: whose tokens count, which pool is asked about. */
async function connectDatabase(env: StackEnv): Promise<void> {
  const trusted = [{ issuer: env.COGNITO_ISSUER, client_id: env.COGNITO_CLIENT_ID }];
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    await client.query('select private.set_trust($1)', [JSON.stringify(trusted)]);
    await client.query('select cognito.connect()');
  } finally {
    await client.end();
  }
}

/** Starts all parts, fills `stops`, and returns what the stack tells others. */
async function startStack(options: StartOptions, stops: Stops, onPostgresExit: () => void) {
  const { dir } = options;
  stops.push(await lockDir(dir));
  await removeStackEnv(dir);
  const home = await clusterHome(dir);
  await endOrphan(home);
  if (options.reset) {
    const kept = ['postgres', 'cognito', 'state.json'].map((name) => path.join(dir, name));
    for (const gone of [home, ...kept]) await rm(gone, { recursive: true, force: true });
  }
  const state = await loadState(dir);
  const ports = await choosePorts(options.port, state.port);
  const env = stackEnvOf(state, ports);
  const own = `http://localhost:${ports.web}`;
  const origins = [env.WEB_URL, own, ...options.origins];

  const started = await Promise.allSettled([
    startDatabase(home, state, env, options.workdir, stops).then((cluster) => {
      void cluster.exited.then(onPostgresExit);
    }),
    startUserPool(dir, env, origins, stops),
    ...(options.web
      ? [
          step('web app (Vite)', async () => {
            const web = await startWeb(env, origins, path.join(dir, 'vite'));
            stops.push(() => web.close());
          }),
        ]
      : []),
  ]);
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;

  await step('trust, cognito.users, Data API', async () => {
    await connectDatabase(env);
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
  const people = DEMO_USERS.map(({ email, password }) => `  ${email.padEnd(20)} ${password}`);
  const lines = [
    '',
    `ready in ${(sinceStart() / 1000).toFixed(1)} s`,
    '',
    ...(options.web ? [`  web app     ${env.WEB_URL}`] : []),
    `  Data API    ${env.SUPABASE_URL}`,
    `  mail codes  ${env.COGNITO_ENDPOINT}/_local/inbox`,
    `  settings    ${path.join(options.dir, 'stack.env')} (SUPABASE_DB_URL for psql)`,
    '',
    'demo users',
    ...people,
    '',
    'Ctrl-C stops everything; what was written stays. Begin anew with `npm start -- --reset`.',
  ];
  console.log(lines.join('\n'));
}

async function stopAll(stops: Stops): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    await stop().catch(printError);
  }
}

/**
 * Runs until it is told to stop (SIGINT, SIGTERM, SIGHUP) or Postgres ends. Whatever it started is
 * stopped before it returns, also where a step fails. The exit code is 0 only after a stop asked for.
 */
export async function main(args: readonly string[]): Promise<void> {
  const stops: Stops = [];
  let starting: Promise<StackEnv> | undefined;
  let stopping: Promise<never> | undefined;
  const stop = (code: number): void => {
    // What is half started has no way to be stopped yet: let it come up, or fail, first.
    stopping ??= Promise.allSettled([starting])
      .then(() => stopAll(stops))
      .then(() => process.exit(code));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping) console.log('\nstopping…');
      stop(0);
    });
  }
  try {
    const options = parseOptions(args);
    if (!options) return console.log(USAGE);
    // Claims of the stack's own tokens; the environment may say otherwise.
    process.env.APP_ROLE_GROUPS ??= 'admin,support';
    starting = startStack(options, stops, () => {
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
