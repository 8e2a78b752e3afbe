/** `cognito-supabase connect` and `disconnect`: a deployed stack and a hosted project work as one, and no longer. */
import path from 'node:path';
import { Command } from 'commander';
import { Secrets } from '../hosted/secrets.ts';
import { withWorkdir } from '../workdir.ts';
import type { WrittenOptions } from './options.ts';

const VARIABLES = `
Variables:
  SUPABASE_ACCESS_TOKEN   a token of https://supabase.com/dashboard/account/tokens
  SUPABASE_DB_URL         for --db-url without a value; the password may be in PGPASSWORD
  AWS_REGION, AWS_PROFILE and others   as for the AWS CLI`;

const CONNECT_EXAMPLES = `
Examples:
  npx cognito-supabase connect --stage dev --dry-run            shows what would change
  npx cognito-supabase connect --stage dev --project REF        asks, then changes it
  npx cognito-supabase connect --stage prod --outputs dist/outputs-prod.json --db-url --yes
  npx cognito-supabase connect --stage prod --check             in CI: is it still connected?
${VARIABLES}

The AWS credentials need cloudformation:DescribeStacks without --outputs, and for cognito.users either
secretsmanager:GetSecretValue on the reader's secret, or iam:ListAccessKeys, CreateAccessKey and DeleteAccessKey on the
reader's user.
It ends with 0 when everything is connected, and with 1 otherwise. Run it again to continue.`;

const DISCONNECT_EXAMPLES = `
Examples:
  npx cognito-supabase disconnect --stage dev --dry-run
  npx cognito-supabase disconnect --stage dev --yes
${VARIABLES}

It gives back what was there before the first connect. Migrations stay with their rows, unless --drop-modules is given.`;

const asPath = (text: string): string => path.resolve(text);

const common = (name: string): Command =>
  withWorkdir(new Command(name))
    .requiredOption('--stage <stage>', 'the stage of the stack, such as dev')
    .option('--project <ref>', 'the Supabase project (default: the one of supabase link)')
    .option('--outputs <file>', 'outputs of cdk deploy (default: CloudFormation is asked)', asPath)
    .option('--stack <name>', 'the stack (default: cognito-supabase-STAGE)')
    .option('--region <region>', 'where the stack is (default: as for the AWS CLI)')
    .option(
      '--db-url [url]',
      'direct connection to the database (default: the Management API; without a value: SUPABASE_DB_URL)',
    )
    .option('--yes', 'changes without asking')
    .option('--dry-run', 'shows what would change, and changes nothing');

type Run = typeof import('./run.ts').connect;

/** Loaded when it runs, because the other commands need nothing of AWS. */
const action = (choose: (run: typeof import('./run.ts')) => Run) =>
  async function run(options: WrittenOptions): Promise<void> {
    const secrets = new Secrets();
    const print = (line: string): void => console.log(line);
    const work = choose(await import('./run.ts'));
    if (!(await work(options, { env: process.env, secrets, print }))) process.exitCode = 1;
  };

export const connectCommand = (): Command =>
  common('connect')
    .description('connects a deployed stack with a hosted Supabase project')
    // Node takes an option --env-file for itself, even behind the script (nodejs/node issue 54232).
    .option(
      '--web-env <file>',
      'settings of the web app, below --workdir (default: .env.local beside the package.json of the app)',
    )
    .option('--check', 'as --dry-run, and ends with 1 if something would change')
    .option('--deploy', 'runs cdk deploy first')
    .option('--cdk-dir <dir>', 'the CDK app, below --workdir (default: infra)')
    .option('--rotate-key', 'makes a new access key for the reader, and deletes the former one')
    .addHelpText('after', CONNECT_EXAMPLES)
    .action(action(({ connect }) => connect));

export const disconnectCommand = (): Command =>
  common('disconnect')
    .description('gives back what was there before connect')
    .option(
      '--drop-modules',
      'also removes the modules that connect has added, with all their rows',
    )
    .addHelpText('after', DISCONNECT_EXAMPLES)
    .action(action(({ disconnect }) => disconnect));
