/** The command line of `attach` and `detach`. */
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';

export type Command = 'attach' | 'detach';

export const VERSIONS = ['V1_0', 'V2_0', 'V3_0'] as const;

export interface TriggerOptions {
  readonly poolId: string;
  readonly region: string;
  readonly functionArn: string;
  readonly version: (typeof VERSIONS)[number];
  readonly apply: boolean;
  readonly replace: boolean;
  /** `detach`: does not restore the earlier function. */
  readonly leaveEmpty: boolean;
  /** An endpoint other than AWS's. */
  readonly endpoint: string | undefined;
}

export const usage = (
  command: Command,
): string => `npx cognito-supabase ${command} --pool ID --function ARN

  --pool ID        the user pool, as eu-central-1_a1B2c3D4e
  --function ARN   the pre-token function: output PreTokenFunctionArn of the stack
${
  command === 'attach'
    ? `  --version V      V3_0, V2_0 or V1_0                        default V3_0
  --replace        replace another function
`
    : `  --leave-empty    do not restore the function that attach --replace has replaced
`
}  --apply          change the pool; without it, the plan is shown and nothing changes
  --endpoint URL   another address than AWS's
  --help           this text

Credentials as for the AWS CLI. They need, on the pool, cognito-idp:DescribeUserPool, UpdateUserPool,
GetUserPoolMfaConfig, SetUserPoolMfaConfig, TagResource and UntagResource; on the function,
lambda:GetFunctionConfiguration and GetPolicy; and iam:PassRole on the role by which the pool sends
text messages, where it has one: an update sends its settings again.`;

const inWords = (value: string | boolean | undefined): string =>
  value === undefined ? 'it is missing' : `not ${value}`;

const help = (command: Command): string => `npx cognito-supabase ${command} --help`;
const bad = (command: Command, message: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${help(command)}\` lists the options`);

function parse(command: Command, args: readonly string[]) {
  return readArguments(help(command), {
    args: [...args],
    options: {
      pool: { type: 'string' },
      function: { type: 'string' },
      ...(command === 'attach'
        ? { version: { type: 'string' } as const, replace: { type: 'boolean' } as const }
        : { 'leave-empty': { type: 'boolean' } as const }),
      apply: { type: 'boolean' },
      endpoint: { type: 'string' },
      help: { type: 'boolean' },
    },
  }).values as Partial<Record<string, string | boolean>>;
}

/**
 * @returns the options, or undefined if help was asked for
 * @throws KitError `BAD_OPTION`
 */
export function parseOptions(
  command: Command,
  args: readonly string[],
): TriggerOptions | undefined {
  const { pool, function: arn, version = 'V3_0', endpoint, ...flags } = parse(command, args);
  if (flags.help) return undefined;

  const [, region] = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/.exec(String(pool)) ?? [];
  if (!region) throw bad(command, `--pool needs the id of a user pool: ${inWords(pool)}`);
  const [, place] =
    /^arn:aws[\w-]*:lambda:([\w-]+):\d{12}:function:[\w-]+(?::[\w$-]+)?$/.exec(String(arn)) ?? [];
  if (!place) throw bad(command, `--function needs the ARN of a Lambda function: ${inWords(arn)}`);
  if (place !== region) {
    throw bad(
      command,
      `the pool is in ${region} and the function in ${place}: Cognito needs both in the same region`,
    );
  }
  const known = VERSIONS.find((one) => one === version);
  if (!known) throw bad(command, `--version needs one of ${VERSIONS.join(', ')}, not ${version}`);
  return {
    poolId: String(pool),
    region,
    functionArn: String(arn),
    version: known,
    apply: flags.apply === true,
    replace: flags.replace === true,
    leaveEmpty: flags['leave-empty'] === true,
    endpoint: endpoint === undefined ? undefined : String(endpoint),
  };
}
