/** What the file keeps, after failures too, and names from outside that are also names of JavaScript. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  AdminAddUserToGroupCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { describe, expect, test } from 'vitest';
import { Database } from '../../../../local/cognito/store/database.ts';
import { Users } from '../../../../local/cognito/store/users.ts';
import { addUser, makeFolder, openPool, PASSWORD, POOL, post, signIn, usePool } from './support.ts';

const UserPoolId = POOL;

describe('names of JavaScript', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    '%s is a username, a group and an attribute like any other',
    async (name) => {
      const pool = await usePool();
      const email = await addUser(pool);
      const missing = pool.aws.send(new AdminEnableUserCommand({ UserPoolId, Username: name }));
      await expect(missing).rejects.toMatchObject({ name: 'UserNotFoundException' });
      await pool.aws.send(new CreateGroupCommand({ UserPoolId, GroupName: name }));
      const member = { UserPoolId, Username: email };
      await pool.aws.send(new AdminAddUserToGroupCommand({ ...member, GroupName: name }));
      const { Groups } = await pool.aws.send(new AdminListGroupsForUserCommand(member));
      expect(Groups?.map(({ GroupName }) => GroupName)).toEqual([name]);
      for (const body of [
        `{"UserPoolId": "${POOL}", "Username": "x@example.com", "UserAttributes": [{"Name": "${name}", "Value": "x"}]}`,
        `{"${name}": {"x": 1}, "UserPoolId": "${POOL}"}`,
      ])
        expect((await post(pool, 'AdminCreateUser', body)).status).toBe(400);
      expect((await post(pool, name, {})).status).toBe(400);
      const { Users } = await pool.aws.send(new ListUsersCommand({ UserPoolId }));
      expect(Users).toHaveLength(1);
    },
  );
});

describe('a failed write', () => {
  test('undoes the whole operation, and the next one works', async () => {
    const folder = await makeFolder();
    const db = Database.open(join(folder, 'x.sqlite'));
    db.run("insert into pools (id, record) values ('p', '{}')");
    expect(() =>
      db.transaction(() => {
        db.run("insert into pools (id, record) values ('q', '{}')");
        throw new Error('disk full');
      }),
    ).toThrow('disk full');
    expect(db.all('select id from pools')).toEqual([{ id: 'p' }]);
    db.transaction(() => db.run("insert into pools (id, record) values ('r', '{}')"));
    expect(db.all('select id from pools')).toHaveLength(2);
    db.close();
  });

  test('on a full disk keeps what was there, and works again when there is room', async () => {
    const db = Database.open(join(await makeFolder(), 'x.sqlite'));
    const add = (id: string, record: string) =>
      db.run('insert into pools (id, record) values (?, ?)', id, record);
    add('p', '{}');
    const { page_count: pages } = db.get<{ page_count: number }>('pragma page_count') ?? {};
    // SQLite answers as on a full disk when the file may not grow.
    db.get(`pragma max_page_count = ${pages}`);
    const large = JSON.stringify('x'.repeat(100_000));
    expect(() =>
      db.transaction(() => {
        add('q', '{}');
        add('r', large);
      }),
    ).toThrow('database or disk is full');
    expect(db.all('select id from pools')).toEqual([{ id: 'p' }]);
    db.get('pragma max_page_count = 100000');
    db.transaction(() => add('r', large));
    expect(db.all('select id from pools')).toHaveLength(2);
    db.close();
  });
});

describe('groups', () => {
  test('lose their members with the user, and the users with the group', async () => {
    const pool = await usePool();
    const [ann, bob] = [await addUser(pool), await addUser(pool)];
    for (const GroupName of ['a', 'b']) {
      await pool.aws.send(new CreateGroupCommand({ UserPoolId, GroupName }));
      for (const Username of [ann, bob])
        await pool.aws.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
    }
    await pool.call('AdminDeleteUser', { UserPoolId, Username: ann });
    const inA = await pool.aws.send(new ListUsersInGroupCommand({ UserPoolId, GroupName: 'a' }));
    expect(inA.Users).toHaveLength(1);
    await pool.aws.send(new DeleteGroupCommand({ UserPoolId, GroupName: 'a' }));
    const ofBob = new AdminListGroupsForUserCommand({ UserPoolId, Username: bob });
    expect((await pool.aws.send(ofBob)).Groups?.map(({ GroupName }) => GroupName)).toEqual(['b']);
    // The same address again is another user, in no group.
    await pool.call('AdminCreateUser', {
      UserPoolId,
      Username: ann,
      TemporaryPassword: PASSWORD,
      MessageAction: 'SUPPRESS',
    });
    const ofAnn = new AdminListGroupsForUserCommand({ UserPoolId, Username: ann });
    expect((await pool.aws.send(ofAnn)).Groups).toEqual([]);
  });
});

test('a file of version 1 is brought up to date, with its users', async () => {
  const dataDir = await makeFolder();
  const first = await openPool({ dataDir });
  const email = await addUser(first);
  await first.close();
  // The file as version 1 had it.
  const old = new DatabaseSync(join(dataDir, 'cognito.sqlite'));
  old.exec(`
    drop index users_place; drop index users_name; drop index users_sub; drop index users_phone; drop index users_preferred;
    alter table users drop column name; alter table users drop column sub;
    alter table users drop column phone; alter table users drop column preferred;
    drop table identity_providers; drop table identities; drop table import_jobs; drop table kept_settings;
    pragma user_version = 1`);
  old.close();
  const pool = await usePool({ dataDir });
  expect((await signIn(pool, email)).id.email).toBe(email);
  const { Username } = await pool.aws.send(
    new AdminGetUserCommand({ UserPoolId, Username: email }),
  );
  expect(await pool.aws.send(new AdminGetUserCommand({ UserPoolId, Username }))).toMatchObject({
    Username,
  });
});

test('a file of a newer version is refused', async () => {
  const dataDir = await makeFolder();
  await (await openPool({ dataDir })).close();
  const newer = new DatabaseSync(join(dataDir, 'cognito.sqlite'));
  newer.exec('pragma user_version = 99');
  newer.close();
  await expect(openPool({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_UNREADABLE' });
});

test('10,000 users are listed, filtered and found', async () => {
  const pool = await usePool();
  const db = Database.open(join(pool.dataDir, 'cognito.sqlite'));
  const rules = { caseSensitive: false, attributes: ['email'], verifiedOnly: false } as const;
  const users = new Users(db, POOL, () => rules);
  db.transaction(() => {
    for (let n = 0; n < 10_000; n += 1)
      users.save({
        Username: `user-${n}`,
        Attributes: [
          { Name: 'sub', Value: `user-${n}` },
          { Name: 'email', Value: `u${String(n).padStart(5, '0')}@example.com` },
        ],
        Enabled: true,
        UserStatus: 'CONFIRMED',
        UserCreateDate: new Date(),
        UserLastModifiedDate: new Date(),
        password: '',
      });
  });
  db.close();
  const list = (Filter?: string) =>
    pool.aws.send(new ListUsersCommand({ UserPoolId, ...(Filter && { Filter }) }));
  expect((await list()).Users).toHaveLength(60);
  expect((await list('email ^= "u0999"')).Users).toHaveLength(10);
  expect((await list('email ^= "U0999"')).Users).toEqual([]);
  expect((await list('sub = "user-9999"')).Users).toHaveLength(1);
  expect((await list('cognito:user_status = "unconfirmed"')).Users).toEqual([]);
  const found = new AdminGetUserCommand({ UserPoolId, Username: 'U09999@example.com' });
  expect((await pool.aws.send(found)).Username).toBe('user-9999');
});
