/** Pools in which people sign in by a username, an alias or a phone number, and what nobody can take over. */
import {
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  type AttributeType,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DeleteUserCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeFor, openPool, PASSWORD, someEmail, type TestPool } from './support.ts';

let pool: TestPool;
beforeAll(async () => {
  pool = await openPool();
});
afterAll(() => pool.close());

let phones = 0;
const somePhone = (): string => `+3069000${String(++phones).padStart(4, '0')}`;
const attributes = (values: Record<string, string>): AttributeType[] =>
  Object.entries(values).map(([Name, Value]) => ({ Name, Value }));

/** A pool with these settings, and an app that signs people up and in. */
async function app(settings: Partial<CreateUserPoolCommandInput>) {
  const { UserPool } = await pool.aws.send(
    new CreateUserPoolCommand({ PoolName: 'names', ...settings }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const user = (Username: string) => ({ UserPoolId, Username });
  return {
    UserPoolId,
    signUp: (Username: string, values: Record<string, string> = {}) =>
      pool.aws.send(
        new SignUpCommand({
          ...{ ClientId, Username, Password: PASSWORD },
          UserAttributes: attributes(values),
        }),
      ),
    confirm: (Username: string, ConfirmationCode: string, ForceAliasCreation = false) =>
      pool.aws.send(
        new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode, ForceAliasCreation }),
      ),
    resend: (Username: string) =>
      pool.aws.send(new ResendConfirmationCodeCommand({ ClientId, Username })),
    adminConfirm: (Username: string) =>
      pool.aws.send(new AdminConfirmSignUpCommand(user(Username))),
    add: async (Username: string, values: Record<string, string> = {}) => {
      await pool.aws.send(
        new AdminCreateUserCommand({
          ...user(Username),
          UserAttributes: attributes(values),
          MessageAction: 'SUPPRESS',
        }),
      );
      await pool.aws.send(
        new AdminSetUserPasswordCommand({ ...user(Username), Password: PASSWORD, Permanent: true }),
      );
    },
    get: async (Username: string): Promise<Record<string, string | undefined>> => {
      const found = await pool.aws.send(new AdminGetUserCommand(user(Username)));
      const values = Object.fromEntries(
        (found.UserAttributes ?? []).map(({ Name = '', Value }) => [Name, Value]),
      );
      return { username: found.Username, ...values };
    },
    update: (Username: string, values: Record<string, string>) =>
      pool.aws.send(
        new AdminUpdateUserAttributesCommand({
          ...user(Username),
          UserAttributes: attributes(values),
        }),
      ),
    signIn: async (USERNAME: string) => {
      const { AuthenticationResult: result } = await pool.aws.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD },
        }),
      );
      return {
        accessToken: result?.AccessToken ?? '',
        refreshToken: result?.RefreshToken ?? '',
        access: decodeJwt(result?.AccessToken ?? ''),
        id: decodeJwt(result?.IdToken ?? ''),
      };
    },
    refresh: (REFRESH_TOKEN: string) =>
      pool.aws.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN },
        }),
      ),
  };
}

