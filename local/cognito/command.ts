/** The emulator by itself, without Postgres and Supabase: `npm run cognito`. */
import path from 'node:path';
import type { UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';
import type { StageSettings } from '../../infra/config/settings.ts';
import { parseOrigin } from '../options.ts';
import { nameReset, printError } from '../progress.ts';
import { onSignals } from '../stopping.ts';
import { type CognitoOptions, type RunningCognito, startCognito } from './server.ts';
import { applyStage } from './stage.ts';

const USAGE = `npm run cognito [-- options]   Amazon Cognito user pools on this machine

  --dir DIR       where users and signing keys are kept   default .local/user-pool
  --port PORT     0 takes any free one                    default 9229
  --pool ID       the user pool that is made at the first start; its region is before the _
                  default local-1_UserPool
  --client ID     its public app client                   default localclient
  --origin URL    a web app that may call; can be repeated. Managed login sends people back to URL/
  --stage NAME    gives it the app clients and groups of infra/config/NAME.ts
  --help          this text`;

const HELP = 'npm run cognito -- --help';
const bad = (message: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${HELP}\` lists the options`);

interface CommandOptions extends CognitoOptions {
  readonly stage?: string;
}

/**
 * @returns the options, or undefined if help was asked for.
 * @throws KitError BAD_OPTION
 */
export function parseCommand(args: readonly string[]): CommandOptions | undefined {
  const { values } = readArguments(HELP, {
    args: [...args],
    options: {
      dir: { type: 'string', default: '.local/user-pool' },
      port: { type: 'string', default: '9229' },
      pool: { type: 'string', default: 'local-1_UserPool' },
      client: { type: 'string', default: 'localclient' },
      origin: { type: 'string', multiple: true },
      stage: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const [, region] = /^([\w-]+)_[0-9a-zA-Z]+$/.exec(values.pool) ?? [];
  if (region === undefined || values.pool.length > 55)
    throw bad(`--pool needs region, _ and letters or digits, not ${values.pool}`);
  if (!/^[\w+]{1,128}$/.test(values.client))
    throw bad(`--client needs letters, digits, _ and + only, not ${values.client}`);
  if (!/^\d+$/.test(values.port) || Number(values.port) > 65_535)
    throw bad(`--port needs a number from 0 to 65535, not ${values.port}`);
  return {
    dataDir: path.resolve(values.dir),
    port: Number(values.port),
    region,
    userPoolId: values.pool,
    clientId: values.client,
    ...(values.stage !== undefined && { stage: values.stage }),
    allowedOrigins: (values.origin ?? []).map((text) => parseOrigin(text, bad)),
  };
}

/** Runs until SIGINT, SIGTERM or SIGHUP. */
export async function main(args: readonly string[]): Promise<void> {
  let running: RunningCognito | undefined;
  onSignals(() => {
    // Committed users are on disk, so a stop while it starts loses nothing.
    void Promise.resolve(running?.close()).then(() => process.exit(0));
  });
  try {
    const options = parseCommand(args);
    if (options === undefined) return console.log(USAGE);
    nameReset('an empty --dir');
    const stage = options.stage === undefined ? undefined : await stageSettings(options.stage);
    running = await startCognito(options);
    printReady(running, stage && (await applyStage(running, stage)));
  } catch (error) {
    printError(error);
    process.exitCode = 1;
  }
}

/** Loaded only if it is asked for, because it belongs to infra/. */
async function stageSettings(name: string): Promise<StageSettings> {
  const { loadStage } = await import('../../infra/config/stages.ts');
  return loadStage(name);
}

/** Secrets are not printed. DescribeUserPoolClient returns them. */
function printReady(
  { endpoint, issuer, userPoolId, clientId }: RunningCognito,
  clients: ReadonlyMap<string, UserPoolClientType> = new Map(),
): void {
  const others = [...clients].filter(([name]) => name !== 'web');
  const lines = others.map(([name, client]) => `\n    ${name.padEnd(10)} ${client.ClientId}`);
  console.log(`  endpoint     ${endpoint}
  user pool    ${userPoolId}, issuer ${issuer}
  app client   ${clientId}${lines.join('')}
  mail codes   ${endpoint}/_local/inbox

Ctrl-C stops it; users and keys stay.`);
}
