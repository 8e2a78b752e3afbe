/** cognito.directory over a user pool, by refresh, by events, and by both in any order. */
import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createClient } from '@supabase/supabase-js';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  connectTo,
  FakePool,
  type OwnStack,
  ownStack,
  refresh,
  refreshTwice,
} from './directory-fixtures.ts';

let stack: OwnStack;
let cognito: CognitoIdentityProviderClient;
let pool: { UserPoolId: string };

beforeAll(async () => {
  stack = await ownStack();
  const { COGNITO_ENDPOINT, COGNITO_REGION, COGNITO_USER_POOL_ID } = stack.env;
  pool = { UserPoolId: COGNITO_USER_POOL_ID };
  cognito = new CognitoIdentityProviderClient({
    endpoint: COGNITO_ENDPOINT,
    region: COGNITO_REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await cognito.send(new CreateGroupCommand({ ...pool, GroupName: 'editors' }));
});
afterAll(() => stack.stop());

/** The service, by the Data API, as a trigger calls it. */
const api = (key: string) => createClient(stack.env.SUPABASE_URL, key);

async function tell(sub: string, kind: string, more: Record<string, unknown> = {}) {
  const { data, error } = await api(stack.env.SUPABASE_SECRET_KEY).rpc('record_cognito_event', {
    sub,
    kind,
    ...more,
  });
  expect(error).toBeNull();
  return data as boolean;
}

let people = 0;
async function signUp() {
  people += 1;
  const email = `person-${people}@example.com`;
  const { UserSub: sub = '' } = await cognito.send(
    new SignUpCommand({
      ClientId: stack.env.COGNITO_CLIENT_ID,
      Username: email,
      Password: 'Test-2026-aA1-long',
      UserAttributes: [{ Name: 'email', Value: email }],
    }),
  );
  return { sub, email, user: { ...pool, Username: email } };
}

async function confirmed() {
  const person = await signUp();
  await cognito.send(new AdminConfirmSignUpCommand(person.user));
  return person;
}

const row = async (sub: string) =>
  (await stack.db.query('select * from cognito.directory where sub = $1', [sub])).rows[0];

test('a sign-up is there at once by its event, and by the next refresh without one', async () => {
  const told = await signUp();
  const silent = await signUp();
  await tell(told.sub, 'signed_up', {
    attributes: { sub: told.sub, email: told.email, 'cognito:user_status': 'UNCONFIRMED' },
  });
  expect(await row(told.sub)).toMatchObject({ email: told.email, status: 'UNCONFIRMED' });
  expect(await row(silent.sub)).toBeUndefined();

  expect(await refresh(stack.db)).toMatchObject({ complete: true, error: null });
  for (const { sub, email } of [told, silent])
    expect(await row(sub)).toMatchObject({
      username: sub,
      email,
      email_verified: false,
      status: 'UNCONFIRMED',
      enabled: true,
      attributes: { sub, email },
      groups: null,
      deleted_at: null,
      scanned: true,
    });
  const { created_at } = await row(silent.sub);
  expect(Math.abs(Date.now() - created_at.getTime()), 'UTC').toBeLessThan(60_000);
});

interface Change {
  readonly name: string;
  /** Makes a change in the pool, and returns its event. */
  make(person: { sub: string; user: { UserPoolId: string; Username: string } }): Promise<{
    kind: string;
    attributes?: Record<string, string>;
    groups?: string[];
  }>;
  readonly expected: Record<string, unknown>;
  /** Wrappers' cognito.users has no groups. */
  readonly byEventOnly?: true;
}

const changes: Change[] = [
  {
    name: 'changed',
    make: async ({ sub, user }) => {
      const email = `changed-${sub}@example.com`;
      const UserAttributes = [{ Name: 'email', Value: email }];
      await cognito.send(new AdminUpdateUserAttributesCommand({ ...user, UserAttributes }));
      return { kind: 'changed', attributes: { sub, email, 'cognito:user_status': 'CONFIRMED' } };
    },
    expected: { email: expect.stringMatching(/^changed-/) },
  },
  {
    name: 'disabled',
    make: async ({ user }) => {
      await cognito.send(new AdminDisableUserCommand(user));
      return { kind: 'disabled' };
    },
    expected: { enabled: false },
  },
  {
    name: 'regrouped',
    make: async ({ user }) => {
      await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName: 'editors' }));
      return { kind: 'regrouped', groups: ['editors'] };
    },
    expected: { groups: ['editors'] },
    byEventOnly: true,
  },
  {
    name: 'deleted',
    make: async ({ user }) => {
      await cognito.send(new AdminDeleteUserCommand(user));
      return { kind: 'deleted' };
    },
    expected: { deleted_at: expect.any(Date) },
  },
];

test.each(changes)(
  '$name: by refresh, by event, by both in either order, and by a late event',
  async ({ make, expected, byEventOnly }) => {
    const orders = [['refresh'], ['event'], ['event', 'refresh'], ['refresh', 'event', 'event']];
    const cases = [];
    for (const order of orders) cases.push({ order, person: await confirmed() });
    await refresh(stack.db);
    for (const one of cases) {
      const event = await make(one.person);
      const occurred_at = new Date();
      for (const source of one.order) {
        if (source === 'refresh') expect((await refreshTwice(stack.db, true)).error).toBeNull();
        else await tell(one.person.sub, event.kind, { ...event, occurred_at });
      }
      if (byEventOnly && !one.order.includes('event')) continue;
      expect(await row(one.person.sub), one.order.join(', ')).toMatchObject(expected);
    }
    // An earlier event changes nothing.
    for (const { person } of cases)
      await tell(person.sub, 'enabled', {
        attributes: { sub: person.sub, email: 'stale@example.com' },
        groups: ['stale'],
        occurred_at: new Date(Date.now() - 3_600_000),
      });
    for (const { person, order } of cases)
      if (!byEventOnly || order.includes('event'))
        expect(await row(person.sub)).toMatchObject(expected);
    const { rows } = await stack.db.query(
      "select sub from cognito.directory where email = 'stale@example.com'",
    );
    expect(rows).toEqual([]);
  },
);

