/** Several pools side by side, their clients, and the service's own model. */
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  AddCustomAttributesCommand,
  AddUserPoolClientSecretCommand,
  AdminCreateUserCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DeleteUserPoolClientSecretCommand,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  DescribeUserPoolDomainCommand,
  GetCSVHeaderCommand,
  InitiateAuthCommand,
  ListTagsForResourceCommand,
  ListUserPoolClientSecretsCommand,
  ListUserPoolsCommand,
  SignUpCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateUserPoolClientCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { OFFERED } from '../../../../local/cognito/api/dispatch.ts';
import {
  MODEL_FILE,
  modelOfSdk,
  printModel,
} from '../../../../local/cognito/api/generate-model.ts';
import { OPERATION_NAMES } from '../../../../local/cognito/api/model.ts';
import {
  addUser,
  makeFolder,
  PASSWORD,
  POOL,
  post,
  signIn,
  someEmail,
  usePool,
} from './support.ts';

const UserPoolId = POOL;

describe('the model of the service', () => {
  test('is that of the SDK', async () => {
    expect(await readFile(MODEL_FILE, 'utf8')).toBe(printModel(modelOfSdk()));
  });

  test('is that of the table in the docs', async () => {
    const docs = await readFile('docs/user-pool-emulator.md', 'utf8');
    const rows = docs.split('## Operations')[1]?.split('## ')[0]?.split('\n') ?? [];
    const namesIn = (column: number) =>
      rows
        .filter((row) => row.startsWith('| '))
        .flatMap((row) => row.split('|')[column]?.match(/(?<=`)\w+(?=`)/g) ?? [])
        .sort();
    expect(namesIn(2)).toEqual([...OFFERED].sort());
    const missing = OPERATION_NAMES.filter((name) => !OFFERED.includes(name));
    expect(namesIn(3)).toEqual([...missing].sort());
    expect(docs).toContain(
      `${OPERATION_NAMES.length} operations, and ${OFFERED.length} of them are here`,
    );
  });

  test('has every operation that is offered', () => {
    expect(OFFERED.filter((name) => !OPERATION_NAMES.includes(name))).toEqual([]);
    expect(new Set(OFFERED).size).toBe(OFFERED.length);
  });

  test.each([
    ['SignUp', { ClientId: 7 }, 'SerializationException', 'clientId'],
    ['SignUp', { ClientId: 'x' }, 'InvalidParameterException', "Value null at 'username'"],
    ['SignUp', { ClientId: 'x', Username: ['x'] }, 'SerializationException', 'username'],
    [
      'SignUp',
      { ClientId: 'x', Username: 'x', UserAttributes: [{ Value: 'x' }] },
      'InvalidParameterException',
      "Value null at 'userAttributes.1.member.name'",
    ],
    [
      'SignUp',
      { ClientId: 'x', Username: 'x', UserAttributes: {} },
      'SerializationException',
      'userAttributes',
    ],
    [
      'InitiateAuth',
      { ClientId: 'x', AuthFlow: 'x', AuthParameters: { USERNAME: 1 } },
      'SerializationException',
      'authParameters',
    ],
    ['ListUsers', { UserPoolId, Limit: '10' }, 'SerializationException', 'limit'],
    ['ListUsers', [], 'SerializationException', 'not a JSON object'],
  ])('refuses %s %j', async (operation, body, type, words) => {
    const pool = await usePool();
    const response = await post(pool, operation, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: type,
      message: expect.stringContaining(words),
    });
  });
});

describe('two pools', () => {
  test('have users, clients, keys and issuers of their own', async () => {
    const one = await usePool();
    const { UserPool } = await one.aws.send(
      new CreateUserPoolCommand({ PoolName: 'other', UsernameAttributes: ['email'] }),
    );
    const otherId = UserPool?.Id ?? '';
    expect(otherId).toMatch(/^local-1_[A-Za-z0-9]{9}$/);
    const { UserPoolClient } = await one.aws.send(
      new CreateUserPoolClientCommand({
        UserPoolId: otherId,
        ClientName: 'app',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      }),
    );
    const ClientId = UserPoolClient?.ClientId ?? '';
    const email = await addUser(one);
    // The same address in the other pool is another user.
    await one.aws.send(new SignUpCommand({ ClientId, Username: email, Password: PASSWORD }));
    await one.call('AdminConfirmSignUp', { UserPoolId: otherId, Username: email });
    const { AuthenticationResult } = await one.aws.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: email, PASSWORD },
      }),
    );
    const token = AuthenticationResult?.AccessToken ?? '';
    const issuer = `${one.endpoint}/${otherId}`;
    const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, { issuer });
    const { access } = await signIn(one, email);
    expect(payload.sub).not.toBe(access.sub);
    await expect(jwtVerify(token, createRemoteJWKSet(new URL(one.jwksUri)))).rejects.toThrow();
    // A token finds its own pool.
    const self = await post(one, 'GetUser', { AccessToken: token });
    expect(await self.json()).toMatchObject({ Username: payload.sub });
    const { UserPools } = await one.aws.send(new ListUserPoolsCommand({ MaxResults: 10 }));
    expect(UserPools?.map(({ Id }) => Id)).toEqual([POOL, otherId]);
    await one.aws.send(new DeleteUserPoolCommand({ UserPoolId: otherId }));
    const gone = await post(one, 'GetUser', { AccessToken: token });
    expect(await gone.json()).toMatchObject({ __type: 'NotAuthorizedException' });
  });

  test('are kept with their settings', async () => {
    const dataDir = await makeFolder();
    const first = await usePool({ dataDir });
    const { UserPool } = await first.aws.send(new CreateUserPoolCommand({ PoolName: 'kept' }));
    await first.close();
    const second = await usePool({ dataDir });
    const described = await second.aws.send(
      new DescribeUserPoolCommand({ UserPoolId: UserPool?.Id }),
    );
    expect(described.UserPool).toMatchObject({ Name: 'kept', EstimatedNumberOfUsers: 0 });
  });
});

