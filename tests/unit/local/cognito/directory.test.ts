/** Lists: pages, filters and groups. */
import {
  AdminAddUserToGroupCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GetGroupCommand,
  ListGroupsCommand,
  ListUserPoolClientsCommand,
  ListUsersCommand,
  type ListUsersCommandInput,
  ListUsersInGroupCommand,
  UpdateGroupCommand,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedUsers } from '../../../../local/cognito/seed.ts';
import { CLIENT, openPool, PASSWORD, POOL, signIn, type TestPool } from './support.ts';

const UserPoolId = POOL;
let pool: TestPool;

/** 130 users, more than two pages: u000@, u001@ … in order; every tenth in a group. */
beforeAll(async () => {
  pool = await openPool();
  await pool.call('AddCustomAttributes', {
    UserPoolId,
    CustomAttributes: [{ Name: 'tenant', AttributeDataType: 'String', Mutable: true }],
  });
  const emails = Array.from(
    { length: 130 },
    (_, n) => `u${String(n).padStart(3, '0')}@example.com`,
  );
  await pool.call('CreateGroup', { UserPoolId, GroupName: 'tenth' });
  for (const [index, Username] of emails.entries()) {
    await pool.call('AdminCreateUser', {
      UserPoolId,
      Username,
      TemporaryPassword: PASSWORD,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'given_name', Value: index % 2 ? 'Ann' : 'Bo "the" \\ Bob' },
        { Name: 'custom:tenant', Value: `t${index % 3}` },
      ],
    });
    if (index % 10 === 0)
      await pool.call('AdminAddUserToGroup', { UserPoolId, Username, GroupName: 'tenth' });
  }
  await pool.call('AdminDisableUser', { UserPoolId, Username: 'u001@example.com' });
  await pool.call('AdminSetUserPassword', {
    UserPoolId,
    Username: 'u002@example.com',
    Password: PASSWORD,
    Permanent: true,
  });
}, 60_000);
afterAll(() => pool.close());

const list = async (input: Omit<ListUsersCommandInput, 'UserPoolId'> = {}) =>
  pool.aws.send(new ListUsersCommand({ UserPoolId, ...input }));
const emailsOf = (users: UserType[] = []) =>
  users.map(({ Attributes }) => Attributes?.find(({ Name }) => Name === 'email')?.Value ?? '');
const find = async (Filter: string) => emailsOf((await list({ Filter })).Users);

async function everyPage(input: Omit<ListUsersCommandInput, 'UserPoolId'> = {}) {
  const pages: string[][] = [];
  let token: string | undefined;
  do {
    const { Users, PaginationToken } = await list({ ...input, PaginationToken: token });
    pages.push(emailsOf(Users));
    token = PaginationToken;
  } while (token);
  return pages;
}

