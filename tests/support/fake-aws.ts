/**
 * Cognito's administration of a pool behind HTTP, in the JSON form of AWS (AWS JSON 1.1), including that
 * UpdateUserPool resets settings that a request leaves out.
 *
 * Source: Cognito API reference, UpdateUserPool ("If you don't provide a value for an attribute, Amazon
 * Cognito sets it to its default value").
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// biome-ignore lint/suspicious/noExplicitAny: AWS's documents have many shapes
type Document = Record<string, any>;

/** Values of settings that an update leaves out. Other settings are removed. */
const DEFAULTS: Document = {
  AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 },
  DeletionProtection: 'INACTIVE',
  EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
  MfaConfiguration: 'OFF',
  Policies: { PasswordPolicy: { MinimumLength: 8, TemporaryPasswordValidityDays: 7 } },
  UserPoolTier: 'ESSENTIALS',
};

/** Settings that an update accepts. Others cannot be changed. */
const UPDATABLE =
  `AccountRecoverySetting AcrConfiguration AdminCreateUserConfig AutoVerifiedAttributes
  DcrConfiguration DeletionProtection DeviceConfiguration EmailConfiguration EmailVerificationMessage
  EmailVerificationSubject IssuerConfiguration KeyConfiguration LambdaConfig MfaConfiguration Policies
  SmsAuthenticationMessage SmsConfiguration SmsVerificationMessage UserAttributeUpdateSettings
  UserPoolAddOns UserPoolTags UserPoolTier VerificationMessageTemplate`.split(/\s+/);

export interface FakeAws {
  readonly url: string;
  /** The pool. Tests may change it, like somebody in the console. */
  pool: Document;
  mfa: Document;
  /** ARN of a function → its policy; null if it has none. */
  functions: Record<string, Document | null>;
  /** Ids of the app clients. */
  clients: readonly string[];
  /** Operations in the order of their calls. */
  readonly calls: string[];
  /** Called before an operation is carried out. */
  before: (operation: string) => void;
  close(): Promise<void>;
}

class Refusal extends Error {}

function update(aws: FakeAws, { UserPoolId, PoolName, ...request }: Document) {
  const { PasswordPolicy } = request.Policies ?? {};
  if (
    PasswordPolicy?.TemporaryPasswordValidityDays !== undefined &&
    request.AdminCreateUserConfig?.UnusedAccountValidityDays !== undefined
  ) {
    throw new Refusal('Please use TemporaryPasswordValidityDays in PasswordPolicy instead.');
  }
  const { PreTokenGeneration, PreTokenGenerationConfig } = request.LambdaConfig ?? {};
  if (
    PreTokenGeneration &&
    PreTokenGenerationConfig &&
    PreTokenGeneration !== PreTokenGenerationConfig.LambdaArn
  ) {
    throw new Refusal('PreTokenGeneration and PreTokenGenerationConfig must be identical.');
  }
  if (Object.keys(request.UserPoolTags ?? {}).some((name) => name.startsWith('aws:'))) {
    throw new Refusal('aws: prefixed tag key names are not allowed for external use.');
  }
  // The caller cannot remove AWS's own tags. An update adds to the other tags.
  const kept = { ...aws.pool.UserPoolTags };
  if (request.UserPoolTags) request.UserPoolTags = { ...kept, ...request.UserPoolTags };
  const unknown = Object.keys(request).find((name) => !UPDATABLE.includes(name));
  if (unknown) throw new Refusal(`UpdateUserPool does not take ${unknown}`);
  for (const name of UPDATABLE) {
    if (request[name] !== undefined) aws.pool[name] = request[name];
    else if (name in DEFAULTS) aws.pool[name] = structuredClone(DEFAULTS[name]);
    else delete aws.pool[name];
  }
  if (PoolName !== undefined) aws.pool.Name = PoolName;
  // AWS shows the days of a temporary password under the older name too.
  const days = aws.pool.Policies.PasswordPolicy?.TemporaryPasswordValidityDays;
  if (days !== undefined) aws.pool.AdminCreateUserConfig.UnusedAccountValidityDays = days;
  // AWS also shows the function in the older setting.
  if (PreTokenGenerationConfig) {
    aws.pool.LambdaConfig.PreTokenGeneration = PreTokenGenerationConfig.LambdaArn;
  }
  // An update contains only SMS as second factor, and resets the others.
  aws.mfa = { MfaConfiguration: aws.pool.MfaConfiguration };
  return {};
}

const operations: Record<string, (aws: FakeAws, input: Document) => Document> = {
  DescribeUserPool: ({ pool }) => ({ UserPool: pool }),
  GetUserPoolMfaConfig: ({ mfa }) => mfa,
  SetUserPoolMfaConfig: (aws, { UserPoolId, ...mfa }) => {
    aws.mfa = mfa;
    aws.pool.MfaConfiguration = mfa.MfaConfiguration;
    return mfa;
  },
  UpdateUserPool: update,
  ListUserPoolClients: ({ clients, pool }) => ({
    UserPoolClients: clients.map((ClientId) => ({ ClientId, UserPoolId: pool.Id })),
  }),
  UntagResource: ({ pool }, { TagKeys }) => {
    for (const name of TagKeys) delete pool.UserPoolTags?.[name];
    return {};
  },
};

function answer(aws: FakeAws, operation: string, input: Document): [number, Document] {
  aws.calls.push(operation);
  aws.before(operation);
  const refusal = (type: string, message: string): [number, Document] => [
    400,
    { __type: type, message },
  ];
  if (input.UserPoolId !== aws.pool.Id && input.ResourceArn !== aws.pool.Arn) {
    return refusal('ResourceNotFoundException', `User pool ${input.UserPoolId} does not exist.`);
  }
  try {
    const carryOut = operations[operation];
    if (!carryOut) return refusal('UnknownOperationException', operation);
    return [200, structuredClone(carryOut(aws, input))];
  } catch (error) {
    if (error instanceof Refusal) return refusal('InvalidParameterException', error.message);
    throw error;
  }
}

/** Lambda's side, by its REST API: `/2015-03-31/functions/ARN/configuration` and `/policy`. */
function answerLambda(aws: FakeAws, path: string): [number, Document] {
  const [, name = '', what = ''] =
    /^\/2015-03-31\/functions\/(.+)\/(configuration|policy)$/.exec(path) ?? [];
  aws.calls.push(what === 'policy' ? 'GetPolicy' : 'GetFunctionConfiguration');
  const arn = decodeURIComponent(name);
  const missing: [number, Document] = [
    404,
    { Type: 'User', message: `Function not found: ${arn}`, __type: 'ResourceNotFoundException' },
  ];
  if (!(arn in aws.functions)) return missing;
  if (what === 'configuration') return [200, { FunctionArn: arn, State: 'Active' }];
  const policy = aws.functions[arn];
  return policy === null || policy === undefined
    ? missing
    : [200, { Policy: JSON.stringify(policy) }];
}

/** Starts it on a free port. */
export async function startFakeAws(pool: Document, mfa: Document): Promise<FakeAws> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url?.startsWith('/2015-03-31/')) {
      const [status, body] = answerLambda(aws, request.url);
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(status === 404 && { 'x-amzn-errortype': 'ResourceNotFoundException' }),
      });
      response.end(JSON.stringify(body));
      return;
    }
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const [status, body] = answer(aws, operation, JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const aws: FakeAws = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pool: structuredClone(pool),
    mfa: structuredClone(mfa),
    functions: {},
    clients: [],
    calls: [],
    before: () => {},
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return aws;
}
