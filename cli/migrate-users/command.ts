/** `cognito-supabase migrate-users`: everybody of Supabase Auth to a pool, or the other way, at once. */
import { Command } from 'commander';
import type { Direction, WrittenOptions } from './options.ts';

const EXIT = { failed: 1, someLeft: 3, stopped: 130 } as const;

const VARIABLES = `
Variables:
  SUPABASE_URL, SUPABASE_SECRET_KEY           the project; its key is in no option
  OLD_SUPABASE_URL, OLD_SUPABASE_SECRET_KEY   to-cognito: where the accounts are, if they are in another project
  COGNITO_USER_POOL_ID                        the pool
  AWS_REGION, AWS_PROFILE and others          as for the AWS CLI
If SUPABASE_URL is not set, the running stack is used, with its project and its pool.

It asks nothing. It ends with 0 if everybody went, 3 if somebody did not, 1 if it failed, 130 after Ctrl-C.
Run it again to continue: nobody moves twice.`;

const TO_COGNITO = `
Examples:
  npx cognito-supabase migrate-users to-cognito --dry-run
  npx cognito-supabase migrate-users to-cognito --rate 20 --map ids.csv --report left.csv
  npx cognito-supabase migrate-users to-cognito --csv import.csv

Passwords do not go along. Everybody asks for a new one by "forgot password".
The AWS credentials need cognito-idp:DescribeUserPool, AdminCreateUser, AdminGetUser and AdminSetUserPassword, and
GetCSVHeader for --csv.
${VARIABLES}`;

const TO_SUPABASE = `
Examples:
  npx cognito-supabase migrate-users to-supabase --dry-run
  npx cognito-supabase migrate-users to-supabase --report left.csv

People keep their ids, so foreign keys stay right. They ask for a new password by "forgot password".
The AWS credentials need cognito-idp:DescribeUserPool and ListUsers.
${VARIABLES}`;

/** Ctrl-C and other signals that ask the process to end. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Runs `work` with a signal that Ctrl-C aborts. A second one ends the process at once. */
async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (name: string): void => {
    if (controller.signal.aborted) process.exit(EXIT.stopped);
    controller.abort(new Stopped(`stopped by ${name}`));
  };
  for (const name of names) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of names) process.off(name, onSignal);
  }
}

const action = (direction: Direction) =>
  async function run(written: WrittenOptions): Promise<void> {
    // Loaded when it runs, because the other commands need nothing of it.
    const [{ readOptions }, { migrate }] = await Promise.all([
      import('./options.ts'),
      import('./run.ts'),
    ]);
    const options = readOptions(written);
    const print = (line: string): void => console.log(line);
    const world = { env: process.env, print, progressOn: process.stdout };
    try {
      const isWhole = await untilStopped((signal) =>
        migrate(direction, options, { ...world, signal }),
      );
      if (!isWhole) process.exitCode = EXIT.someLeft;
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      console.error('stopped: the same command continues from here');
      process.exitCode = EXIT.stopped;
    }
  };

const way = (direction: Direction, does: string, examples: string): Command =>
  new Command(direction)
    .description(does)
    .option('--rate <n>', 'requests a second to Cognito, of those that the account shares', '20')
    .option('--dry-run', 'counts who would go and who would not, and writes nothing')
    .option('--user-pool-id <id>', 'the pool (default: COGNITO_USER_POOL_ID)')
    .option('--region <region>', "default: as the pool's id says")
    .option('--endpoint <url>', 'an emulator (default: COGNITO_ENDPOINT)')
    .option('--dir <dir>', "the folder of a running stack (default: of this folder's project)")
    .option('--state <file>', 'the journal (default: in a folder of yours for this project)')
    .option('--map <file>', 'old_id,new_id of everybody who went (default: beside the journal)')
    .option('--report <file>', 'everybody who did not go, and why (default: beside the journal)')
    .addHelpText('after', examples)
    .action(action(direction));

export const migrateUsersCommand = (): Command =>
  new Command('migrate-users')
    .description('moves everybody from Supabase Auth to the pool, or back')
    .addCommand(
      way('to-cognito', 'from Supabase Auth to the pool, with their rows', TO_COGNITO).option(
        '--csv <file>',
        'writes a file for an import job of Cognito, and moves nobody',
      ),
    )
    .addCommand(way('to-supabase', 'from the pool to Supabase Auth', TO_SUPABASE));
