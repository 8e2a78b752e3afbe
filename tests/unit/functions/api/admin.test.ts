/** Administrators' routes: what Cognito and the database are asked, in which order, and what happens if one fails. */
import { describe, expect, test } from 'vitest';
import {
  addToGroup,
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  findUsers,
  getUser,
  removeFromGroup,
  resetPassword,
  signOutUser,
} from '../../../../functions/api/routes.ts';
import {
  ADMIN,
  answers,
  asked,
  bodyOf,
  call,
  calls,
  failures,
  parts,
  queued,
  reports,
  type Sent,
  SUB,
  sign,
} from './support.ts';

const authorization = `Bearer ${await sign(ADMIN)}`;
const ID = '00000000-0000-4000-8000-000000000001';
const begun = (result: unknown = null, repeated = false) =>
  JSON.stringify({ id: ID, started_at: new Date().toISOString(), repeated, result });
const begins = (result?: unknown) => answers.set('rpc/begin_admin_operation', [200, begun(result)]);
const finishes = (result: unknown = {}) =>
  answers.set('rpc/finish_admin_operation', [200, JSON.stringify(result)]);

/** What was asked of the database, by the names of its functions. */
const rpcs = () => calls.map(({ url }) => url.replace('/rest/v1/rpc/', ''));
const argsOf = (name: string) =>
  JSON.parse(calls.find(({ url }) => url.endsWith(name))?.body ?? 'null');
const named = (name: string) => Object.assign(new Error('ann@example.com'), { name });

const CHANGES = [
  [disableUser, 'disable user', ['usernameOf s-2', 'disable ann'], {}],
  [enableUser, 'enable user', ['usernameOf s-2', 'enable ann'], {}],
  [signOutUser, 'sign out user', ['usernameOf s-2', 'signOut ann'], {}],
  [
    resetPassword,
    'reset password',
    ['usernameOf s-2', 'resetPassword ann'],
    { status: 'RESET_REQUIRED' },
  ],
  [
    addToGroup,
    'add to group',
    ['usernameOf s-2', 'addToGroup ann editor', 'groupsOf ann'],
    { groups: ['editor'] },
  ],
  [
    removeFromGroup,
    'remove from group',
    ['usernameOf s-2', 'removeFromGroup ann editor', 'groupsOf ann'],
    { groups: ['editor'] },
  ],
  [deleteUser, 'delete user', ['usernameOf s-2', 'delete ann'], { existed: true }],
] as const;

/** What the database says of each. */
const RESULTS = new Map<string, object>([
  ['add to group', { groups: ['editor'] }],
  ['remove from group', { groups: ['editor'] }],
  ['delete user', { profile: true, files: [{ bucket: 'personal', name: 'a.txt' }] }],
]);
const change = (route: (typeof CHANGES)[number][0], sent: Sent = {}, given = parts()) =>
  call(route, { authorization, ...sent }, given);