describe('a domain', () => {
  const Domain = 'my-app';

  test('belongs to one pool', async () => {
    const pool = await usePool();
    const create = (id = UserPoolId, name = Domain) =>
      pool.aws.send(
        new CreateUserPoolDomainCommand({ UserPoolId: id, Domain: name, ManagedLoginVersion: 2 }),
      );
    const describeIt = async () =>
      (await pool.aws.send(new DescribeUserPoolDomainCommand({ Domain }))).DomainDescription;
    expect(await describeIt()).toEqual({});
    expect(await create()).toMatchObject({ ManagedLoginVersion: 2 });
    expect(await describeIt()).toMatchObject({ UserPoolId, Domain, ManagedLoginVersion: 2 });
    const { UserPool } = await pool.aws.send(new CreateUserPoolCommand({ PoolName: 'other' }));
    const refused = { name: 'InvalidParameterException' };
    await expect(create(UserPool?.Id)).rejects.toMatchObject(refused);
    await expect(create(UserPoolId, 'second')).rejects.toMatchObject(refused);
    const described = await pool.aws.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(described.UserPool?.Domain).toBe(Domain);
    const remove = () => pool.aws.send(new DeleteUserPoolDomainCommand({ UserPoolId, Domain }));
    await remove();
    expect(await describeIt()).toEqual({});
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

test('tags are added, listed and taken away', async () => {
  const pool = await usePool();
  const { UserPool } = await pool.aws.send(new DescribeUserPoolCommand({ UserPoolId }));
  const ResourceArn = UserPool?.Arn;
  await pool.aws.send(new TagResourceCommand({ ResourceArn, Tags: { stage: 'dev', team: 'x' } }));
  await pool.aws.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['team', 'none'] }));
  const { Tags } = await pool.aws.send(new ListTagsForResourceCommand({ ResourceArn }));
  expect(Tags).toEqual({ stage: 'dev' });
  const other = new ListTagsForResourceCommand({ ResourceArn: `${ResourceArn}x` });
  await expect(pool.aws.send(other)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('the columns of an import are the attributes', async () => {
  const pool = await usePool();
  const { CSVHeader } = await pool.aws.send(new GetCSVHeaderCommand({ UserPoolId }));
  expect(CSVHeader).toEqual(expect.arrayContaining(['email', 'cognito:username']));
  expect(CSVHeader).not.toContain('sub');
});

describe('settings of a pool', () => {
  test('an update resets settings that it leaves out', async () => {
    const pool = await usePool();
    const before = await pool.aws.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(before.UserPool?.MfaConfiguration).toBe('OPTIONAL');
    await pool.aws.send(new UpdateUserPoolCommand({ UserPoolId, UserPoolTags: { a: 'b' } }));
    const { UserPool } = await pool.aws.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool).toMatchObject({ MfaConfiguration: 'OFF', UserPoolTags: { a: 'b' } });
    expect(UserPool?.LambdaConfig).toBeUndefined();
    expect(UserPool?.UsernameAttributes).toEqual(['email']);
  });

  test('custom attributes have their bounds', async () => {
    const pool = await usePool();
    await pool.aws.send(
      new AddCustomAttributesCommand({
        UserPoolId,
        CustomAttributes: [
          {
            Name: 'plan',
            AttributeDataType: 'String',
            StringAttributeConstraints: { MinLength: '2', MaxLength: '4' },
          },
          {
            Name: 'age',
            AttributeDataType: 'Number',
            NumberAttributeConstraints: { MinValue: '0', MaxValue: '150' },
          },
        ],
      }),
    );
    const create = (Name: string, Value: string) =>
      pool.aws.send(
        new AdminCreateUserCommand({
          UserPoolId,
          Username: someEmail(),
          MessageAction: 'SUPPRESS',
          UserAttributes: [{ Name, Value }],
        }),
      );
    await create('custom:plan', 'free');
    await create('custom:age', '44');
    for (const [name, value] of [
      ['custom:plan', 'x'],
      ['custom:plan', 'enterprise'],
      ['custom:age', '-1'],
      ['custom:age', '151'],
      ['custom:age', 'old'],
      ['custom:other', 'x'],
    ] as const)
      await expect(create(name, value), `${name} ${value}`).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
  });
});

describe('clients', () => {
  test('get an id and a secret, and an update resets what it leaves out', async () => {
    const pool = await usePool();
    const { UserPoolClient } = await pool.aws.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'server',
        GenerateSecret: true,
        ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
      }),
    );
    const ClientId = UserPoolClient?.ClientId ?? '';
    expect(ClientId).toMatch(/^[a-z0-9]{26}$/);
    expect(UserPoolClient?.ClientSecret).toMatch(/^[\w-]{50,64}$/);
    await pool.aws.send(new UpdateUserPoolClientCommand({ UserPoolId, ClientId, ClientName: 'x' }));
    const described = await pool.aws.send(
      new DescribeUserPoolClientCommand({ UserPoolId, ClientId }),
    );
    expect(described.UserPoolClient).toMatchObject({
      ClientName: 'x',
      ClientSecret: UserPoolClient?.ClientSecret,
    });
    expect(described.UserPoolClient?.ExplicitAuthFlows).toBeUndefined();
  });

  test('have two secrets at once, and each of them is taken', async () => {
    const pool = await usePool();
    const { UserPoolClient } = await pool.aws.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'server',
        GenerateSecret: true,
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      }),
    );
    const { ClientId = '', ClientSecret: first = '' } = UserPoolClient ?? {};
    const email = await addUser(pool);
    const signsIn = (secret: string) => {
      const SECRET_HASH = createHmac('sha256', secret)
        .update(email + ClientId)
        .digest('base64');
      const AuthParameters = { USERNAME: email, PASSWORD, SECRET_HASH };
      const command = { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
      return pool.aws.send(new InitiateAuthCommand(command)).then(
        () => true,
        () => false,
      );
    };
    const client = { UserPoolId, ClientId };
    const add = () => pool.aws.send(new AddUserPoolClientSecretCommand(client));
    const second = (await add()).ClientSecretDescriptor?.ClientSecretValue ?? '';
    expect(await Promise.all([signsIn(first), signsIn(second), signsIn('x')])).toEqual([
      true,
      true,
      false,
    ]);
    await expect(add()).rejects.toMatchObject({ name: 'LimitExceededException' });
    const list = () => pool.aws.send(new ListUserPoolClientSecretsCommand(client));
    const secrets = (await list()).ClientSecrets ?? [];
    expect(JSON.stringify(secrets)).not.toContain(second);
    const remove = (ClientSecretId = '') =>
      pool.aws.send(new DeleteUserPoolClientSecretCommand({ ...client, ClientSecretId }));
    await remove(secrets[0]?.ClientSecretId);
    expect(await Promise.all([signsIn(first), signsIn(second)])).toEqual([false, true]);
    await expect(remove(secrets[1]?.ClientSecretId)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  test.each([
    ['http://localhost:3000/', true],
    ['http://127.0.0.1/x?y=z', true],
    ['https://app.example.com/callback', true],
    ['myapp://signed-in', true],
    ['http://app.example.com/', false],
    ['https://app.example.com/#x', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    ['/callback', false],
    ['https://app.example.com/ x', false],
    ['', false],
  ])('go back to %s: %s', async (url, isAllowed) => {
    const pool = await usePool();
    for (const settings of [{ CallbackURLs: [url] }, { LogoutURLs: [url] }]) {
      const command = new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'web',
        ...settings,
      });
      const created = pool.aws.send(command);
      if (isAllowed) expect((await created).UserPoolClient).toMatchObject(settings);
      else await expect(created).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
  });

  test('of machines get no scope of people', async () => {
    const pool = await usePool();
    for (const scope of ['openid', 'aws.cognito.signin.user.admin']) {
      const command = new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'machine',
        GenerateSecret: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: [scope],
      });
      const refused = { name: 'InvalidOAuthFlowException' };
      await expect(pool.aws.send(command)).rejects.toMatchObject(refused);
    }
  });

  test('take scopes that exist', async () => {
    const pool = await usePool();
    const create = () =>
      pool.aws.send(
        new CreateUserPoolClientCommand({
          UserPoolId,
          ClientName: 'machine',
          GenerateSecret: true,
          AllowedOAuthFlows: ['client_credentials'],
          AllowedOAuthScopes: ['https://api.example.com/read'],
        }),
      );
    await expect(create()).rejects.toMatchObject({ name: 'ScopeDoesNotExistException' });
    await pool.aws.send(
      new CreateResourceServerCommand({
        UserPoolId,
        Identifier: 'https://api.example.com',
        Name: 'api',
        Scopes: [{ ScopeName: 'read', ScopeDescription: 'Read' }],
      }),
    );
    expect((await create()).UserPoolClient?.AllowedOAuthFlows).toEqual(['client_credentials']);
  });
});
