/** `cognito-supabase migrate-users`: everybody of Supabase Auth to a pool, or the other way, at once. */
import { Command } from 'commander';
import { STOPPED_EXIT, Stopped, untilStopped } from '../until-stopped.ts';
import type { Direction, WrittenOptions } from './options.ts';

const SOME_LEFT_EXIT = 3;

const VARIABLES = `
Variables:
  SUPABASE_URL, SUPABASE_SECRET_KEY           the project; its key is in no option
  OLD_SUPABASE_URL, OLD_SUPABASE_SECRET_KEY   to-cognito: where the accounts are, if they are in another project
  SUPABASE_DB_URL                             to-cognito: the database of the project, as postgres. It shows to whom rows
                                              have moved before. Without it, such people are reported
  SUPABASE_DB_URL or OLD_SUPABASE_DB_URL      to-cognito --passwords: the database with the accounts, as postgres
  PGPASSWORD                                  its password, if the URL has none
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
  npx cognito-supabase migrate-users to-cognito --csv import.csv --passwords

Passwords go along only by --csv --passwords: the file then has the bcrypt hashes, for an import job of Cognito with
PasswordHashingAlgorithm BCRYPT. No page of AWS names the column of hashes, so it is unverified: try one job with one
account of your own first. Everybody else asks for a new password by "forgot password".
The AWS credentials need cognito-idp:DescribeUserPool, AdminCreateUser, AdminGetUser and AdminSetUserPassword, and
GetCSVHeader for --csv.
${VARIABLES}`;

const TO_SUPABASE = `
Examples:
  npx cognito-supabase migrate-users to-supabase --dry-run
  npx cognito-supabase migrate-users to-supabase --report left.csv

People keep their ids, so foreign keys stay right. They ask for a new password by "forgot password".
The AWS credentials need cognito-idp:DescribeUserPool, ListUsers and AdminGetUser.
${VARIABLES}`;

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
      if (!isWhole) process.exitCode = SOME_LEFT_EXIT;
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      console.error('stopped: the same command continues from here');
      process.exitCode = STOPPED_EXIT;
    }
  };

const way = (direction: Direction, does: string, examples: string): Command =>
  new Command(direction)
    .description(does)
    .option('--rate <n>', 'requests a second to Cognito, of those that the account shares', '20')
    .option(
      '--dry-run',
      'counts who would go and who would not; writes only a file that --people names',
    )
    .option('--user-pool-id <id>', 'the pool (default: COGNITO_USER_POOL_ID)')
    .option('--region <region>', "default: as the pool's id says")
    .option('--endpoint <url>', 'an emulator (default: COGNITO_ENDPOINT)')
    .option('--dir <dir>', "the folder of a running stack (default: of this folder's project)")
    .option('--state <file>', 'the journal (default: in a folder of yours for this project)')
    .option('--map <file>', 'old_id,new_id of everybody who went (default: beside the journal)')
    .option('--report <file>', 'everybody who did not go, and why (default: beside the journal)')
    .option(
      '--people <file>',
      'everybody who went, and what each meets at the next sign-in (default: beside the journal)',
    )
    .addHelpText('after', examples)
    .action(action(direction));

export const migrateUsersCommand = (): Command =>
  new Command('migrate-users')
    .description('moves everybody from Supabase Auth to the pool, or back')
    .addCommand(
      way('to-cognito', 'from Supabase Auth to the pool, with their rows', TO_COGNITO)
        .option('--csv <file>', 'writes a file for an import job of Cognito, and moves nobody')
        .option('--passwords', 'with --csv: the file has the bcrypt hashes of the passwords')
        .option(
          '--password-column <name>',
          "the file's column of hashes (default: as Cognito says, or cognito:password_hash)",
        ),
    )
    .addCommand(way('to-supabase', 'from the pool to Supabase Auth', TO_SUPABASE));
