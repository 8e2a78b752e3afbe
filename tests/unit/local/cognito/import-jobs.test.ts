/** Imports of users from a CSV file, as the AWS SDK and an upload with fetch do it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  AdminGetUserCommand,
  CreateUserImportJobCommand,
  DescribeUserImportJobCommand,
  GetCSVHeaderCommand,
  ListUserImportJobsCommand,
  StartUserImportJobCommand,
  StopUserImportJobCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { expect, test, vi } from 'vitest';
import {
  addUser,
  makeFolder,
  openPool,
  PASSWORD,
  POOL,
  signIn,
  someEmail,
  type TestPool,
  usePool,
} from './support.ts';

const UserPoolId = POOL;
const ROLE = 'arn:aws:iam::000000000000:role/logs';

async function fileOf(pool: TestPool, rows: readonly Record<string, string>[]): Promise<string> {
  const { CSVHeader = [] } = await pool.aws.send(new GetCSVHeaderCommand({ UserPoolId }));
  const lines = rows.map((row) => CSVHeader.map((name) => row[name] ?? '').join(','));
  return [CSVHeader.join(','), ...lines].join('\n');
}

const create = async (pool: TestPool) =>
  (
    await pool.aws.send(
      new CreateUserImportJobCommand({
        ...{ UserPoolId, JobName: 'job' },
        CloudWatchLogsRoleArn: ROLE,
      }),
    )
  ).UserImportJob;
const upload = (url = '', body = '') =>
  fetch(url, { method: 'PUT', body, headers: { 'x-amz-server-side-encryption': 'aws:kms' } });
const start = (pool: TestPool, JobId: string | undefined) =>
  pool.aws.send(new StartUserImportJobCommand({ UserPoolId, JobId }));
const ended = (pool: TestPool, JobId: string | undefined) =>
  vi.waitFor(async () => {
    const command = new DescribeUserImportJobCommand({ UserPoolId, JobId });
    const { UserImportJob } = await pool.aws.send(command);
    expect(UserImportJob?.CompletionDate).toBeDefined();
    return UserImportJob;
  });

const row = (email: string, more: Record<string, string> = {}) => ({
  'cognito:username': email,
  email,
  email_verified: 'TRUE',
  phone_number_verified: 'FALSE',
  'cognito:mfa_enabled': 'FALSE',
  ...more,
});

test('makes users that must reset their password, and counts the others', async () => {
  const pool = await usePool();
  const [ann, known] = [someEmail('ann'), await addUser(pool)];
  const job = await create(pool);
  expect(job).toMatchObject({ Status: 'Created', ImportedUsers: 0, CloudWatchLogsRoleArn: ROLE });
  const csv = await fileOf(pool, [
    row(ann, { given_name: 'Ann', name: '"Ann, of ""Athens"""' }),
    row(known),
    row('unverified@example.com', { email_verified: 'FALSE' }),
    row('not an address'),
  ]);
  expect((await upload(job?.PreSignedUrl, csv)).status).toBe(200);
  expect((await start(pool, job?.JobId)).UserImportJob?.Status).toBe('Pending');
  expect(await ended(pool, job?.JobId)).toMatchObject({
    Status: 'Succeeded',
    ImportedUsers: 1,
    SkippedUsers: 1,
    FailedUsers: 2,
    StartDate: expect.any(Date),
  });
  const user = await pool.aws.send(new AdminGetUserCommand({ UserPoolId, Username: ann }));
  expect(user.UserStatus).toBe('RESET_REQUIRED');
  expect(user.UserAttributes).toContainEqual({ Name: 'name', Value: 'Ann, of "Athens"' });
  expect(user.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' });
  // The log tells lines and reasons, and nobody's data.
  const log = await (await fetch(job?.PreSignedUrl ?? '')).text();
  expect(log.trim().split('\n')).toEqual([
    '[SUCCEEDED] Line Number 2 - The import succeeded.',
    '[SKIPPED] Line Number 3 - The user already exists.',
    '[FAILED] Line Number 4 - The user record does not set any of the auto verified attributes to true.',
    '[FAILED] Line Number 5 - The user could not be imported (InvalidParameterException).',
  ]);
  await expect(signIn(pool, ann, PASSWORD)).rejects.toThrow();
});

test.each([
  ['another header', 'a,b\n1,2', 'The header in the file does not have the column name.'],
  ['an empty file', '', 'The header in the file does not have the column name.'],
  ['broken quotes', '"a,b\n', 'The file is not valid CSV.'],
])('a file with %s imports nobody', async (_, csv, CompletionMessage) => {
  const pool = await usePool();
  const job = await create(pool);
  await upload(job?.PreSignedUrl, csv || '\n');
  await start(pool, job?.JobId);
  expect(await ended(pool, job?.JobId)).toMatchObject({ Status: 'Failed', CompletionMessage });
});

test('is started once, with a file, and can be stopped before', async () => {
  const pool = await usePool();
  const refused = { name: 'InvalidParameterException' };
  const job = await create(pool);
  await expect(start(pool, job?.JobId)).rejects.toMatchObject(refused);
  const stop = new StopUserImportJobCommand({ UserPoolId, JobId: job?.JobId });
  expect((await pool.aws.send(stop)).UserImportJob?.Status).toBe('Stopped');
  await expect(start(pool, job?.JobId)).rejects.toMatchObject(refused);
  expect((await upload(job?.PreSignedUrl, 'x')).status).toBe(409);
  const { UserImportJobs } = await pool.aws.send(
    new ListUserImportJobsCommand({ UserPoolId, MaxResults: 10 }),
  );
  expect(UserImportJobs).toMatchObject([{ JobId: job?.JobId, Status: 'Stopped' }]);
  await expect(start(pool, 'import-0000')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('takes a file with its key only, and no page of another site', async () => {
  const pool = await usePool();
  const job = await create(pool);
  const url = new URL(job?.PreSignedUrl ?? '');
  url.searchParams.set('key', 'guessed');
  expect((await upload(url.href, 'x')).status).toBe(403);
  expect((await fetch(url)).status).toBe(403);
  const page = { method: 'PUT', body: 'x', headers: { origin: 'https://evil.example' } };
  expect((await fetch(job?.PreSignedUrl ?? '', page)).status).toBe(403);
  expect((await fetch(job?.PreSignedUrl ?? '', { method: 'DELETE' })).status).toBe(405);
});

test('that was started goes on after a restart', async () => {
  const dataDir = await makeFolder();
  const first = await openPool({ dataDir });
  const email = someEmail();
  const job = await create(first);
  await upload(job?.PreSignedUrl, await fileOf(first, [row(email)]));
  await first.close();
  // As if the emulator had ended right after the start of the job.
  const db = new DatabaseSync(join(dataDir, 'cognito.sqlite'));
  db.exec(`update import_jobs set record = json_set(record, '$.Status', 'Pending')`);
  db.close();
  const pool = await usePool({ dataDir });
  expect(await ended(pool, job?.JobId)).toMatchObject({ Status: 'Succeeded', ImportedUsers: 1 });
});
