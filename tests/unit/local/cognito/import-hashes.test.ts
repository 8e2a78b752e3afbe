/** Import jobs with bcrypt hashes, and the sign-ins of the people in them, by the AWS SDK and by SRP. */
import {
  AdminGetUserCommand,
  ChangePasswordCommand,
  CreateUserImportJobCommand,
  DescribeUserImportJobCommand,
  GetCSVHeaderCommand,
  type PasswordHashingAlgorithmType,
  StartUserImportJobCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import bcrypt from 'bcryptjs';
import { describe, expect, test, vi } from 'vitest';
import { CLIENT, PASSWORD, POOL, signIn, someEmail, type TestPool, usePool } from './support.ts';

const UserPoolId = POOL;
const COLUMN = 'cognito:password_hash';
/** The lowest cost, so that the tests are quick. */
const hashOf = (password: string, cost = 4): string => bcrypt.hashSync(password, cost);

async function makeJob(pool: TestPool, PasswordHashingAlgorithm?: PasswordHashingAlgorithmType) {
  const { UserImportJob } = await pool.aws.send(
    new CreateUserImportJobCommand({
      ...{ UserPoolId, JobName: 'hashes' },
      CloudWatchLogsRoleArn: 'arn:aws:iam::000000000000:role/logs',
      ...(PasswordHashingAlgorithm && { PasswordHashingAlgorithm }),
    }),
  );
  return UserImportJob;
}

/** Imports people, given by address and hash, and returns the job that has ended. */
async function importPeople(
  pool: TestPool,
  people: readonly (readonly [email: string, hash: string])[],
  algorithm?: PasswordHashingAlgorithmType,
) {
  const { CSVHeader = [] } = await pool.aws.send(new GetCSVHeaderCommand({ UserPoolId }));
  const header = [...CSVHeader, COLUMN];
  const lines = people.map(([email, hash]) => {
    const cells = new Map([
      ['cognito:username', email],
      ['email', email],
      ['email_verified', 'TRUE'],
      ['cognito:mfa_enabled', 'FALSE'],
      [COLUMN, hash],
    ]);
    return header.map((name) => cells.get(name) ?? '').join(',');
  });
  const job = await makeJob(pool, algorithm);
  const body = [header.join(','), ...lines].join('\n');
  await fetch(job?.PreSignedUrl ?? '', { method: 'PUT', body });
  const started = { UserPoolId, JobId: job?.JobId };
  await pool.aws.send(new StartUserImportJobCommand(started));
  return vi.waitFor(async () => {
    const { UserImportJob } = await pool.aws.send(new DescribeUserImportJobCommand(started));
    expect(UserImportJob?.CompletionDate).toBeDefined();
    return UserImportJob;
  });
}

/** By SRP, as apps do it. */
function signInBySrp({ endpoint }: TestPool, Username: string, Password: string): Promise<unknown> {
  const Pool = new CognitoUserPool({ UserPoolId, ClientId: CLIENT, endpoint });
  const details = new AuthenticationDetails({ Username, Password });
  return new Promise((onSuccess, onFailure) =>
    new CognitoUser({ Username, Pool }).authenticateUser(details, { onSuccess, onFailure }),
  );
}

const WRONG = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };

