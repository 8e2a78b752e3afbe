/** The outputs of a stage's stack: from CloudFormation, or from the file that `cdk deploy` writes. */
import { readFile } from 'node:fs/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { KitError } from '@cognito-supabase/contract/errors';
import { DEPLOY_OUTPUTS, type DeployOutput } from '@cognito-supabase/contract/settings';
import { z } from 'zod';
import { awsError } from '../trigger/aws-error.ts';

export type Outputs = Readonly<Partial<Record<DeployOutput, string>>>;

/** The outputs that `connect` cannot do without. */
const NEEDED = ['Region', 'UserPoolId', 'Issuer', 'ClientId', 'TrustedClients'] as const;
export type ConnectOutputs = Outputs & Readonly<Record<(typeof NEEDED)[number], string>>;

export interface OutputsSource {
  readonly stage: string;
  /** Name of the stack. */
  readonly stack: string;
  /** Of `cdk deploy --outputs-file`. Undefined: CloudFormation is asked. */
  readonly file: string | undefined;
  /** Of the stack. Undefined: as the AWS CLI finds it. */
  readonly region: string | undefined;
}

const fileSchema = z.record(z.string(), z.record(z.string(), z.string()));

const isOutput = (name: string): name is DeployOutput => Object.hasOwn(DEPLOY_OUTPUTS, name);

/** @throws KitError OUTPUTS_WRONG if one that is needed is missing, or the values do not fit together */
export function checkOutputs(outputs: Outputs, stack: string): ConnectOutputs {
  const missing = NEEDED.filter((name) => !outputs[name]);
  if (missing.length > 0)
    throw new KitError(
      'OUTPUTS_WRONG',
      `stack ${stack} has no output ${missing.join(', ')}`,
      'deploy it with this version of the kit: cdk deploy',
    );
  const { Issuer = '', UserPoolId = '' } = outputs;
  if (!Issuer.endsWith(`/${UserPoolId}`))
    throw new KitError(
      'OUTPUTS_WRONG',
      `stack ${stack} has issuer ${Issuer}, which is not the one of pool ${UserPoolId}`,
      'the outputs are of two deployments: deploy again',
    );
  return outputs as ConnectOutputs;
}

async function fromFile({ stack, stage }: OutputsSource, file: string): Promise<Outputs> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no file' : 'it is not possible to read';
    const hint = 'cdk deploy --outputs-file writes it; without --outputs, CloudFormation is asked';
    throw new KitError('OUTPUTS_MISSING', `${why} ${file}`, hint, { cause });
  });
  let stacks: ReadonlyMap<string, Readonly<Record<string, string>>>;
  try {
    stacks = new Map(Object.entries(fileSchema.parse(JSON.parse(text))));
  } catch (cause) {
    const hint = 'cdk deploy --outputs-file writes it again';
    throw new KitError('OUTPUTS_WRONG', `${file} is not a file of outputs`, hint, { cause });
  }
  const own = stacks.get(stack);
  if (own) return own;
  throw new KitError(
    'OUTPUTS_WRONG',
    `${file} has the outputs of ${[...stacks.keys()].join(', ') || 'no stack'}, not of ${stack}`,
    `name the file of stage ${stage}, or the stack with --stack`,
  );
}

async function fromCloudFormation({ stack, region, stage }: OutputsSource): Promise<Outputs> {
  const client = new CloudFormationClient(region ? { region } : {});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const found = Stacks[0]?.Outputs ?? [];
    return Object.fromEntries(
      found.flatMap(({ OutputKey = '', OutputValue }) =>
        isOutput(OutputKey) ? [[OutputKey, OutputValue]] : [],
      ),
    );
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message))
      throw new KitError(
        'OUTPUTS_MISSING',
        `there is no stack ${stack}${region ? ` in ${region}` : ''}`,
        `deploy stage ${stage} first (--deploy), or set --region or AWS_REGION; --outputs reads a file`,
        { cause: error },
      );
    if (error instanceof Error && /region is missing/i.test(error.message))
      throw new KitError(
        'SETTING_MISSING',
        'the region of the stack is not set',
        'set AWS_REGION, or --region',
        { cause: error },
      );
    throw awsError(error, region ?? 'the region of the configuration');
  } finally {
    client.destroy();
  }
}

/** @throws KitError OUTPUTS_MISSING, OUTPUTS_WRONG, CREDENTIALS_MISSING, POOL_UNREACHABLE, POOL_REFUSED */
export async function readOutputs(source: OutputsSource): Promise<ConnectOutputs> {
  const { file, stack } = source;
  const outputs = await (file === undefined ? fromCloudFormation(source) : fromFile(source, file));
  return checkOutputs(outputs, stack);
}
