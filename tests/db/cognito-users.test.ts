/** cognito.users: live, in the shape of Wrappers, by the guide's own queries. */

import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EMBEDDED_ONLY, isEmbedded } from '../support/embedded.ts';
import { cognitoClient, newPerson } from '../support/people.ts';
import { stackEnv } from '../support/stack.ts';

let db: pg.Client;

beforeAll(async () => {
  db = new pg.Client({ connectionString: stackEnv().SUPABASE_DB_URL });
  await db.connect();
});
afterAll(() => db.end());

const find = async (email: string) =>
  (await db.query('select * from cognito.users where email = $1', [email])).rows;

test('shows new users and their changes at once', async () => {
  const { email, sub } = await newPerson('live');
  const UserPoolId = stackEnv().COGNITO_USER_POOL_ID;
  expect(await find(email)).toMatchObject([
    { username: sub, email, status: 'CONFIRMED', enabled: true, created_at: expect.any(Date) },
  ]);
  await cognitoClient().send(new AdminDisableUserCommand({ UserPoolId, Username: email }));
  expect(await find(email)).toMatchObject([{ enabled: false }]);
  await cognitoClient().send(new AdminDeleteUserCommand({ UserPoolId, Username: email }));
  expect(await find(email)).toEqual([]);
});

test('attributes are an array of one-key objects, as Wrappers gives them', async () => {
  const { email, sub } = await newPerson('attributes');
  const [user] = await find(email);
  expect(user.attributes).toContainEqual({ sub });
  expect(user.attributes).toContainEqual({ email });
});

test('a scan with a limit ends early without an error', async () => {
  const { rows } = await db.query('select username from cognito.users limit 1');
  expect(rows).toHaveLength(1);
});

test('more users than one page holds are all there, once', async () => {
  const { rows: before } = await db.query('select count(*)::int as n from cognito.users');
  const people = await Promise.all(Array.from({ length: 65 }, () => newPerson('page')));
  const { rows } = await db.query(
    'select count(*)::int as n, count(distinct username)::int as people from cognito.users',
  );
  expect(rows[0].n).toBeGreaterThanOrEqual(before[0].n + people.length);
  expect(rows[0].people).toBe(rows[0].n);
});

test('is refused to every role of the API', async () => {
  for (const role of ['anon', 'authenticated', 'service_role']) {
    await db.query('begin');
    await db.query(`set local role ${role}`);
    await expect(db.query('select * from cognito.users')).rejects.toMatchObject({ code: '42501' });
    await db.query('rollback');
  }
});

test("the guide's statements for server and table run unchanged", async () => {
  await db.query('begin');
  try {
    await db.query(`create server guide_server foreign data wrapper cognito_wrapper options (
      aws_access_key_id '<your_access_key>', api_key_id '<your_secret_key_id_in_vault>',
      region 'us-east-1', user_pool_id 'us-east-1_abc')`);
    await db.query('create schema guide');
    await db.query(`create foreign table guide.users (
      username text, email text, status text, enabled boolean,
      created_at timestamp, updated_at timestamp, attributes jsonb
    ) server guide_server options (object 'users')`);
  } finally {
    await db.query('rollback');
  }
});

test('a server without credentials is refused with the message of Wrappers', async () => {
  await expect(
    db.query(`create server s foreign data wrapper cognito_wrapper options (region 'x')`),
  ).rejects.toMatchObject({ code: 'HV000' });
});

test('values for the shell command are checked', async ({ skip }) => {
  skip(!(await isEmbedded()), EMBEDDED_ONLY);
  await db.query('begin');
  await db.query(`create server s foreign data wrapper cognito_wrapper options (
    aws_access_key_id 'x', api_key_id 'y', user_pool_id 'a_b; touch /tmp/pwned',
    endpoint_url 'http://127.0.0.1:1')`);
  const { rows } = await db.query(
    "select srvoptions::text as o from pg_foreign_server where srvname = 's'",
  );
  await db.query('rollback');
  expect(rows[0].o).not.toContain('touch');
});

test('connect() names missing secrets of Vault, and changes nothing', async () => {
  const options = "select srvoptions from pg_foreign_server where srvname = 'cognito_server'";
  const before = (await db.query(options)).rows;
  await db.query('begin');
  await db.query(
    "delete from vault.secrets where name in ('cognito_region', 'cognito_user_pool_id')",
  );
  await expect(db.query('select cognito.connect()')).rejects.toMatchObject({
    code: '55000',
    message: 'not in Vault: cognito_region, cognito_user_pool_id',
    hint: expect.stringContaining('supabase migration up'),
  });
  await db.query('rollback');
  expect((await db.query(options)).rows).toEqual(before);
});

test('connect() can be called again', async () => {
  const { rows } = await db.query('select cognito.connect() as said');
  expect(rows[0].said).toBe(`cognito.users reads user pool ${stackEnv().COGNITO_USER_POOL_ID}`);
  expect((await db.query('select 1 from cognito.users limit 1')).rows).toHaveLength(1);
});