test('history has each change once, however often it was reported', async () => {
  const { sub, user } = await confirmed();
  await refresh(stack.db);
  await cognito.send(new AdminDisableUserCommand(user));
  const occurred_at = new Date();
  await tell(sub, 'disabled', { occurred_at });
  await refresh(stack.db);
  await tell(sub, 'disabled', { occurred_at });
  const { rows } = await stack.db.query(
    'select field, before, after, changed_at from cognito.directory_history where sub = $1',
    [sub],
  );
  expect(rows).toEqual([{ field: 'enabled', before: true, after: false, changed_at: occurred_at }]);
});

test('an event that commits during the merge is not overwritten', async () => {
  const { sub, email } = await confirmed();
  await refresh(stack.db);
  const [other, watcher] = [await stack.connect(), await stack.connect()];
  const { rows } = await stack.db.query("select cognito.begin_sync('sync') as id");
  await stack.db.query(
    `insert into cognito.staged_users (run_id, sub, username, email, enabled, status, updated_at)
     values ($1, $2, $2, $3, true, 'RESET_REQUIRED', now() - interval '1 hour')`,
    [rows[0].id, sub, email],
  );
  await other.query('begin');
  await other.query("select cognito.record_event($1, 'disabled')", [sub]);
  const finishing = stack.db.query('select * from cognito.finish_sync($1, false, 1)', [rows[0].id]);
  await expect
    .poll(async () => {
      const waiting = "select from pg_stat_activity where wait_event_type = 'Lock'";
      return (await watcher.query(waiting)).rowCount;
    })
    .toBe(1);
  await other.query('commit');
  expect((await finishing).rows[0]).toMatchObject({ error: null, changed: '1' });
  expect(await row(sub)).toMatchObject({ enabled: false, status: 'RESET_REQUIRED' });
  await Promise.all([other.end(), watcher.end()]);
});

test('groups come by a sync that reads them, and stay when one does not', async () => {
  const { sub } = await confirmed();
  const sync = async (groups: string[] | null) => {
    const { rows } = await stack.db.query("select cognito.begin_sync('sync') as id");
    await stack.db.query(
      'insert into cognito.staged_users (run_id, sub, username, groups) values ($1, $2, $2, $3)',
      [rows[0].id, sub, groups],
    );
    await stack.db.query('select cognito.finish_sync($1, false, 1)', [rows[0].id]);
    return (await row(sub)).groups;
  };
  expect(await sync(null)).toBeNull();
  expect(await sync(['editors', 'admins'])).toEqual(['admins', 'editors']);
  expect(await sync(null)).toEqual(['admins', 'editors']);
  expect(await sync([])).toEqual([]);
});

test('only the service reports events, and no role of the API reads the directory', async () => {
  for (const key of [stack.env.SUPABASE_PUBLISHABLE_KEY, stack.env.SUPABASE_SECRET_KEY]) {
    const { error } = await api(key).schema('cognito').from('directory').select('*');
    expect(error).not.toBeNull();
  }
  const { error } = await api(stack.env.SUPABASE_PUBLISHABLE_KEY).rpc('record_cognito_event', {
    sub: 'x',
    kind: 'signed_up',
  });
  expect(error?.code).toBe('42501');
  expect(await row('x')).toBeUndefined();
  for (const role of ['anon', 'authenticated', 'service_role', 'cognito_analyst'])
    for (const table of ['directory', 'directory_history', 'refresh_runs', 'users', 'forgotten']) {
      await stack.db.query(`begin; set local role ${role}`);
      await expect(stack.db.query(`select * from cognito.${table}`)).rejects.toMatchObject({
        code: '42501',
      });
      await stack.db.query('rollback');
    }
});

test("Wrappers' own import foreign schema gives the same table", async (context) => {
  await stack.db.query('begin');
  try {
    await stack.db.query('create schema imported');
    await stack.db.query(
      'import foreign schema "cognito" from server cognito_server into imported',
    );
    const columns = `select attname, atttypid::regtype from pg_attribute
      where attrelid = $1::regclass and attnum > 0 order by attnum`;
    const [imported, ours] = await Promise.all(
      ['imported.users', 'cognito.users'].map((table) => stack.db.query(columns, [table])),
    );
    expect(imported?.rows).toEqual(ours?.rows);
  } catch (error) {
    // The stand-in is file_fdw underneath, which has nothing to import.
    if ((error as pg.DatabaseError).code === 'HV00P') context.skip();
    throw error;
  } finally {
    await stack.db.query('rollback');
  }
});

test('after connecting to another pool too many people are missing, so nobody is deleted', async () => {
  const other = new FakePool();
  await other.listen();
  other.fill(30);
  const { rows } = await stack.db.query(
    'select count(*)::int as n from cognito.directory where deleted_at is null',
  );
  expect(rows[0].n).toBeGreaterThan(10);
  await connectTo(stack.db, other.endpoint);
  expect(await refresh(stack.db)).toMatchObject({
    complete: false,
    deleted: '0',
    error: expect.stringContaining('allow_deletes => true'),
  });
  await connectTo(stack.db, stack.env.COGNITO_ENDPOINT);
  await other.close();
});
