/** The outputs of a stage's stack: from CloudFormation, or from the file that `cdk deploy` writes. */
import { readFile } from 'node:fs/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { KitError } from '@cognito-supabase/contract/errors';
import { DEPLOY_OUTPUTS, type DeployOutput } from '@cognito-supabase/contract/settings';
import { printable } from '@cognito-supabase/local/printable';
import { z } from 'zod';
import { isUsable } from '../token/issuer.ts';
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
  /** The pool may be one of an emulator, which has another issuer. @default - false: it is one of AWS */
  readonly mayBeEmulated?: boolean;
}

const fileSchema = z.record(z.string(), z.record(z.string(), z.string()));

const isOutput = (name: string): name is DeployOutput => Object.hasOwn(DEPLOY_OUTPUTS, name);

const wrong = (message: string, hint: string, cause?: unknown): KitError =>
  new KitError('OUTPUTS_WRONG', message, hint, { cause });

/** Regions, also the one of the emulator: `eu-central-1`, `us-gov-west-1`, `local-1`. */
const REGION = /^[a-z]+(?:-[a-z]+)*-\d{1,2}$/;
/** As Cognito allows it, and with the hyphen that tests and emulators have. */
const CLIENT_ID = /^[\w+-]{1,128}$/;
/** Names and ARNs. They are part of commands that are shown. */
const NAME = /^[\w+=,.@:/-]{1,512}$/;
/** Without characters that could change what a terminal shows. */
const TEXT = /^\P{C}{0,4096}$/u;

const FORMS: Readonly<Partial<Record<DeployOutput, RegExp>>> = {
  Region: REGION,
  ClientId: CLIENT_ID,
  ReaderUserName: NAME,
  ReaderSecretName: NAME,
};

/** Which issuers are those of the pool: to the letter, because the project accepts the tokens of this issuer. */
function isIssuerOf(issuer: string, { Region, UserPoolId }: ConnectOutputs): boolean {
  const domain = Region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return ['', 'issuer-'].some(
    (form) => issuer === `https://${form}cognito-idp.${Region}.${domain}/${UserPoolId}`,
  );
}

const clientsSchema = (issuer: string) =>
  z.array(z.object({ issuer: z.literal(issuer), client_id: z.string().regex(CLIENT_ID) }));

function checkClients({ Issuer, TrustedClients }: ConnectOutputs, stack: string): void {
  try {
    clientsSchema(Issuer).parse(JSON.parse(TrustedClients));
  } catch (cause) {
    throw wrong(
      `output TrustedClients of stack ${stack} has another form, or an issuer that is not ${Issuer}`,
      'the database would trust tokens of another pool: deploy the stack with this version of the kit',
      cause,
    );
  }
}

/**
 * The outputs that the kit knows. They decide whose tokens the project accepts, and a file of outputs may be anybody's.
 *
 * @throws KitError OUTPUTS_WRONG if one that is needed is missing, or the values do not fit together
 */
export function checkOutputs(
  all: Readonly<Record<string, string | undefined>>,
  { stack, mayBeEmulated = false }: Pick<OutputsSource, 'stack' | 'mayBeEmulated'>,
): ConnectOutputs {
  const outputs: Outputs = Object.fromEntries(
    Object.entries(all).filter(([name]) => isOutput(name)),
  );
  const missing = NEEDED.filter((name) => !outputs[name]);
  if (missing.length > 0)
    throw wrong(
      `stack ${stack} has no output ${missing.join(', ')}`,
      'deploy it with this version of the kit: cdk deploy',
    );
  for (const [name, value] of Object.entries(outputs))
    if (!(FORMS[name as DeployOutput] ?? TEXT).test(value))
      throw wrong(
        `output ${name} of stack ${stack} has another form: ${printable(value)}`,
        'these are not the outputs of the kit: check the file, or deploy again',
      );
  const needed = outputs as ConnectOutputs;
  const { Issuer, Region, UserPoolId } = needed;
  const pool = UserPoolId.slice(Region.length + 1);
  if (!/^[A-Za-z0-9]{1,55}$/.test(pool) || UserPoolId !== `${Region}_${pool}`)
    throw wrong(
      `stack ${stack} has pool ${UserPoolId}, which is not one of region ${Region}`,
      'the outputs are of two deployments: deploy again',
    );
  const isEmulated = mayBeEmulated && isUsable(Issuer) && Issuer.endsWith(`/${UserPoolId}`);
  if (!isIssuerOf(Issuer, needed) && !isEmulated)
    throw wrong(
      `stack ${stack} has issuer ${Issuer}, which is not the one of pool ${UserPoolId}`,
      'whoever has the keys of the issuer can sign in as anybody. Deploy again; for an emulator, set COGNITO_ENDPOINT_URL',
    );
  checkClients(needed, stack);
  return needed;
}

type AnyOutputs = Readonly<Record<string, string | undefined>>;

async function fromFile({ stack, stage }: OutputsSource, file: string): Promise<AnyOutputs> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no file' : 'it is not possible to read';
    const hint = 'cdk deploy --outputs-file writes it; without --outputs, CloudFormation is asked';
    throw new KitError('OUTPUTS_MISSING', `${why} ${file}`, hint, { cause });
  });
  let stacks: ReadonlyMap<string, Readonly<Record<string, string>>>;
  try {
    stacks = new Map(Object.entries(fileSchema.parse(JSON.parse(text))));
  } catch (cause) {
    throw wrong(
      `${file} is not a file of outputs`,
      'cdk deploy --outputs-file writes it again',
      cause,
    );
  }
  const own = stacks.get(stack);
  if (own) return own;
  const others = printable([...stacks.keys()].join(', ')) || 'no stack';
  throw wrong(
    `${file} has the outputs of ${others}, not of ${stack}`,
    `name the file of stage ${stage}, or the stack with --stack`,
  );
}

async function fromCloudFormation({ stack, region, stage }: OutputsSource): Promise<AnyOutputs> {
  const client = new CloudFormationClient(region ? { region } : {});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const found = Stacks[0]?.Outputs ?? [];
    return Object.fromEntries(
      found.map(({ OutputKey = '', OutputValue }) => [OutputKey, OutputValue]),
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
    throw awsError(
      error,
      region ?? 'the region of the configuration',
      'check the network and the proxy, and run it again; --outputs reads a file in place of the stack',
    );
  } finally {
    client.destroy();
  }
}

/** @throws KitError OUTPUTS_MISSING, OUTPUTS_WRONG, CREDENTIALS_MISSING, POOL_UNREACHABLE, POOL_REFUSED */
export async function readOutputs(source: OutputsSource): Promise<ConnectOutputs> {
  const { file } = source;
  const outputs = await (file === undefined ? fromCloudFormation(source) : fromFile(source, file));
  return checkOutputs(outputs, source);
}
