/** `cognito-supabase doctor`: what is wrong with a set-up, why it matters, and what mends it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { printableJson } from '@cognito-supabase/local/printable';
import { Command } from 'commander';
import type pg from 'pg';
import { connect } from '../token/session.ts';
import { withWorkdir } from '../workdir.ts';
import type { Context } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { collect, type DoctorOptions, type DoctorWorld } from './context.ts';
import { type Diagnosis, diagnose, exitCodeOf } from './engine.ts';
import { mend } from './fix.ts';
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
  COGNITO_ISSUER, or COGNITO_USER_POOL_ID; COGNITO_CLIENT_ID. Without an issuer: that of --pool, or of config.toml
  SUPABASE_ACCESS_TOKEN, with --project            the settings of a hosted project
  credentials as for the AWS CLI, with --pool      pool, triggers and alarms
Exit code: 2 with an error, 1 with a warning, 0 otherwise.`;

/** Looks at the database in a transaction that changes nothing. */
async function look(context: Context, database: pg.Client | undefined): Promise<Diagnosis> {
  if (database === undefined) return diagnose(CHECKS, context);
  await database.query('begin transaction read only');
  try {
    return await diagnose(CHECKS, { ...context, database });
  } finally {
    await database.query('rollback');
  }
}

async function show(diagnosis: Diagnosis, options: DoctorOptions, print: DoctorWorld['print']) {
  if (options.sarif !== undefined) {
    const text = `${JSON.stringify(toSarif(diagnosis, await ownVersion()), undefined, 2)}\n`;
    await writeFile(path.resolve(options.sarif), text);
  }
  if (options.json) print(printableJson(diagnosis));
  else for (const line of diagnosisLines(diagnosis)) print(line);
}

/** @returns the exit code: of what is left after `--fix` */
export async function runDoctor(options: DoctorOptions, world: DoctorWorld): Promise<0 | 1 | 2> {
  const { context, databaseUrl } = await collect(options, world);
  const database = databaseUrl === undefined ? undefined : await connect(databaseUrl);
  try {
    let diagnosis = await look(context, database);
    if (options.fix && database !== undefined) {
      const print = options.json ? () => undefined : world.print;
      const mended = await mend(database, diagnosis, { yes: options.yes === true, print });
      if (mended > 0) diagnosis = await look(context, database);
    }
    await show(diagnosis, options, world.print);
    return exitCodeOf(diagnosis);
  } finally {
    await database?.end();
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
    .option('--fix', 'shows the SQL that is safe, and runs it after a question')
    .option('--yes', 'with --fix: runs it without asking')
    .addHelpText('after', EXAMPLES)
    .action(async (options: DoctorOptions) => {
      process.exitCode = await runDoctor(options, {
        input: process.stdin,
        env: process.env,
        print: (line) => console.log(line),
      });
    });