describe('a user of a hash', () => {
  async function worldWith(password = PASSWORD) {
    const pool = await usePool({ lockout: true });
    const email = someEmail('hashed');
    const job = await importPeople(pool, [[email, hashOf(password)]], 'BCRYPT');
    expect(job).toMatchObject({ ImportedUsers: 1, PasswordHashingAlgorithm: 'BCRYPT' });
    return { pool, email };
  }

  test('is confirmed, and signs in with the old password', async () => {
    const { pool, email } = await worldWith();
    const user = new AdminGetUserCommand({ UserPoolId, Username: email });
    expect((await pool.aws.send(user)).UserStatus).toBe('CONFIRMED');
    await expect(signIn(pool, email, 'wrong')).rejects.toMatchObject(WRONG);
    for (let times = 0; times < 2; times += 1)
      expect((await signIn(pool, email)).access.username).toBeDefined();
  });

  test('is refused by SRP until the first sign-in that sends the password', async () => {
    const { pool, email } = await worldWith();
    await expect(signInBySrp(pool, email, PASSWORD)).rejects.toMatchObject(WRONG);
    await signIn(pool, email);
    await expect(signInBySrp(pool, email, 'wrong')).rejects.toMatchObject(WRONG);
    await signInBySrp(pool, email, PASSWORD);
  });

  test('a password below the policy of the pool signs in, too', async () => {
    const { pool, email } = await worldWith('short');
    await signIn(pool, email, 'short');
    await signInBySrp(pool, email, 'short');
  });

  test('is locked out after wrong passwords', async () => {
    const { pool, email } = await worldWith();
    for (let times = 0; times < 5; times += 1)
      await expect(signIn(pool, email, 'wrong')).rejects.toMatchObject(WRONG);
    await expect(signIn(pool, email)).rejects.toThrow('Password attempts exceeded');
  });

  test('changes the password with the old one', async () => {
    const { pool, email } = await worldWith();
    const { accessToken: AccessToken } = await signIn(pool, email);
    const change = { AccessToken, PreviousPassword: PASSWORD, ProposedPassword: 'Better-horse-43' };
    await pool.aws.send(new ChangePasswordCommand(change));
    await expect(signIn(pool, email)).rejects.toMatchObject(WRONG);
    await signIn(pool, email, 'Better-horse-43');
  });

  test('bcrypt reads 72 bytes, and a longer password does not fit', async () => {
    const long = 'a'.repeat(72);
    const { pool, email } = await worldWith(long);
    await expect(signIn(pool, email, `${long}b`)).rejects.toMatchObject(WRONG);
    await signIn(pool, email, long);
  });
});

test('each spelling of bcrypt is taken; other hashes fail their row, and no hash resets', async () => {
  const pool = await usePool();
  const hash = hashOf(PASSWORD);
  const spelled = ['2a', '2b', '2y'].map((kind) => hash.replace(/^\$2.\$/, `$${kind}$`));
  const good = spelled.map((text) => [someEmail('good'), text] as const);
  const bad = [
    '$argon2id$v=19$m=65536$c2FsdA$aGFzaA',
    hash.slice(0, -1),
    hash.replace('$04$', '$03$'),
    // Each sign-in would keep the emulator busy for seconds.
    hash.replace('$04$', '$13$'),
    hash.replace('$04$', '$31$'),
    hash.replace(/^\$2.\$/, '$2x$'),
    'srp:AAAA:AAAA',
    PASSWORD,
  ].map((text) => [someEmail('bad'), text] as const);
  const none = someEmail('none');
  const job = await importPeople(pool, [...good, ...bad, [none, '']], 'BCRYPT');
  expect(job).toMatchObject({ ImportedUsers: good.length + 1, FailedUsers: bad.length });
  for (const [email] of good) await signIn(pool, email);
  for (const [email] of bad) await expect(signIn(pool, email)).rejects.toThrow();
  const user = new AdminGetUserCommand({ UserPoolId, Username: none });
  expect((await pool.aws.send(user)).UserStatus).toBe('RESET_REQUIRED');
  const log = await (await fetch(job?.PreSignedUrl ?? '')).text();
  expect(log).not.toMatch(/\$2|argon/);
});

test('the column and the algorithm belong together', async () => {
  const pool = await usePool();
  const refused = { name: 'InvalidParameterException' };
  for (const algorithm of ['SCRYPT', 'ARGON2ID', 'PBKDF2_SHA256'] as const)
    await expect(makeJob(pool, algorithm)).rejects.toMatchObject(refused);
  const email = someEmail();
  const { CSVHeader = [] } = await pool.aws.send(new GetCSVHeaderCommand({ UserPoolId }));
  expect(CSVHeader).not.toContain(COLUMN);
  const job = await makeJob(pool, 'BCRYPT');
  await fetch(job?.PreSignedUrl ?? '', { method: 'PUT', body: `${CSVHeader.join(',')}\n` });
  await pool.aws.send(new StartUserImportJobCommand({ UserPoolId, JobId: job?.JobId }));
  await vi.waitFor(async () => {
    const command = new DescribeUserImportJobCommand({ UserPoolId, JobId: job?.JobId });
    expect((await pool.aws.send(command)).UserImportJob).toMatchObject({
      Status: 'Failed',
      CompletionMessage: `The header in the file does not have the column ${COLUMN}.`,
    });
  });
  const without = await importPeople(pool, [[email, hashOf(PASSWORD)]]);
  expect(without).toMatchObject({ Status: 'Failed', ImportedUsers: 0 });
});