describe('ListUsers', () => {
  test('gives 60 a page, in the order in which they came, each once', async () => {
    const pages = await everyPage();
    expect(pages.map((page) => page.length)).toEqual([60, 60, 10]);
    const all = pages.flat();
    expect(all).toEqual([...all].sort());
    expect(new Set(all).size).toBe(130);
  });

  test('honours Limit, and pages filtered results', async () => {
    expect((await everyPage({ Limit: 50 })).map((page) => page.length)).toEqual([50, 50, 30]);
    const pages = await everyPage({ Limit: 7, Filter: 'email ^= "u00"' });
    expect(pages.map((page) => page.length)).toEqual([7, 3]);
    expect((await list({ Limit: 10, Filter: 'email ^= "u00"' })).PaginationToken).toBeUndefined();
  });

  test('goes on where it stopped, though users come and go', async () => {
    const own = { UserPoolId };
    const first = await list({ Limit: 2, Filter: 'email ^= "u09"' });
    await pool.call('AdminDeleteUser', { ...own, Username: 'u091@example.com' });
    const second = await list({
      Limit: 2,
      Filter: 'email ^= "u09"',
      PaginationToken: first.PaginationToken,
    });
    expect(emailsOf(second.Users)).toEqual(['u092@example.com', 'u093@example.com']);
    await pool.call('AdminCreateUser', {
      ...own,
      Username: 'u091@example.com',
      MessageAction: 'SUPPRESS',
    });
    expect(await find('email ^= "u09"')).toHaveLength(10);
    expect((await everyPage()).flat().at(-1)).toBe('u091@example.com');
  });

  test.each([
    [{ Limit: 61 }, 'Member must have value less than or equal to 60'],
    [{ Limit: -1 }, 'failed to satisfy constraint'],
    [{ PaginationToken: 'made-up' }, 'Invalid PaginationToken'],
    [{ Filter: 'email' }, 'Error while parsing filter'],
    [{ Filter: 'email = ann' }, 'Error while parsing filter'],
    [{ Filter: 'email != "ann"' }, 'Error while parsing filter'],
    [{ Filter: 'email = "a" and name = "b"' }, 'Error while parsing filter'],
    [{ Filter: 'custom:tenant = "t1"' }, 'Invalid search attribute: custom:tenant'],
    [{ Filter: 'constructor = "x"' }, 'Invalid search attribute: constructor'],
    [{ AttributesToGet: ['nothing'] }, 'do not exist in user pool'],
  ])('refuses %o', async (input, message) => {
    await expect(list(input)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(message),
    });
  });

  test('filters by searchable attributes, exactly or by prefix', async () => {
    const [user] = (await list({ Filter: 'email = "u005@example.com"' })).Users ?? [];
    expect(emailsOf([user ?? {}])).toEqual(['u005@example.com']);
    const name = user?.Username ?? '';
    for (const filter of [
      `username = "${name}"`,
      `sub = "${name}"`,
      `sub ^= "${name.slice(0, 20)}"`,
      'email="u005@example.com"',
      '  email   ^=   "u005"  ',
      '"email" ^= "u005"',
    ])
      expect(await find(filter), filter).toEqual(['u005@example.com']);
    expect(await find('given_name = "Bo \\"the\\" \\\\ Bob"')).not.toHaveLength(0);
    expect(await find('given_name = "ann"')).toEqual([]);
    expect(await find('status = "Disabled"')).toEqual(['u001@example.com']);
    expect(await find('status = "disabled"')).toEqual([]);
    expect(await find('cognito:user_status = "confirmed"')).toEqual(['u002@example.com']);
    expect(await find('phone_number ^= "+"')).toEqual([]);
    expect(await find('')).toHaveLength(60);
  });

  test('gives all attributes or those that are named', async () => {
    const [all] = (await list({ Limit: 1 })).Users ?? [];
    expect(all?.Attributes?.map(({ Name }) => Name).sort()).toEqual([
      'custom:tenant',
      'email',
      'given_name',
      'sub',
    ]);
    const [some] =
      (await list({ Limit: 1, AttributesToGet: ['email', 'custom:tenant'] })).Users ?? [];
    expect(some?.Attributes?.map(({ Name }) => Name).sort()).toEqual(['custom:tenant', 'email']);
    const [none] = (await list({ Limit: 1, AttributesToGet: [] })).Users ?? [];
    expect(none?.Attributes).toEqual([]);
  });

  test('returns status and times, and no internal values', async () => {
    const [user] = (await list({ Limit: 1 })).Users ?? [];
    expect(Object.keys(user ?? {}).sort()).toEqual([
      'Attributes',
      'Enabled',
      'UserCreateDate',
      'UserLastModifiedDate',
      'UserStatus',
      'Username',
    ]);
    expect(user?.UserCreateDate).toBeInstanceOf(Date);
    expect(Math.abs(Date.now() - (user?.UserCreateDate?.getTime() ?? 0))).toBeLessThan(120_000);
  });

  test('refuses another pool', async () => {
    const command = new ListUsersCommand({ UserPoolId: 'local-1_Other' });
    await expect(pool.aws.send(command)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('groups', () => {
  test('list their members in pages', async () => {
    const command = { UserPoolId, GroupName: 'tenth', Limit: 8 };
    const first = await pool.aws.send(new ListUsersInGroupCommand(command));
    const second = await pool.aws.send(
      new ListUsersInGroupCommand({ ...command, NextToken: first.NextToken }),
    );
    expect([first.Users?.length, second.Users?.length]).toEqual([8, 5]);
    expect(second.NextToken).toBeUndefined();
  });

  test('are joined and left by email or by name, and end', async () => {
    const GroupName = 'short-lived';
    const Username = 'u003@example.com';
    await pool.aws.send(
      new CreateGroupCommand({ UserPoolId, GroupName, Precedence: 1, Description: 'first' }),
    );
    await expect(
      pool.aws.send(new CreateGroupCommand({ UserPoolId, GroupName })),
    ).rejects.toMatchObject({ name: 'GroupExistsException' });
    await pool.aws.send(new UpdateGroupCommand({ UserPoolId, GroupName, Description: 'second' }));
    const { Group } = await pool.aws.send(new GetGroupCommand({ UserPoolId, GroupName }));
    expect(Group).toMatchObject({ GroupName, Description: 'second' });

    const groupsOf = async (name: string) => {
      const command = new AdminListGroupsForUserCommand({ UserPoolId, Username: name });
      return (await pool.aws.send(command)).Groups?.map((group) => group.GroupName);
    };
    const [{ Username: uuid = '' } = {}] =
      (await list({ Filter: `email = "${Username}"` })).Users ?? [];
    await pool.aws.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName, Username }));
    expect(await groupsOf(Username)).toEqual([GroupName]);
    expect(await groupsOf(uuid)).toEqual([GroupName]);
    await pool.aws.send(
      new AdminRemoveUserFromGroupCommand({ UserPoolId, GroupName, Username: uuid }),
    );
    expect(await groupsOf(Username)).toEqual([]);
    await pool.aws.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName, Username }));
    await pool.aws.send(new DeleteGroupCommand({ UserPoolId, GroupName }));
    expect(await groupsOf(Username)).toEqual([]);
    const { Groups } = await pool.aws.send(new ListGroupsCommand({ UserPoolId }));
    expect(Groups?.map((group) => group.GroupName)).toEqual(['tenth']);
  });

  test('are made once, though asked for many times at once', async () => {
    const command = new CreateGroupCommand({ UserPoolId, GroupName: 'once' });
    const attempts = Array.from({ length: 6 }, () => pool.aws.send(command));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await pool.aws.send(new DeleteGroupCommand({ UserPoolId, GroupName: 'once' }));
  });

  test.each([
    [{ GroupName: 'none', Username: 'u003@example.com' }, 'ResourceNotFoundException'],
    [{ GroupName: '__proto__', Username: 'u003@example.com' }, 'ResourceNotFoundException'],
    [{ GroupName: 'tenth', Username: 'nobody@example.com' }, 'UserNotFoundException'],
  ])('refuse %o', async (input, name) => {
    const command = new AdminAddUserToGroupCommand({ UserPoolId, ...input });
    await expect(pool.aws.send(command)).rejects.toMatchObject({ name });
  });
});

