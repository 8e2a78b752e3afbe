/** Administrators' routes and webhooks on the stack: the user pool and the database change together. */
import {
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { WEBHOOK_SECRET } from '@cognito-supabase/local/api/parts';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stackEnv } from '../support/stack.ts';
import { mailedCode, newEmail } from './person.ts';
import { poolClient } from './pool.ts';
import { accessToken, type MadeUser, makeUser } from './users.ts';

const stack = stackEnv();
const pool = poolClient(stack);
const db = new pg.Client({ connectionString: stack.SUPABASE_DB_URL });
let boss: MadeUser;
let token: string;
beforeAll(async () => {
  await db.connect();
  boss = await makeUser(pool, stack, ['admin']);
  token = await accessToken(pool, stack, boss);
});
afterAll(async () => {
  await db.end();
  pool.destroy();
});

interface Asking {
  readonly body?: unknown;
  readonly key?: string;
  readonly by?: string;
}

async function ask(method: string, path: string, { body, key, by = token }: Asking = {}) {
  const response = await fetch(stack.API_URL + path, {
    method,
    headers: {
      authorization: `Bearer ${by}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const inDirectory = async (sub: string) =>
  (await db.query('select * from cognito.directory where sub = $1', [sub])).rows[0];
const inPool = (Username: string) =>
  pool.send(new AdminGetUserCommand({ UserPoolId: stack.COGNITO_USER_POOL_ID, Username }));
const auditOf = async (sub: string) =>
  (
    await db.query(
      `select after ->> 'operation' as operation, after ->> 'state' as state, actor_sub from cognito_audit.events
       where relation = 'cognito_supabase.admin_operations' and target ->> 'sub' = $1 order by id`,
      [sub],
    )
  ).rows;

test('a person is disabled in both, refused by both, and enabled again', async () => {
  const person = await makeUser(pool, stack);
  const theirs = await accessToken(pool, stack, person);
  expect((await ask('GET', '/me', { by: theirs })).status).toBe(200);
  expect(await ask('POST', `/admin/users/${person.sub}/disable`)).toEqual({
    status: 200,
    body: {},
  });
  expect((await inDirectory(person.sub)).enabled).toBe(false);
  expect((await inPool(person.email)).Enabled).toBe(false);
  expect((await ask('GET', '/me', { by: theirs })).status).toBe(403);
  await expect(accessToken(pool, stack, person)).rejects.toThrow();
  expect(await auditOf(person.sub)).toEqual([
    { operation: 'disable user', state: 'started', actor_sub: boss.sub },
    { operation: 'disable user', state: 'done', actor_sub: boss.sub },
  ]);
  expect((await ask('POST', `/admin/users/${person.sub}/enable`)).status).toBe(200);
  expect((await ask('GET', '/me', { by: theirs })).status).toBe(200);
});

test('groups change in both', async () => {
  const person = await makeUser(pool, stack);
  const path = `/admin/users/${person.sub}/groups/admin`;
  expect(await ask('PUT', path)).toEqual({ status: 200, body: { groups: ['admin'] } });
  expect((await inDirectory(person.sub)).groups).toEqual(['admin']);
  expect(await ask('DELETE', path)).toEqual({ status: 200, body: { groups: [] } });
  expect((await inDirectory(person.sub)).groups).toEqual([]);
  const { Groups } = await pool.send(
    new AdminListGroupsForUserCommand({
      UserPoolId: stack.COGNITO_USER_POOL_ID,
      Username: person.email,
    }),
  );
  expect(Groups).toEqual([]);
  expect((await ask('PUT', `/admin/users/${person.sub}/groups/nothing`)).status).toBe(404);
});

test('a user is made once, however often the request is sent', async () => {
  const email = newEmail('made');
  const sent = { body: { email, groups: ['admin'] }, key: crypto.randomUUID() };
  const first = await ask('POST', '/admin/users', sent);
  expect(first.status).toBe(201);
  expect(await ask('POST', '/admin/users', sent)).toEqual(first);
  expect(
    (await ask('POST', '/admin/users', { ...sent, body: { email: newEmail('x') } })).status,
  ).toBe(422);
  expect((await ask('POST', '/admin/users', { body: { email } })).status).toBe(409);
  expect(await inDirectory(first.body.sub)).toMatchObject({
    email,
    status: 'FORCE_CHANGE_PASSWORD',
    groups: ['admin'],
  });
  expect(await mailedCode(stack, email, 'AdminCreateUser')).toMatch(/./);
});

test('ten requests at once with one key change once', async () => {
  const person = await makeUser(pool, stack);
  const key = crypto.randomUUID();
  const path = `/admin/users/${person.sub}/sign-out`;
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask('POST', path, { key })));
  const statuses = answers.map(({ status }) => status);
  expect(statuses).toContain(200);
  for (const status of statuses) expect([200, 409]).toContain(status);
  expect((await ask('POST', path, { key })).status).toBe(200);
  expect(await auditOf(person.sub)).toHaveLength(2);
});

test('a password is reset by a code', async () => {
  const person = await makeUser(pool, stack);
  expect((await ask('POST', `/admin/users/${person.sub}/reset-password`)).status).toBe(200);
  expect((await inPool(person.email)).UserStatus).toBe('RESET_REQUIRED');
  expect(await mailedCode(stack, person.email, 'ForgotPassword')).toMatch(/^\d{6}$/);
});

test('a person is looked up, with sign-ins, and deleted everywhere', async () => {
  const person = await makeUser(pool, stack);
  const theirs = await accessToken(pool, stack, person);
  await ask('GET', '/me', { by: theirs });
  const found = await vi.waitFor(async () => {
    const { body } = await ask('GET', `/admin/users?email=${encodeURIComponent(person.email)}`);
    expect(body.users).toHaveLength(1);
    return body;
  }, 5000);
  expect(found.users[0].sub).toBe(person.sub);
  await vi.waitFor(async () => {
    const { body } = await ask('GET', `/admin/users/${person.sub}`);
    expect(body).toMatchObject({ sub: person.sub, problem: null });
    expect(body.sign_ins).toHaveLength(1);
  }, 5000);
  expect(await ask('DELETE', `/admin/users/${person.sub}`)).toEqual({
    status: 200,
    body: { profile: true, files: [] },
  });
  await expect(inPool(person.email)).rejects.toThrow();
  expect(await inDirectory(person.sub)).toBeUndefined();
  expect((await ask('GET', '/me', { by: theirs })).status).toBe(401);
  expect((await ask('GET', `/admin/users/${person.sub}`)).status).toBe(404);
  expect(await auditOf(person.sub)).toEqual([]);
});

test('the last owner of a workspace is not deleted, and nothing has changed', async () => {
  const owner = await makeUser(pool, stack);
  await ask('GET', '/me', { by: await accessToken(pool, stack, owner) });
  await db.query(
    `with w as (insert into public.workspaces (name) values ('Lab') returning id)
     insert into public.workspace_members select w.id, u.id, 'owner' from w, public.app_users as u where u.cognito_sub = $1`,
    [owner.sub],
  );
  const { status, body } = await ask('DELETE', `/admin/users/${owner.sub}`);
  expect({ status, detail: body.detail }).toEqual({
    status: 409,
    detail: 'a workspace keeps at least one owner',
  });
  expect((await inPool(owner.email)).Enabled).toBe(true);
});

describe('who may', () => {
  test('people without the group, and administrators on themselves, may not', async () => {
    const other = await makeUser(pool, stack);
    const theirs = await accessToken(pool, stack, other);
    expect((await ask('POST', `/admin/users/${boss.sub}/disable`, { by: theirs })).status).toBe(
      403,
    );
    for (const path of ['disable', 'enable'].map((name) => `/admin/users/${boss.sub}/${name}`))
      expect((await ask('POST', path)).status).toBe(path.endsWith('disable') ? 409 : 200);
    expect((await ask('POST', '/admin/users/nobody/disable')).status).toBe(404);
    expect((await ask('DELETE', '/admin/users/nobody')).status).toBe(404);
  });

  test('an administrator who was signed out everywhere may not, with the same token', async () => {
    const second = await makeUser(pool, stack, ['admin']);
    const theirs = await accessToken(pool, stack, second);
    expect((await ask('GET', '/admin/users', { by: theirs })).status).toBe(200);
    expect((await ask('POST', `/admin/users/${second.sub}/sign-out`)).status).toBe(200);
    expect((await ask('GET', '/admin/users', { by: theirs })).status).toBe(401);
  });
});

describe('POST /auth/webhook', () => {
  const post = (event: object, secret = WEBHOOK_SECRET, id: string = crypto.randomUUID()) => {
    const body = JSON.stringify(event);
    const at = new Date();
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    };
    return fetch(`${stack.API_URL}/auth/webhook`, { method: 'POST', headers, body });
  };

  test('a signed event changes directory and trust, once', async () => {
    const person = await makeUser(pool, stack);
    const theirs = await accessToken(pool, stack, person);
    const event = { kind: 'disabled', sub: person.sub, occurred_at: new Date().toISOString() };
    const id = crypto.randomUUID();
    const first = await post(event, WEBHOOK_SECRET, id);
    expect([first.status, await first.json()]).toEqual([200, { applied: true }]);
    expect((await inDirectory(person.sub)).enabled).toBe(false);
    expect((await ask('GET', '/me', { by: theirs })).status).toBe(403);
    expect(await (await post(event, WEBHOOK_SECRET, id)).json()).toEqual({ applied: false });
    const forged = await post(event, `whsec_${Buffer.from('x'.repeat(24)).toString('base64')}`);
    expect(forged.status).toBe(401);
  });
});
