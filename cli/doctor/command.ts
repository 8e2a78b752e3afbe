/** `cognito-supabase doctor`: what is wrong with a set-up, why it matters, and what mends it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { printableJson } from '@cognito-supabase/local/printable';
import { Command } from 'commander';
import type pg from 'pg';
import { connect } from '../token/session.ts';
import { withWorkdir } from '../workdir.ts';
import { reasonOf } from './attempts.ts';
import type { Context, Unusable } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { collect, type DoctorOptions, type DoctorWorld } from './context.ts';
import { type Diagnosis, diagnose, type ExitCode, exitCodeOf } from './engine.ts';
import { type Failed, judge, mend, printVerdict } from './fix.ts';
import { ownVersion } from './own-version.ts';
import { diagnosisLines } from './report.ts';
import { toSarif } from './sarif.ts';

const EXAMPLES = `
Examples:
  npx cognito-supabase doctor --stack
  SUPABASE_DB_URL=… npx cognito-supabase doctor --issuer https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC
  npx cognito-supabase doctor --token-stdin < tokens.txt
  npx cognito-supabase doctor --pool eu-central-1_AbC --project abcdefghijklmnopqrst --sarif doctor.sarif

It looks at what it has access to, and says what it could not see. Secrets are read from the environment only:
  SUPABASE_DB_URL                                  the database, as postgres
  SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY        the Data API, Storage and Realtime
  COGNITO_ISSUER, or COGNITO_USER_POOL_ID; COGNITO_CLIENT_ID. Otherwise --pool or config.toml names the issuer
  SUPABASE_ACCESS_TOKEN, with --project            the settings of a hosted project
  credentials as for the AWS CLI, with --pool      pool, triggers and alarms
Exit code: 2 with an error; else 3 if something that was named (an option, or one of these variables) could not be used, or
no check could run; else 1 with a warning; else 0. JSON and SARIF are written in each case.`;

/** The same, with something more that cannot be used. */
const without = (context: Context, one: Unusable): Context => ({
  ...context,
  unusable: [...(context.unusable ?? []), one],
});

/** The database, or the context with the reason why there is none. */
async function open(context: Context, url: string | undefined) {
  if (url === undefined) return { context, database: undefined };
  const name = context.named?.get('database') ?? 'SUPABASE_DB_URL';
  try {
    return { context, database: await connect(url) };
  } catch (error) {
    const one: Unusable = { name, reason: reasonOf(error), accesses: ['database'] };
    return { context: without(context, one), database: undefined };
  }
}

/** Looks at the database in a transaction that changes nothing. */
async function look(context: Context, database: pg.Client | undefined): Promise<Diagnosis> {
  if (database === undefined) return diagnose(CHECKS, context);
  try {
    await database.query('begin transaction read only');
  } catch (error) {
    // The connection was lost.
    const name = context.named?.get('database') ?? 'SUPABASE_DB_URL';
    const one: Unusable = { name, reason: reasonOf(error), accesses: ['database'] };
    return diagnose(CHECKS, without(context, one));
  }
  try {
    return await diagnose(CHECKS, { ...context, database });
  } finally {
    await database.query('rollback').catch(() => undefined);
  }
}

interface Result extends Diagnosis {
  /** What `--fix` could not mend. */
  readonly failed?: readonly Failed[];
}

/** Looks, and mends if it is asked to. */
async function examine(
  context: Context,
  database: pg.Client | undefined,
  { fix, yes, json }: DoctorOptions,
  print: DoctorWorld['print'],
): Promise<Result> {
  const before = await look(context, database);
  if (!fix || database === undefined) return before;
  const tell = json ? () => undefined : print;
  const attempts = await mend(database, before, { yes: yes === true, print: tell });
  if (attempts.length === 0) return before;
  const after = await look(context, database);
  const verdict = judge(attempts, before, after);
  printVerdict(verdict, tell);
  return { ...after, ...(verdict.failed.length > 0 && { failed: verdict.failed }) };
}

/** @returns the reason why the file cannot be written */
async function writeSarif(file: string, diagnosis: Diagnosis): Promise<string | undefined> {
  const text = `${JSON.stringify(toSarif(diagnosis, await ownVersion()), undefined, 2)}\n`;
  if (file === '') return '--sarif is empty';
  return writeFile(path.resolve(file), text).then(() => undefined, reasonOf);
}

/** @returns the diagnosis as it was shown */
async function show(result: Result, { sarif, json }: DoctorOptions, print: DoctorWorld['print']) {
  const reason = sarif === undefined ? undefined : await writeSarif(sarif, result);
  const unusable = reason === undefined ? [] : [{ name: '--sarif', reason }];
  const shown: Result = { ...result, unusable: [...result.unusable, ...unusable] };
  if (json) print(printableJson(shown));
  else for (const line of diagnosisLines(shown)) print(line);
  return shown;
}

/** @returns the exit code: of what is left after `--fix` */
export async function runDoctor(options: DoctorOptions, world: DoctorWorld): Promise<ExitCode> {
  const { context: collected, databaseUrl } = await collect(options, world);
  const { context, database } = await open(collected, databaseUrl);
  const isIdle = options.fix === true && database === undefined;
  const fix: Unusable = { name: '--fix', reason: 'it needs the database', accesses: [] };
  try {
    const own = isIdle ? without(context, fix) : context;
    const result = await examine(own, database, options, world.print);
    return exitCodeOf(await show(result, options, world.print));
  } finally {
    await database?.end().catch(() => undefined);
    context.aws?.close();
  }
}

export const doctorCommand = (): Command =>
  withWorkdir(new Command('doctor'))
    .description('finds what is wrong between Cognito and Supabase, and what mends it')
    .option(
      '--stack [dir]',
      'a stack that runs on this machine: the folder with stack.env (default: of this project)',
    )
    .option('--issuer <url>', 'the issuer of the tokens')
    .option('--token-stdin', 'reads an access token, and an ID token after it, from standard input')
    .option('--pool <id>', 'a user pool in AWS')
    .option('--project <ref>', 'a hosted project')
    .option('--endpoint <url>', "another address than AWS's")
    .option('--json', 'prints JSON')
    .option('--sarif <file>', 'also writes SARIF, for code scanning')
    .option('--fix', 'shows the SQL that takes nothing from anybody, and runs it after a question')
    .option('--yes', 'with --fix: runs it without asking')
    .addHelpText('after', EXAMPLES)
    .action(async (options: DoctorOptions, command: Command) => {
      const namesWorkdir = command.getOptionValueSource('workdir') === 'cli';
      const print = (line: string): void => console.log(line);
      const world = { input: process.stdin, env: process.env, print };
      process.exitCode = await runDoctor({ ...options, namesWorkdir }, world);
    });
