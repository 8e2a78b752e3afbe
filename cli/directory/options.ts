/** The command line of `directory`. */
import path from 'node:path';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';
import { runningDirOf } from '../stack-dir.ts';

export const USAGE = `npx cognito-supabase directory sync [options]   reads the user pool into cognito.directory

  --rate N             requests a second, of the 30 that the account shares   default 20
  --groups             also reads the members of groups
  --dry-run            prints pages, requests and seconds, and reads nothing
  --allow-deletes      marks all missing people as deleted, however many there are
  --fresh              begins anew instead of resuming an interrupted sync
  --user-pool-id ID    default COGNITO_USER_POOL_ID
  --region REGION      default as the pool's id says
  --endpoint URL       an emulator; default COGNITO_ENDPOINT
  --dir DIR            the folder of a running stack; its stack.env is read
                       default: the stack of this folder's project
  --state FILE         where it keeps its progress   default DIR/directory-sync.json
  --help               this text

The database is SUPABASE_DB_URL, of the environment; its password belongs in no argument. Where it is
not set, database and pool are those of the running stack. Credentials for Cognito are found as the
AWS SDK finds them. It ends with 0 when the directory matches the pool, 1 if it failed, 3 if
too many would be deleted, 130 after Ctrl-C. Run it again to continue.`;

export interface SyncOptions {
  readonly rate: number;
  readonly groups: boolean;
  readonly dryRun: boolean;
  readonly allowDeletes: boolean;
  readonly fresh: boolean;
  readonly userPoolId: string | undefined;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly dir: string;
  readonly state: string;
}

const HELP = 'npx cognito-supabase directory --help';
const bad = (message: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${HELP}\` lists the options`);

/** The quota of ListUsers, for the account in the region; not adjustable. */
const MOST = 30;

function parseRate(text: string | undefined): number {
  if (text === undefined) return 20;
  const rate = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || rate <= 0 || rate > MOST) {
    throw bad(`--rate needs requests a second, more than 0 and at most ${MOST}, not ${text}`);
  }
  return rate;
}

/** @throws KitError BAD_OPTION */
export function parseEndpoint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw bad(`--endpoint needs a URL, such as http://127.0.0.1:54323, not ${text}`);
  }
  return text;
}

/**
 * @returns the options, or undefined if help was asked for.
 * @throws KitError BAD_OPTION
 */
export function parseOptions(args: readonly string[]): SyncOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (positionals.length !== 1 || positionals[0] !== 'sync') {
    throw bad(
      positionals.length === 0
        ? 'the command is missing: sync'
        : `not a command: ${positionals.join(' ')}`,
    );
  }
  const dir = path.resolve(values.dir ?? runningDirOf(process.cwd()));
  return {
    rate: parseRate(values.rate),
    groups: values.groups ?? false,
    dryRun: values['dry-run'] ?? false,
    allowDeletes: values['allow-deletes'] ?? false,
    fresh: values.fresh ?? false,
    userPoolId: values['user-pool-id'],
    region: values.region,
    endpoint: parseEndpoint(values.endpoint),
    dir,
    state: path.resolve(values.state ?? path.join(dir, 'directory-sync.json')),
  };
}

function parse(args: readonly string[]) {
  return readArguments(HELP, {
    args: [...args],
    allowPositionals: true,
    options: {
      rate: { type: 'string' },
      groups: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      'allow-deletes': { type: 'boolean' },
      fresh: { type: 'boolean' },
      'user-pool-id': { type: 'string' },
      region: { type: 'string' },
      endpoint: { type: 'string' },
      dir: { type: 'string' },
      state: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
}
