/** `cognito-supabase token`: explains a token. */
import { KitError } from '@cognito-supabase/contract/errors';
import { printableJson } from '@cognito-supabase/local/printable';
import { readStackEnv } from '@cognito-supabase/local/stack-env';
import { Command } from 'commander';
import { stackDirOf } from '../stack-dir.ts';
import { ANSWER_LIMIT, messageOf, type Opened, open, trustOf } from './database.ts';
import { fetchJwks, isUsable } from './issuer.ts';
import { type DecodedToken, decodeToken, type Input, readInput } from './read-token.ts';
import { answerLines, type Report, reportLines } from './report.ts';
import { verdictsOf } from './services.ts';
import { connect } from './session.ts';
import { verify } from './verify.ts';

export interface TokenOptions {
  /** Folder of a stack that runs on this machine. True is the stack of the current folder's project. */
  readonly stack?: string | true;
  readonly issuer?: string;
  /** One query that is run as the caller. */
  readonly as?: string;
  readonly json?: boolean;
}

/** What the command uses of its surroundings. */
export interface TokenWorld {
  readonly input: Input;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

const EXAMPLES = `
Examples:
  pbpaste | npx cognito-supabase token
  npx cognito-supabase token < token.txt
  npx cognito-supabase token --stack < token.txt
  npx cognito-supabase token --as 'select id, body from notes' < token.txt

The token is read from standard input. Only the keys of its issuer are fetched, and only from Amazon Cognito or the
issuer of --issuer or --stack. A database is read with SUPABASE_DB_URL of the environment, or with --stack.
COGNITO_CLIENT_IDS of the environment names the app clients of the HTTP API.
Exit code: 0 if every service accepts the token, 1 if one refuses it or nothing could be checked.`;

interface Settings {
  readonly issuer: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly clientIds: readonly string[] | undefined;
}

/** @throws KitError `STACK_NOT_RUNNING`, `BAD_OPTION` */
async function settingsOf({ stack, issuer }: TokenOptions, env: TokenWorld['env']) {
  const ofStack =
    stack === undefined ? undefined : await readStackEnv(stackDirOf(stack, process.cwd()));
  if (issuer !== undefined && !isUsable(issuer)) {
    const message = '--issuer takes an https URL, or an http URL of this machine';
    throw new KitError('BAD_OPTION', message, 'give the claim iss of the tokens, to the letter');
  }
  const clients = ofStack?.COGNITO_CLIENT_ID ?? env.COGNITO_CLIENT_IDS;
  return {
    issuer: issuer ?? ofStack?.COGNITO_ISSUER,
    databaseUrl: ofStack?.SUPABASE_DB_URL ?? (env.SUPABASE_DB_URL || undefined),
    clientIds: clients ? clients.split(',').map((id) => id.trim()) : undefined,
  } satisfies Settings;
}

/** Nobody is the caller of a token with a wrong signature, or with a role that people may not have. */
function callerRole({ claims }: DecodedToken, checks: Report['checks']) {
  const signature = checks.find(({ name }) => name === 'signature');
  if (signature?.state !== 'right') return undefined;
  if (claims.role === undefined) return 'anon';
  return claims.role === 'authenticated' ? 'authenticated' : undefined;
}

/** Asks a database. A query that nobody may run is refused in words. @throws KitError `DATABASE_FAILED` */
async function ask(
  url: string,
  token: DecodedToken,
  checks: Report['checks'],
  query: string | undefined,
) {
  const client = await connect(url);
  try {
    const claims = token.exactClaims;
    const trust = await trustOf(client, claims);
    const role = callerRole(token, checks);
    let opened: Opened | undefined;
    if (role !== undefined) opened = await open(client, { role, claims, query });
    else if (query !== undefined)
      opened = { tables: [], refusal: 'nothing was run: the token is not genuine' };
    return { trust, opened };
  } catch (cause) {
    const hint = 'check that SUPABASE_DB_URL connects as postgres, and the network';
    throw new KitError('DATABASE_FAILED', `the database failed: ${messageOf(cause)}`, hint, {
      cause,
    });
  } finally {
    await client.end();
  }
}

async function explain(options: TokenOptions, { input, env }: TokenWorld): Promise<Report> {
  const settings = await settingsOf(options, env);
  if (options.as !== undefined && settings.databaseUrl === undefined) {
    const hint = 'set SUPABASE_DB_URL in the environment, or give --stack DIR';
    throw new KitError('SETTING_MISSING', '--as needs a database', hint);
  }
  const token = decodeToken(await readInput(input, 'cognito-supabase token'));
  const now = Date.now();
  const checks = await verify(token, { issuer: settings.issuer, fetchJwks, now });
  const asked =
    settings.databaseUrl === undefined
      ? { trust: undefined, opened: undefined }
      : await ask(settings.databaseUrl, token, checks, options.as);
  const services = verdictsOf({
    ...{ token, checks, now },
    ...{ trust: asked.trust, clientIds: settings.clientIds },
  });
  return { claims: token.exactClaims, checks, services, ...asked };
}

/** @returns the exit code */
export async function explainToken(options: TokenOptions, world: TokenWorld): Promise<number> {
  const report = await explain(options, world);
  const { services, opened } = report;
  const json = (value: unknown) => world.print(printableJson(value));
  if (options.as !== undefined && opened?.answer !== undefined) {
    if (options.json) json(opened.answer.slice(0, ANSWER_LIMIT));
    else for (const text of answerLines(opened.answer)) world.print(text);
  } else if (options.json) json(report);
  else for (const text of reportLines(report)) world.print(text);
  const isRefused = opened?.refusal !== undefined;
  return isRefused || services.some(({ answer }) => answer !== 'accepts') ? 1 : 0;
}

export const tokenCommand = (): Command =>
  new Command('token')
    .description('explains a token from standard input: genuine, trusted, and what it opens')
    .option(
      '--stack [dir]',
      'a stack that runs on this machine: the folder with stack.env (default: of this project)',
    )
    .option('--issuer <url>', 'the expected issuer (default: any user pool of Amazon Cognito)')
    .option('--as <query>', 'runs one query with this token, read-only, and prints the rows')
    .option('--json', 'prints JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: TokenOptions) => {
      process.exitCode = await explainToken(options, {
        input: process.stdin,
        env: process.env,
        print: (line) => console.log(line),
      });
    });