describe('the pool', () => {
  test('describes itself as the kit deploys one', async () => {
    const { UserPool } = await pool.aws.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool).toMatchObject({
      Id: POOL,
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      UserPoolTier: 'ESSENTIALS',
      EstimatedNumberOfUsers: 130,
      LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V3_0' } },
      Policies: { PasswordPolicy: { MinimumLength: 12, RequireSymbols: true } },
    });
    expect(UserPool?.CreationDate).toBeInstanceOf(Date);
  });

  test('has one public client, for every flow of the web app', async () => {
    const { UserPoolClients } = await pool.aws.send(new ListUserPoolClientsCommand({ UserPoolId }));
    expect(UserPoolClients).toEqual([{ ClientId: CLIENT, ClientName: 'web', UserPoolId }]);
    const { UserPoolClient } = await pool.aws.send(
      new DescribeUserPoolClientCommand({ UserPoolId, ClientId: CLIENT }),
    );
    expect(UserPoolClient).toMatchObject({
      ExplicitAuthFlows: expect.arrayContaining(['ALLOW_USER_SRP_AUTH']),
      RefreshTokenValidity: 30,
      PreventUserExistenceErrors: 'ENABLED',
    });
    expect(UserPoolClient?.ClientSecret).toBeUndefined();
  });
});

describe('seeding', () => {
  test('can be repeated: it adds missing parts and keeps existing ones', async () => {
    const [ann, bob] = ['ann@seed.example', 'bob@seed.example'];
    const users = [
      { email: ann, password: PASSWORD, groups: ['editors', 'readers'] },
      { email: bob, password: PASSWORD },
    ];
    await seedUsers(pool, users);
    const before = (await list({ Filter: `email ^= "ann@seed"` })).Users;
    await seedUsers(pool, [...users, { email: bob, password: PASSWORD, groups: ['readers'] }]);
    await seedUsers(pool, [{ email: ann.toUpperCase(), password: 'Another-horse-43' }]);
    const after = (await list({ Filter: `email ^= "ann@seed"` })).Users;
    expect(after?.map(({ Username }) => Username)).toEqual(before?.map(({ Username }) => Username));
    expect(after?.[0]).toMatchObject({ UserStatus: 'CONFIRMED' });
    expect(after?.[0]?.Attributes).toContainEqual({ Name: 'email_verified', Value: 'true' });
    const members = await pool.aws.send(
      new ListUsersInGroupCommand({ UserPoolId, GroupName: 'readers' }),
    );
    expect(emailsOf(members.Users).sort()).toEqual([ann, bob]);
    expect(pool.messages(ann)).toEqual([]);
    await expect(signIn(pool, ann)).resolves.toBeDefined();
  });
});
