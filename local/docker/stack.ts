/**
 * `--docker`: Supabase's own containers (`supabase start`) in place of the embedded Postgres and Data
 * API. Users, keys, ports, settings and printing are those of the embedded stack.
 */
import { access, rm } from 'node:fs/promises';
import path from 'node:path';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import pg from 'pg';
import { connectDatabase } from '../connect.ts';
import { clusterHome, deleteData, loadState, lockDir, saveState } from '../data-dir.ts';
import { migrate } from '../migrate.ts';
import type { StartOptions } from '../options.ts';
import { choosePorts } from '../ports.ts';
import { endOrphan } from '../postgres/orphan.ts';
import { printable } from '../printable.ts';
import { printDeleted, step } from '../progress.ts';
import { removeStackEnv, writeStackEnv } from '../stack-env.ts';
import {
  address,
  emulatorOf,
  type PoolEnv,
  type RunningStack,
  startHttpApi,
  startUserPool,
  vaultOf,
} from '../steps.ts';
import type { Stops } from '../stopping.ts';
import type { ServiceAccess } from '../triggers/triggers.ts';
import { startWeb } from '../web.ts';
import { parseStatus, supabase } from './cli.ts';
import { checkEngine, containerRanges, findGateway, type HostGateway } from './engine.ts';
import { isOnAws, realPool } from './pool.ts';
import { makeProject, projectIdOf, relayPort } from './project.ts';
import { startRelay } from './relay.ts';

/** The generated project of a stack's folder, for `supabase --workdir`. */
export const projectDir = (dir: string): string => path.join(dir, 'docker');

/** Stops containers of a killed stack, which would hold the ports. `reset` deletes their data. */
async function clear(dir: string, reset: boolean): Promise<void> {
  const home = await clusterHome(dir);
  await endOrphan(home);
  const workdir = projectDir(dir);
  const config = path.join(workdir, 'supabase', 'config.toml');
  const hasProject = await access(config).then(
    () => true,
    () => false,
  );
  if (hasProject) await supabase(['stop', ...(reset ? ['--no-backup'] : [])], { workdir });
  if (!reset) return;
  await rm(workdir, { recursive: true, force: true });
  printDeleted(await deleteData(dir, home));
}

/** Variables that [db.vault] names. For a pool on AWS the credentials come from the environment. */
const vaultFor = (pool: PoolEnv, endpoint: string): Record<string, string> =>
  isOnAws(pool)
    ? {
        COGNITO_REGION: pool.COGNITO_REGION,
        COGNITO_USER_POOL_ID: pool.COGNITO_USER_POOL_ID,
        // Empty instead of absent, because the shell may still have the emulator's.
        COGNITO_ENDPOINT_URL: '',
      }
    : vaultOf(pool, endpoint);

/** Runs `supabase start`, and reads its URLs and keys. */
async function startContainers(workdir: string, env: Record<string, string>, stops: Stops) {
  return step('containers (supabase start)', async () => {
    // Before the start, because a failed start leaves containers behind.
    stops.push(async () => void (await supabase(['stop'], { workdir })));
    await supabase(['start'], { workdir, env, show: true, interruptible: true });
    return parseStatus(await supabase(['status', '--output=json'], { workdir, env }));
  });
}

/** Reads one user in the database, which has to ask the pool. */
async function checkUsers(env: StackEnv, gateway: HostGateway): Promise<void> {
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL, query_timeout: 20_000 });
  await client.connect();
  try {
    await client.query('select username from cognito.users limit 1');
  } catch (error) {
    const { message } = error as Error;
    console.error(`warning: cognito.users does not answer: ${printable(message)}`);
    if (isOnAws(env)) return;
    console.error(
      `  → the database container could not call ${gateway.host}: a firewall of this machine may refuse ` +
        'containers, and a rootless engine cannot reach it (docs/docker.md). Everything else works.',
    );
  } finally {
    await client.end();
  }
}

/** Starts all parts and fills `stops`. */
export async function startDockerStack(options: StartOptions, stops: Stops): Promise<RunningStack> {
  const { dir } = options;
  // First, so that nothing is started that cannot be stopped.
  const real = realPool(process.env);
  await checkEngine();
  stops.push(await lockDir(dir, options.reset));
  await removeStackEnv(dir);
  await clear(dir, options.reset);
  const state = await loadState(dir);
  const ports = await choosePorts(options.port, state.port);
  const pool = real ?? emulatorOf(state.clientId, ports);
  const webUrl = address(ports.web);
  const origins = [webUrl, ...options.origins];

  // Before the containers, because `supabase start` fetches the pool's keys.
  let access: ServiceAccess | undefined;
  const { project } = options;
  const { machines = [] } = real
    ? {}
    : await startUserPool({ dir, env: pool, origins, access: () => access, project }, stops);
  const gateway = await findGateway();
  const vault = vaultFor(pool, `http://${gateway.host}:${relayPort(ports)}`);
  const workdir = projectDir(dir);
  const projectId = projectIdOf(dir, pool.COGNITO_USER_POOL_ID);
  const issuer = real ? null : pool.COGNITO_ISSUER;
  await makeProject({ from: options.workdir, to: workdir, projectId, ports, issuer });
  const status = await startContainers(workdir, vault, stops);
  access = { url: status.apiUrl, secretKey: status.secretKey };
  const env: StackEnv = {
    SUPABASE_URL: status.apiUrl,
    SUPABASE_PUBLISHABLE_KEY: status.publishableKey,
    SUPABASE_SECRET_KEY: status.secretKey,
    SUPABASE_DB_URL: status.dbUrl,
    ...pool,
    WEB_URL: webUrl,
    API_URL: address(ports.http),
  };

  // `supabase start` migrates a new database only. This one may be older than the migrations.
  await step('migrations (supabase CLI)', () =>
    migrate({ workdir, databaseUrl: env.SUPABASE_DB_URL, vault }),
  );
  if (!real) {
    const ranges = gateway.isBridge ? await containerRanges(projectId) : ['127.0.0.0/8'];
    const { address: listenOn, host } = gateway;
    const port = relayPort(ports);
    const relay = await startRelay({
      address: listenOn,
      port,
      host,
      ranges,
      target: pool.COGNITO_ENDPOINT,
    });
    stops.push(() => relay.close());
  }
  const hasReader = !real || Boolean(process.env.COGNITO_READER_ACCESS_KEY_ID);
  await step(hasReader ? 'trust, cognito.users' : 'trust', () =>
    connectDatabase(env, { machines, ...(hasReader && { vault }) }),
  );
  if (hasReader) await checkUsers(env, gateway);
  else {
    console.log(
      '  cognito.users is not connected: COGNITO_READER_ACCESS_KEY_ID and COGNITO_READER_SECRET_ACCESS_KEY are not set',
    );
  }
  await step('HTTP API', () => startHttpApi(env, origins, stops));
  if (options.web) {
    await step('web app (Vite)', async () => {
      // The web app needs an endpoint for an emulator only. It finds AWS by the pool's id.
      const forWeb = real ? { ...env, COGNITO_ENDPOINT: '' } : env;
      const web = await startWeb(forWeb, origins, dir);
      stops.push(() => web.close());
    });
  }
  await saveState(dir, { ...state, port: ports.web });
  // With a pool on AWS and no web app nothing runs in this process, so it would end by itself.
  const awake = setInterval(() => {}, 2 ** 30);
  stops.push(async () => clearInterval(awake));
  await writeStackEnv(dir, env, machines);
  stops.push(() => removeStackEnv(dir));
  return { env, machines };
}
