/** Runs `npm start` and `npm run stack`: starts all parts, and stops them again. */
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { DEMO_USERS } from './demo-users.ts';
import { isOnAws } from './docker/pool.ts';
import { startEmbedded } from './embedded.ts';
import { parseOptions, resetCommand, type StartOptions, USAGE } from './options.ts';
import { nameReset, printError, sinceStart } from './progress.ts';
import { onSignals, type Stops, stopAll } from './stopping.ts';

/** Deadline for stopping containers, in milliseconds. They take longer than processes. */
const DOCKER_DEADLINE = 90_000;

function printReady(env: StackEnv, options: StartOptions): void {
  const onAws = isOnAws(env);
  const people = DEMO_USERS.map(({ email, password }) => `  ${email.padEnd(20)} ${password}`);
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
    '',
    ...(onAws ? [] : ['demo users', ...people, '']),
    `Ctrl-C stops everything; users, keys and rows stay. Begin anew with ${resetCommand(options)}.`,
  ];
  console.log(lines.join('\n'));
}

/**
 * Runs until it is told to stop (SIGINT, SIGTERM, SIGHUP; the second signal ends it at once) or Postgres
 * ends. It stops everything that it has started before it returns, also after a failed step. The exit
 * code is 0 only if it was told to stop.
 */
export async function main(args: readonly string[]): Promise<void> {
  const stops: Stops = [];
  let starting: Promise<StackEnv> | undefined;
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
    const options = parseOptions(args);
    if (!options) return console.log(USAGE);
    isDocker = options.docker;
    nameReset(resetCommand(options));
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
    const env = await starting;
    if (!stopping) printReady(env, options);
  } catch (error) {
    if (stopping) return;
    printError(error);
    stop(1);
  }
}