describe.each(CHANGES)('$path, $method', (route, operation, expected, facts) => {
  const result = RESULTS.get(operation) ?? {};

  test('begins in the database, changes Cognito, and finishes in the database', async () => {
    begins();
    finishes(result);
    const response = await change(route, { headers: { 'idempotency-key': 'key-1' } });
    expect(response.statusCode).toBe(200);
    expect(bodyOf(response)).toEqual(result);
    expect(asked).toEqual(expected);
    expect(rpcs()).toEqual(['begin_admin_operation', 'finish_admin_operation']);
    const isOfGroup = operation.includes('group');
    expect(argsOf('begin_admin_operation')).toEqual({
      key: 'key-1',
      request: expect.stringContaining(operation),
      operation,
      sub: 's-2',
      ...(isOfGroup && { group_name: 'editor' }),
    });
    expect(argsOf('finish_admin_operation')).toEqual({
      id: ID,
      sub: 's-2',
      occurred_at: expect.any(String),
      facts,
    });
    // The administrator's own token, so that the database decides.
    for (const { headers } of calls) expect(headers.authorization).toBe(authorization);
  });

  test('answers a repeated request with its result, and asks Cognito nothing', async () => {
    begins(result);
    const response = await change(route, { headers: { 'idempotency-key': 'key-1' } });
    expect(bodyOf(response)).toEqual(result);
    expect(asked).toEqual([]);
  });

  test.each([
    [403, '42501', 403],
    [401, 'PT401', 401],
    [409, 'PT409', 409],
    [422, 'PT422', 422],
    [500, '', 502],
  ])('is over if the database begins with %i %s', async (theirs, code, ours) => {
    answers.set('rpc/begin_admin_operation', [theirs, JSON.stringify({ code, message: 'no' })]);
    expect((await change(route)).statusCode).toBe(ours);
    expect(asked).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  test.each([
    ['TooManyRequestsException', 503],
    ['UserNotFoundException', 404],
    ['NotAuthorizedException', 409],
  ])('changes nothing if Cognito refuses with %s', async (name, status) => {
    begins();
    failures.set('usernameOf', [named(name)]);
    const response = await change(route);
    expect(response.statusCode).toBe(status);
    expect(response.body).not.toContain('ann@');
    expect(rpcs()).toEqual(['begin_admin_operation', 'abandon_admin_operation']);
    if (status === 503) expect(response.headers).toMatchObject({ 'retry-after': '2' });
    expect(JSON.stringify(reports)).not.toContain('ann@');
  });

  test('stays begun if Cognito does not answer, because it may have changed', async () => {
    begins();
    failures.set('usernameOf', [named('TimeoutError')]);
    const response = await change(route);
    expect(response.statusCode).toBe(502);
    expect(rpcs()).toEqual(['begin_admin_operation']);
  });

  test('is left to the queue if the database does not finish, and the caller is told', async () => {
    begins();
    answers.set('rpc/finish_admin_operation', [500, '{}']);
    const response = await change(route);
    expect(response.statusCode).toBe(202);
    expect(bodyOf(response)).toEqual({ operation: ID, state: 'finishing' });
    expect(rpcs().filter((name) => name === 'finish_admin_operation')).toHaveLength(3);
    expect(queued).toEqual([
      { kind: 'operation', id: ID, sub: 's-2', occurredAt: expect.any(String), facts },
    ]);
  });

  test('is a 502 without a queue, and can be repeated', async () => {
    begins();
    answers.set('rpc/finish_admin_operation', [500, '{}']);
    const given = parts(undefined, { enqueue: () => Promise.reject(new Error('no queue')) });
    const response = await change(route, {}, given);
    expect(response.statusCode).toBe(502);
    expect(bodyOf(response).code).toBe('UPSTREAM_FAILED');
  });
});

describe('POST /admin/users', () => {
  const create = (body: object) => call(createUser, { authorization, body: JSON.stringify(body) });

  test('makes the user, the groups, and says so to the database', async () => {
    begins();
    finishes({ sub: 's-2' });
    const response = await create({ email: 'ann@example.com', groups: ['editor'] });
    expect(response.statusCode).toBe(201);
    expect(bodyOf(response)).toEqual({ sub: 's-2' });
    expect(asked).toEqual([
      'getGroup editor',
      'create ann@example.com true',
      'addToGroup ann editor',
    ]);
    expect(argsOf('finish_admin_operation').facts).toMatchObject({
      username: 'ann',
      status: 'FORCE_CHANGE_PASSWORD',
      groups: ['editor'],
    });
    // The database gets a hash of it.
    expect(argsOf('begin_admin_operation').sub).toBeUndefined();
  });

  test('makes nobody for a group that is not there', async () => {
    begins();
    failures.set('getGroup', [named('ResourceNotFoundException')]);
    expect((await create({ email: 'ann@example.com', groups: ['x'] })).statusCode).toBe(404);
    expect(asked).toEqual(['getGroup x']);
    expect(rpcs()).toEqual(['begin_admin_operation', 'abandon_admin_operation']);
  });

  test('stays begun if a group fails after the user was made', async () => {
    begins();
    failures.set('addToGroup', [named('TooManyRequestsException')]);
    const response = await create({ email: 'ann@example.com', groups: ['editor'] });
    expect(response.statusCode).toBe(502);
    expect(rpcs()).toEqual(['begin_admin_operation']);
  });

  test('takes a user whom an earlier attempt has made, and no other', async () => {
    answers.set('rpc/begin_admin_operation', [200, begun(null, true)]);
    finishes({ sub: 's-2' });
    failures.set('create', [named('UsernameExistsException')]);
    expect((await create({ email: 'ann@example.com' })).statusCode).toBe(201);
    begins();
    failures.set('create', [named('UsernameExistsException')]);
    expect((await create({ email: 'ann@example.com' })).statusCode).toBe(409);
    answers.set('rpc/begin_admin_operation', [
      200,
      JSON.stringify({
        id: ID,
        started_at: new Date(Date.now() + 60_000),
        repeated: true,
        result: null,
      }),
    ]);
    failures.set('create', [named('UsernameExistsException')]);
    const response = await create({ email: 'ann@example.com' });
    expect(response.statusCode).toBe(409);
    expect(bodyOf(response).detail).toBe('There is a person with this address already.');
  });

  test.each([{}, { email: 'nobody' }, { email: 'a@example.com', password: 'x' }])(
    'refuses %j',
    async (body) => {
      expect((await create(body)).statusCode).toBe(400);
      expect(calls).toEqual([]);
    },
  );
});

test('a person whom Cognito does not know is a 404, and a deletion goes on', async () => {
  begins();
  finishes({ profile: false, files: [] });
  const pool = async () => ({ usernameOf: async () => undefined }) as never;
  expect((await change(disableUser, {}, parts(undefined, { pool }))).statusCode).toBe(404);
  expect((await change(deleteUser, {}, parts(undefined, { pool }))).statusCode).toBe(200);
  expect(argsOf('finish_admin_operation').facts).toEqual({ existed: false });
});

test('a group that has changed, and whose list cannot be read, stays begun', async () => {
  begins();
  failures.set('groupsOf', [named('TooManyRequestsException')]);
  expect((await change(addToGroup)).statusCode).toBe(502);
  expect(rpcs()).toEqual(['begin_admin_operation']);
});

test('a person whom nobody knows is a 404, and nothing is left to the queue', async () => {
  begins();
  answers.set('rpc/finish_admin_operation', [404, '{"code":"PT404","message":"nobody"}']);
  expect((await change(deleteUser)).statusCode).toBe(404);
  expect(rpcs()).toEqual([
    'begin_admin_operation',
    'finish_admin_operation',
    'abandon_admin_operation',
  ]);
  expect(queued).toEqual([]);
});

test('an administrator whose token ends in between: the queue finishes', async () => {
  begins();
  answers.set('rpc/finish_admin_operation', [401, '{"code":"PT401","message":"ended"}']);
  expect((await change(disableUser)).statusCode).toBe(202);
  expect(queued).toHaveLength(1);
});

test('GET /admin/users passes the query on', async () => {
  answers.set('rpc/admin_find_users', [200, '{"users":[],"cursor":null}']);
  const support = `Bearer ${await sign({ ...ADMIN, 'cognito:groups': ['support'] })}`;
  const query = 'email=Ann%40example.com&cursor=s-1&limit=10';
  const response = await call(findUsers, { authorization: support, query });
  expect(bodyOf(response)).toEqual({ users: [], cursor: null });
  expect(argsOf('admin_find_users')).toEqual({ email: 'Ann@example.com', after: 's-1', most: 10 });
  for (const wrong of ['emial=x', 'limit=0', 'limit=201', 'limit=x', 'email='])
    expect((await call(findUsers, { authorization: support, query: wrong })).statusCode).toBe(400);
});

test('GET /admin/users/{sub} is what the database says', async () => {
  answers.set('rpc/admin_read_user', [404, '{"code":"PT404","message":"nobody"}']);
  expect((await call(getUser, { authorization })).statusCode).toBe(404);
  expect(argsOf('admin_read_user')).toEqual({ sub: 's-2' });
  expect(SUB).not.toBe('s-2');
});
