/** Becoming a user: by oneself and by invitation, with codes that expire and passwords that hold. */
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminUpdateUserAttributesCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  ListUsersCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  addUser,
  CLIENT,
  codeFor,
  openPool,
  PASSWORD,
  POOL,
  signIn,
  someEmail,
  type TestPool,
} from './support.ts';

let pool: TestPool;
beforeAll(async () => {
  pool = await openPool();
});
afterEach(() => void vi.useRealTimers());
afterAll(() => pool.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const laterBy = (ms: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
};

const signUp = (Username: string, more: { Password?: string; UserAttributes?: object[] } = {}) =>
  pool.aws.send(
    new SignUpCommand({ ClientId: CLIENT, Username, Password: PASSWORD, ...more } as never),
  );
const confirm = (Username: string, ConfirmationCode: string) =>
  pool.aws.send(new ConfirmSignUpCommand({ ClientId: CLIENT, Username, ConfirmationCode }));
const forgot = (Username: string) =>
  pool.aws.send(new ForgotPasswordCommand({ ClientId: CLIENT, Username }));
const reset = (Username: string, ConfirmationCode: string, Password = 'Another-horse-43') =>
  pool.aws.send(
    new ConfirmForgotPasswordCommand({ ClientId: CLIENT, Username, ConfirmationCode, Password }),
  );
const read = async (Username: string) => {
  const user = await pool.aws.send(new AdminGetUserCommand({ UserPoolId: POOL, Username }));
  const attributes = user.UserAttributes?.map(({ Name, Value }) => [Name, Value]) ?? [];
  return { ...user, attributes: Object.fromEntries(attributes) as Record<string, string> };
};
const wrongCode = (right: string): string => (right === '000000' ? '000001' : '000000');

describe('SignUp', () => {
  test('makes an unconfirmed user whose name is a UUID, and mails a code', async () => {
    const email = someEmail();
    const answer = await signUp(email);
    expect(answer).toMatchObject({
      UserConfirmed: false,
      CodeDeliveryDetails: {
        AttributeName: 'email',
        DeliveryMedium: 'EMAIL',
        Destination: 'u***@e***',
      },
    });
    const user = await read(email);
    expect(user).toMatchObject({
      Username: answer.UserSub,
      UserStatus: 'UNCONFIRMED',
      Enabled: true,
      attributes: { sub: answer.UserSub, email, email_verified: 'false' },
    });
    expect(codeFor(pool, email)).toMatch(/^\d{6}$/);
  });

  test('refuses an email that is taken, in whatever case', async () => {
    const email = someEmail();
    await signUp(email);
    for (const again of [email, email.toUpperCase()])
      await expect(signUp(again)).rejects.toMatchObject({
        name: 'UsernameExistsException',
        message: 'User already exists',
      });
  });

  test('makes one user of many requests at once', async () => {
    const email = someEmail('many');
    const attempts = Array.from({ length: 8 }, (_, index) =>
      signUp(index % 2 ? email : email.toUpperCase()),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { Users } = await pool.aws.send(new ListUsersCommand({ UserPoolId: POOL }));
    const same = Users?.filter(({ Attributes }) =>
      Attributes?.some(({ Value }) => Value?.toLowerCase() === email),
    );
    expect(same).toHaveLength(1);
  });

  test.each([
    ['Short-1', 'Password not long enough'],
    ['no-upper-case-42', 'Password must have uppercase characters'],
    ['NO-LOWER-CASE-42', 'Password must have lowercase characters'],
    ['No-digits-at-all', 'Password must have numeric characters'],
    ['NoSymbolsAtAll42', 'Password must have symbol characters'],
  ])('refuses the password %s', async (Password, reason) => {
    await expect(signUp(someEmail(), { Password })).rejects.toMatchObject({
      name: 'InvalidPasswordException',
      message: `Password did not conform with policy: ${reason}`,
    });
  });

  test.each([
    ['sub', 'NotAuthorizedException'],
    ['email_verified', 'NotAuthorizedException'],
    ['custom:unknown', 'InvalidParameterException'],
    ['__proto__', 'InvalidParameterException'],
  ])('refuses to set the attribute %s', async (Name, name) => {
    const UserAttributes = [{ Name, Value: 'true' }];
    await expect(signUp(someEmail(), { UserAttributes })).rejects.toMatchObject({ name });
  });

  test('refuses a name that is no email, and another email as attribute', async () => {
    const refused = { name: 'InvalidParameterException' };
    await expect(signUp('ann')).rejects.toMatchObject(refused);
    const UserAttributes = [{ Name: 'email', Value: 'other@example.com' }];
    await expect(signUp(someEmail(), { UserAttributes })).rejects.toMatchObject(refused);
  });

  test('refuses an unknown client', async () => {
    const command = new SignUpCommand({ ClientId: 'no', Username: 'a@b.c', Password: PASSWORD });
    await expect(pool.aws.send(command)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('ConfirmSignUp', () => {
  test('marks the email as verified, and cannot be done twice', async () => {
    const email = someEmail();
    await signUp(email);
    const code = codeFor(pool, email);
    await expect(signIn(pool, email)).rejects.toMatchObject({ name: 'UserNotConfirmedException' });
    await expect(confirm(email, wrongCode(code))).rejects.toMatchObject({
      name: 'CodeMismatchException',
      message: 'Invalid verification code provided, please try again.',
    });
    await confirm(email.toUpperCase(), code);
    expect(await read(email)).toMatchObject({
      UserStatus: 'CONFIRMED',
      attributes: { email_verified: 'true' },
    });
    await expect(confirm(email, code)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'User cannot be confirmed. Current status is CONFIRMED',
    });
  });

  test('takes a code for 24 hours, and only the newest', async () => {
    const email = someEmail();
    await signUp(email);
    const first = codeFor(pool, email);
    laterBy(24 * HOUR + MINUTE);
    await expect(confirm(email, first)).rejects.toMatchObject({
      name: 'ExpiredCodeException',
      message: 'Invalid code provided, please request a code again.',
    });
    await pool.aws.send(new ResendConfirmationCodeCommand({ ClientId: CLIENT, Username: email }));
    laterBy(24 * HOUR - MINUTE);
    await confirm(email, codeFor(pool, email));
    await expect(
      pool.aws.send(new ResendConfirmationCodeCommand({ ClientId: CLIENT, Username: email })),
    ).rejects.toMatchObject({ message: 'User is already confirmed.' });
  });

  test('does not reveal whether an account exists', async () => {
    const stranger = someEmail('stranger');
    await expect(confirm(stranger, '123456')).rejects.toMatchObject({
      name: 'ExpiredCodeException',
    });
    const resend = new ResendConfirmationCodeCommand({ ClientId: CLIENT, Username: stranger });
    expect(await pool.aws.send(resend)).toMatchObject({
      CodeDeliveryDetails: { Destination: 's***@e***' },
    });
    expect(pool.messages(stranger)).toEqual([]);
  });
});

describe('a forgotten password', () => {
  test('is replaced with a code that lives an hour', async () => {
    const email = await addUser(pool);
    await forgot(email);
    const code = codeFor(pool, email);
    await expect(reset(email, wrongCode(code))).rejects.toMatchObject({
      name: 'CodeMismatchException',
    });
    await expect(reset(email, code, 'weak')).rejects.toMatchObject({
      name: 'InvalidPasswordException',
    });
    await reset(email, code);
    await expect(signIn(pool, email, 'Another-horse-43')).resolves.toBeDefined();
    await expect(reset(email, code)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
    await forgot(email);
    laterBy(HOUR + MINUTE);
    await expect(reset(email, codeFor(pool, email))).rejects.toMatchObject({
      name: 'ExpiredCodeException',
    });
  });

  test('needs a verified email, and the code that was mailed for it', async () => {
    const email = someEmail();
    await signUp(email);
    const before = pool.messages(email).length;
    await forgot(email);
    expect(pool.messages(email)).toHaveLength(before);
    await expect(reset(email, codeFor(pool, email))).rejects.toMatchObject({
      name: 'ExpiredCodeException',
    });
  });

  test('does not reveal whether an account exists, or is disabled', async () => {
    const [unverified, disabled] = [someEmail('stranger'), someEmail('stranger')];
    await signUp(unverified);
    await addUser(pool, disabled);
    await pool.call('AdminDisableUser', { UserPoolId: POOL, Username: disabled });
    const details = { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 's***@e***' };
    for (const address of [someEmail('stranger'), unverified, disabled])
      expect((await forgot(address)).CodeDeliveryDetails).toEqual(details);
    for (const address of [someEmail('stranger'), disabled])
      await expect(reset(address, '123456')).rejects.toMatchObject({
        name: 'CodeMismatchException',
      });
  });

  test('can be asked for by an administrator', async () => {
    const email = await addUser(pool);
    await pool.call('AdminResetUserPassword', { UserPoolId: POOL, Username: email });
    await expect(signIn(pool, email)).rejects.toMatchObject({
      name: 'PasswordResetRequiredException',
    });
    await reset(email, codeFor(pool, email));
    await expect(signIn(pool, email, 'Another-horse-43')).resolves.toBeDefined();
  });
});

describe('an invitation', () => {
  test('mails a temporary password that meets the policy', async () => {
    const email = someEmail();
    const invite = (MessageAction?: 'RESEND') =>
      pool.aws.send(
        new AdminCreateUserCommand({ UserPoolId: POOL, Username: email, MessageAction }),
      );
    const { User } = await invite();
    expect(User).toMatchObject({ UserStatus: 'FORCE_CHANGE_PASSWORD', Enabled: true });
    const first = codeFor(pool, email);
    expect(first).toMatch(/^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])(?=.*[!@#%&*?_-]).{12,}$/);
    await expect(invite()).rejects.toMatchObject({
      name: 'UsernameExistsException',
      message: 'User account already exists',
    });
    await invite('RESEND');
    expect(codeFor(pool, email)).not.toBe(first);
  });
});

describe('a change of email', () => {
  test('cannot take the email of another user', async () => {
    const [ann, bob] = [await addUser(pool), await addUser(pool)];
    const { accessToken } = await signIn(pool, ann);
    const UserAttributes = [{ Name: 'email', Value: bob.toUpperCase() }];
    const refused = { name: 'AliasExistsException' };
    await expect(
      pool.aws.send(new UpdateUserAttributesCommand({ AccessToken: accessToken, UserAttributes })),
    ).rejects.toMatchObject(refused);
    await expect(
      pool.aws.send(
        new AdminUpdateUserAttributesCommand({ UserPoolId: POOL, Username: ann, UserAttributes }),
      ),
    ).rejects.toMatchObject(refused);
  });

  test('by an administrator counts at once, and the old email is free again', async () => {
    const [old, email] = [await addUser(pool), someEmail()];
    const UserAttributes = [{ Name: 'email', Value: email }];
    await pool.aws.send(
      new AdminUpdateUserAttributesCommand({ UserPoolId: POOL, Username: old, UserAttributes }),
    );
    expect((await read(email)).attributes).toMatchObject({ email, email_verified: 'false' });
    await expect(signIn(pool, old)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(signUp(old)).resolves.toBeDefined();
  });

  test('a person cannot verify their email by setting it', async () => {
    const { accessToken } = await signIn(pool, await addUser(pool));
    const UserAttributes = [{ Name: 'email_verified', Value: 'true' }];
    await expect(
      pool.aws.send(new UpdateUserAttributesCommand({ AccessToken: accessToken, UserAttributes })),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });
});
