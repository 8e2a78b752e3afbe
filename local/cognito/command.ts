/** The emulator by itself, without Postgres and Supabase: `npm run cognito`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import type { UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';
import type { StageSettings } from '../../infra/config/settings.ts';
import type { RunningIdentityProvider } from '../identity-provider/server.ts';
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
  --https PORT    a second port, for clients that speak HTTPS only, such as Amplify's signInWithRedirect
  --cert FILE     certificate of HTTPS, in PEM             default made for localhost, and kept in DIR
  --key FILE      its key, in PEM
  --google        "Continue with Google", by a stand-in on this machine that takes any email address
  --stage NAME    gives it the app clients and groups of infra/config/NAME.ts
  --help          this text`;

const HELP = 'npm run cognito -- --help';
const bad = (message: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${HELP}\` lists the options`);

interface CommandOptions extends CognitoOptions {
  readonly stage?: string;
  /** Whether there is a stand-in for Google. */
  readonly google?: boolean;
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
      https: { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
      google: { type: 'boolean' },
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
  return {
    dataDir: path.resolve(values.dir),
    port: parsePort('--port', values.port),
    ...(values.https !== undefined && { httpsPort: parsePort('--https', values.https) }),
    ...readCertificate(values),
    google: values.google ?? false,
    region,
    userPoolId: values.pool,
    clientId: values.client,
    ...(values.stage !== undefined && { stage: values.stage }),
    allowedOrigins: (values.origin ?? []).map((text) => parseOrigin(text, bad)),
  };
}

function parsePort(option: string, text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 65_535)
    throw bad(`${option} needs a number from 0 to 65535, not ${text}`);
  return Number(text);
}

interface CertificateFiles {
  readonly https?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

function readCertificate({
  https,
  cert,
  key,
}: CertificateFiles): Pick<CognitoOptions, 'certificate'> {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined || https === undefined)
    throw bad('--cert and --key go together, with --https');
  const read = (option: string, file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw bad(`${option}: ${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`);
    }
  };
  const certificate = { cert: read('--cert', cert), key: read('--key', key) };
  try {
    createSecureContext(certificate);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown error';
    throw bad(`${cert} and ${key} are not a certificate and its key in PEM: ${reason}`);
  }
  return { certificate };
}

/** Runs until SIGINT, SIGTERM or SIGHUP. */
export async function main(args: readonly string[]): Promise<void> {
  let running: RunningCognito | undefined;
  let google: RunningIdentityProvider | undefined;
  onSignals(() => {
    // Committed users are on disk, so a stop while it starts loses nothing.
    void Promise.all([running?.close(), google?.close()]).then(() => process.exit(0));
  });
  try {
    const options = parseCommand(args);
    if (options === undefined) return console.log(USAGE);
    nameReset('an empty --dir');
    const stage = options.stage === undefined ? undefined : await stageSettings(options.stage);
    running = await startCognito(options);
    const clients = stage && (await applyStage(running, stage));
    if (options.google) google = await startGoogle(running);
    printReady(running, clients, google);
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

/** Loaded only if it is asked for, because of its library. */
const startGoogle = async (running: RunningCognito): Promise<RunningIdentityProvider> =>
  (await import('./google.ts')).startGoogle(running);

/** Secrets are not printed. DescribeUserPoolClient returns them. */
function printReady(
  { endpoint, domain, issuer, userPoolId, clientId }: RunningCognito,
  clients: ReadonlyMap<string, UserPoolClientType> = new Map(),
  google?: RunningIdentityProvider,
): void {
  const others = [...clients].filter(([name]) => name !== 'web');
  const lines = others.map(([name, client]) => `\n    ${name.padEnd(10)} ${client.ClientId}`);
  const https =
    domain === undefined
      ? ''
      : `
  domain       ${domain} (HTTPS)`;
  const social =
    google === undefined
      ? ''
      : `
  Google       ${google.issuer}, a stand-in`;
  console.log(`  endpoint     ${endpoint}${https}${social}
  user pool    ${userPoolId}, issuer ${issuer}
  app client   ${clientId}${lines.join('')}
  mail codes   ${endpoint}/_local/inbox

Ctrl-C stops it; users and keys stay.`);
}
