/** A pool of its own for each test file: empty folder, free port, and clients to drive it with. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt, type JWTPayload } from 'jose';
import { onTestFinished } from 'vitest';
import {
  type CognitoOptions,
  type RunningCognito,
  startCognito,
} from '../../../../local/cognito/server.ts';

export const REGION = 'local-1';
export const POOL = 'local-1_UnitTest';
export const CLIENT = 'unittestclient';
export const ORIGIN = 'http://localhost:5173';
export const PASSWORD = 'Correct-horse-42';

export const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'cognito-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export interface TestPool extends RunningCognito {
  readonly dataDir: string;
  readonly aws: CognitoIdentityProviderClient;
  /** Lines the pool warned with. */
  readonly warnings: readonly string[];
}

/** Starts a pool; the caller closes it. Its folder stays where one was given. */
export async function openPool(options: Partial<CognitoOptions> = {}): Promise<TestPool> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'cognito-test-')));
  const warnings: string[] = [];
  const cognito = await startCognito({
    dataDir,
    port: 0,
    region: REGION,
    userPoolId: POOL,
    clientId: CLIENT,
    allowedOrigins: [ORIGIN],
    warn: (line) => void warnings.push(line),
    ...options,
  });
  const aws = new CognitoIdentityProviderClient({
    region: REGION,
    endpoint: cognito.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return {
    ...cognito,
    dataDir,
    aws,
    warnings,
    close: async () => {
      aws.destroy();
      await cognito.close();
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A pool for one test, closed when it ends. */
export async function usePool(options: Partial<CognitoOptions> = {}): Promise<TestPool> {
  const pool = await openPool(options);
  onTestFinished(() => pool.close());
  return pool;
}

let count = 0;
/** An address nobody else in this file has. */
export const someEmail = (name = 'user'): string => `${name}-${++count}@example.com`;

/** A confirmed user with a verified email. */
export async function addUser({ aws }: TestPool, email = someEmail()): Promise<string> {
  const user = { UserPoolId: POOL, Username: email };
  const UserAttributes = [{ Name: 'email_verified', Value: 'true' }];
  await aws.send(
    new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }),
  );
  await aws.send(new AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }));
  return email;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
  readonly access: JWTPayload;
  readonly id: JWTPayload;
}

export async function signIn(
  { aws }: TestPool,
  email: string,
  password = PASSWORD,
): Promise<SignedIn> {
  const { AuthenticationResult: result } = await aws.send(
    new InitiateAuthCommand({
      ClientId: CLIENT,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  );
  const { AccessToken = '', IdToken = '', RefreshToken = '' } = result ?? {};
  return {
    accessToken: AccessToken,
    idToken: IdToken,
    refreshToken: RefreshToken,
    access: decodeJwt(AccessToken),
    id: decodeJwt(IdToken),
  };
}

/** The newest code that was mailed to an address. */
export const codeFor = (pool: RunningCognito, email: string): string =>
  pool.messages(email)[0]?.code ?? '';

/** A raw request, for what the SDK would not send. */
export const post = (
  pool: Pick<RunningCognito, 'endpoint'>,
  operation: string | undefined,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(pool.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      ...(operation && { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