describe('a pool with usernames', () => {
  test('keeps the name that was given, and has a sub besides', async () => {
    const { signUp, adminConfirm, signIn, get } = await app({});
    const { UserSub, CodeDeliveryDetails } = await signUp('Bob', { email: someEmail() });
    expect(UserSub).toMatch(/^[\da-f-]{36}$/);
    // No attribute is verified automatically, so no code is sent.
    expect(CodeDeliveryDetails).toBeUndefined();
    await adminConfirm('Bob');
    const { access, id } = await signIn('Bob');
    expect(access).toMatchObject({ sub: UserSub, username: 'Bob' });
    expect(id).toMatchObject({ sub: UserSub, 'cognito:username': 'Bob' });
    expect(await get(UserSub ?? '')).toMatchObject({ username: 'Bob', sub: UserSub });
  });

  test('tells apart upper and lower case, unless it is set not to', async () => {
    const sensitive = await app({});
    await sensitive.add('ann');
    await sensitive.add('Ann');
    await expect(sensitive.signIn('ANN')).rejects.toMatchObject({ name: 'UserNotFoundException' });
    const other = await app({ UsernameConfiguration: { CaseSensitive: false } });
    await other.add('ann');
    await expect(other.add('Ann')).rejects.toMatchObject({ name: 'UsernameExistsException' });
    expect((await other.signIn('ANN')).access.username).toBe('ann');
  });

  test.each(['', 'with space', 'x'.repeat(129), 'tab\tname'])(
    'refuses the username %j',
    async (name) => {
      const { signUp } = await app({});
      await expect(signUp(name)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    },
  );

  test('does not sign in by email, and allows an email twice', async () => {
    const { add, signIn } = await app({});
    const email = someEmail();
    for (const name of ['one', 'two']) await add(name, { email, email_verified: 'true' });
    await expect(signIn(email)).rejects.toMatchObject({ name: 'UserNotFoundException' });
  });

  test('gives a freed name to another person, without what was open for the first', async () => {
    const { add, signIn, refresh, get } = await app({});
    await add('carol');
    const first = await signIn('carol');
    await pool.aws.send(new DeleteUserCommand({ AccessToken: first.accessToken }));
    await add('carol');
    expect((await get('carol')).sub).not.toBe(first.access.sub);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    await expect(
      pool.aws.send(new DeleteUserCommand({ AccessToken: first.accessToken })),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  test('does not give a person the sub of another as a name', async () => {
    const { add, get } = await app({});
    await add('dave');
    const { sub = '' } = await get('dave');
    await expect(add(sub)).rejects.toMatchObject({ name: 'UsernameExistsException' });
  });

  test('requires what its schema requires', async () => {
    const { signUp } = await app({ Schema: [{ Name: 'given_name', Required: true }] });
    await expect(signUp('erin')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('given_name: The attribute is required'),
    });
    await signUp('erin', { given_name: 'Erin' });
  });

  test('lets an immutable attribute be set once', async () => {
    const { add, update } = await app({
      Schema: [{ Name: 'tenant', AttributeDataType: 'String', Mutable: false }],
    });
    await add('frank', { 'custom:tenant': 'a' });
    await expect(update('frank', { 'custom:tenant': 'b' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

describe('a pool with aliases', () => {
  const settings = {
    AliasAttributes: ['email', 'phone_number', 'preferred_username'],
    AutoVerifiedAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
  } satisfies Partial<CreateUserPoolCommandInput>;

  test('signs in by each alias, an address only after it is verified', async () => {
    const { signUp, confirm, signIn, update, UserPoolId } = await app(settings);
    const [email, phone] = [someEmail(), somePhone()];
    await signUp('gina', { email, phone_number: phone, preferred_username: 'Gigi' });
    await expect(signIn(email)).rejects.toMatchObject({ name: 'UserNotFoundException' });
    await confirm('gina', codeFor(pool, email));
    for (const name of ['gina', email.toUpperCase(), 'gigi'])
      expect((await signIn(name)).access.username).toBe('gina');
    await expect(signIn(phone)).rejects.toMatchObject({ name: 'UserNotFoundException' });
    await update('gina', { phone_number_verified: 'true' });
    expect((await signIn(phone)).access.username).toBe('gina');
    for (const Filter of [
      `phone_number = "${phone}"`,
      'preferred_username = "Gigi"',
      'username ^= "gi"',
    ]) {
      const { Users } = await pool.aws.send(new ListUsersCommand({ UserPoolId, Filter }));
      expect(Users?.map(({ Username }) => Username)).toEqual(['gina']);
    }
  });

  test.each(['ann@example.com', '+306900000001'])('refuses %s as a username', async (name) => {
    const { signUp } = await app(settings);
    await expect(signUp(name)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('keeps an address with its owner, unless the newcomer takes it over on purpose', async () => {
    const { signUp, confirm, resend, add, get, signIn } = await app(settings);
    const email = someEmail();
    await add('owner', { email, email_verified: 'true' });
    await signUp('newcomer', { email });
    await expect(confirm('newcomer', codeFor(pool, email))).rejects.toMatchObject({
      name: 'AliasExistsException',
    });
    expect((await signIn(email)).access.username).toBe('owner');
    await resend('newcomer');
    await confirm('newcomer', codeFor(pool, email), true);
    expect((await signIn(email)).access.username).toBe('newcomer');
    expect(await get('owner')).toMatchObject({ email, email_verified: 'false' });
  });

  test('refuses an alias that is the name of another person', async () => {
    const { add, get, update } = await app(settings);
    await add('hugo');
    await add('ida', { preferred_username: 'princess' });
    const email = someEmail();
    await add('judy', { email, email_verified: 'true' });
    const { sub = '' } = await get('judy');
    for (const preferred_username of ['hugo', 'Princess', email, sub])
      await expect(add('newcomer', { preferred_username })).rejects.toMatchObject({
        name: 'AliasExistsException',
      });
    await expect(update('hugo', { preferred_username: 'princess' })).rejects.toMatchObject({
      name: 'AliasExistsException',
    });
  });
});

describe('a pool with phone numbers', () => {
  test('sends the code by SMS, and signs in by the number', async () => {
    const { signUp, confirm, signIn } = await app({
      UsernameAttributes: ['phone_number'],
      AutoVerifiedAttributes: ['phone_number'],
    });
    const phone = somePhone();
    const { CodeDeliveryDetails } = await signUp(phone);
    expect(CodeDeliveryDetails).toEqual({
      AttributeName: 'phone_number',
      DeliveryMedium: 'SMS',
      Destination: `+*******${phone.slice(-4)}`,
    });
    expect(pool.messages(phone)[0]).toMatchObject({ medium: 'SMS', subject: '', kind: 'SignUp' });
    await confirm(phone, codeFor(pool, phone));
    expect((await signIn(phone)).id).toMatchObject({
      phone_number: phone,
      phone_number_verified: true,
    });
    await expect(signUp('ann@example.com')).rejects.toMatchObject({
      message: 'Username should be a phone number.',
    });
  });

  test('takes either an email or a number where both are names', async () => {
    const { add, signIn } = await app({ UsernameAttributes: ['email', 'phone_number'] });
    const [email, phone] = [someEmail(), somePhone()];
    await add(email, { phone_number: phone });
    expect((await signIn(phone)).access.sub).toBe((await signIn(email)).access.sub);
    await expect(add(phone)).rejects.toMatchObject({ name: 'UsernameExistsException' });
    await expect(add('x')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
