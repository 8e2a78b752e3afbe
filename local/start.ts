/** Runs the stack: starts all parts, and stops them again. */
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { startApp } from './app-process.ts';
import { DEMO_USERS } from './demo-users.ts';
import { isOnAws } from './docker/pool.ts';
import { startEmbedded } from './embedded.ts';
import { parseOptions, type StartOptions, USAGE } from './options.ts';
import { nameReset, printError, sinceStart } from './progress.ts';
import { machinesFileOf } from './stack-env.ts';
import type { RunningStack } from './steps.ts';
import { onSignals, type Stops, stopAll } from './stopping.ts';

/** Deadline for stopping containers, in milliseconds. They take longer than processes. */
const DOCKER_DEADLINE = 90_000;

function printReady(env: StackEnv, options: StartOptions): void {
  const onAws = isOnAws(env);
  const { people = DEMO_USERS, machines = [] } = options.project;
  const accounts = people.map(({ email, password }) => `  ${email.padEnd(20)} ${password}`);
  const lines = [
    '',
    `ready in ${(sinceStart() / 1000).toFixed(1)} s`,
    '',
    ...(options.web ? [`  web app     ${env.WEB_URL}`] : []),
    `  Data API    ${env.SUPABASE_URL}`,
    `  HTTP API    ${env.API_URL}`,
    onAws
      ? `  user pool   ${env.COGNITO_USER_POOL_ID} on AWS`
      : `  mail codes  ${env.COGNITO_ENDPOINT}/_local/inbox`,
    `  settings    ${path.join(options.dir, 'stack.env')} (SUPABASE_DB_URL for psql)`,
    ...(machines.length > 0 ? [`  machines    ${machinesFileOf(options.dir)}`] : []),
    '',
    ...(onAws || people.length === 0
      ? []
      : [options.project.people ? 'people' : 'demo users', ...accounts, '']),
    `Ctrl-C stops everything; users, keys and rows stay. Begin anew with ${options.resetCommand}.`,
  ];
  console.log(lines.join('\n'));
}

/**
 * Runs until it is told to stop (SIGINT, SIGTERM, SIGHUP; the second signal ends it at once), or Postgres or the
 * app ends. It stops everything that it has started before it returns, also after a failed step. The exit
 * code is 0 only if it was told to stop, or the app ended with 0.
 *
 * @param readOptions undefined if there is nothing to start
 * @param app a program and its arguments, to run beside the stack
 */
export async function run(
  readOptions: () => StartOptions | undefined,
  app: readonly string[] = [],
): Promise<void> {
  const stops: Stops = [];
  let starting: Promise<RunningStack> | undefined;
  let stopping: Promise<never> | undefined;
  let isDocker = false;
  const stop = (code: number): void => {
    // A part cannot be stopped while it starts, so wait until it has started or failed.
    stopping ??= Promise.allSettled([starting])
      .then(() => stopAll(stops, isDocker ? DOCKER_DEADLINE : undefined))
      .then(() => process.exit(code));
  };
  onSignals(() => {
    if (!stopping) console.log('\nstopping…');
    stop(0);
  });
  try {
    const options = readOptions();
    if (!options) return;
    isDocker = options.docker;
    nameReset(options.resetCommand);
    // Claims of the stack's own tokens. The environment can override them.
    process.env.APP_ROLE_GROUPS ??= 'admin,support';
    // Loaded here, because most starts are without Docker.
    const begin = options.docker
      ? (await import('./docker/stack.ts')).startDockerStack
      : startEmbedded;
    starting = begin(options, stops, () => {
      if (stopping) return;
      printError(
        new KitError('START_FAILED', 'Postgres ended by itself', 'its log is in the data folder'),
      );
      stop(1);
    });
    const { env, machines } = await starting;
    if (stopping) return;
    printReady(env, options);
    if (app.length > 0) await startApp({ command: app, env, machines }, stops, stop);
  } catch (error) {
    if (stopping) return;
    printError(error);
    stop(1);
  }
}

/** `npm start` and `npm run stack`. */
export const main = (args: readonly string[]): Promise<void> =>
  run(() => {
    const options = parseOptions(args);
    if (!options) console.log(USAGE);
    return options;
  });
