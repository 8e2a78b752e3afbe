/** Managed login of pools with other names than an email, and with other second factors than an app. */
import {
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeFor, ORIGIN, openPool, PASSWORD, someEmail, type TestPool } from './support.ts';
import { type Page, Visitor } from './visitor.ts';

let pool: TestPool;
beforeAll(async () => {
  pool = await openPool();
});
afterAll(() => pool.close());

let phones = 0;
const somePhone = (): string => `+3069200${String(++phones).padStart(5, '0')}`;

/** The sign-in page of a new pool, in a browser of its own. */
async function openLogin(settings: Partial<CreateUserPoolCommandInput>) {
  const created = await pool.aws.send(new CreateUserPoolCommand({ PoolName: 'x', ...settings }));
  const UserPoolId = created.UserPool?.Id ?? '';
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      ...{ UserPoolId, ClientName: 'web' },
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid'],
      CallbackURLs: [`${ORIGIN}/`],
    }),
  );
  const query = new URLSearchParams({
    client_id: UserPoolClient?.ClientId ?? '',
    redirect_uri: `${ORIGIN}/`,
    response_type: 'code',
  });
  const visitor = new Visitor(pool.endpoint);
  return { UserPoolId, visitor, page: await visitor.open(`/oauth2/authorize?${query}`) };
}

const labelsOf = ({ html }: Page) =>
  [...html.matchAll(/<label[^>]*>([^<]*)/g)].map(([, text]) => text);
const codeOf = ({ location }: Page) => location?.searchParams.get('code');

test('usernames: the sign-up asks for what is required and for an address', async () => {
  const { visitor, page } = await openLogin({
    AutoVerifiedAttributes: ['email'],
    Schema: [{ Name: 'given_name', Required: true }],
  });
  expect(labelsOf(page)).toEqual(['Username', 'Password']);
  const form = await visitor.follow(page, 'Create an account');
  expect(labelsOf(form)).toEqual(['Username', 'Given name', 'Email', 'Password']);
  const email = someEmail();
  const account = { username: 'ann', given_name: 'Ann', email, password: PASSWORD };
  const confirm = await visitor.submit(form, account);
  expect(confirm.html).toContain(`We sent a code to ${email}.`);
  const end = await visitor.submit(confirm, { code: codeFor(pool, email) });
  expect(codeOf(end)).toBeTruthy();
});

test('usernames without addresses: the account waits for an administrator', async () => {
  const { UserPoolId, visitor, page } = await openLogin({});
  const form = await visitor.follow(page, 'Create an account');
  const waiting = await visitor.submit(form, { username: 'bob', password: PASSWORD });
  expect(waiting.html).toContain('Your account waits for its confirmation.');
  await pool.call('AdminConfirmSignUp', { UserPoolId, Username: 'bob' });
  expect(codeOf(await visitor.submit(page, { username: 'bob', password: PASSWORD }))).toBeTruthy();
});

test('phone numbers: the code comes by SMS', async () => {
  const { visitor, page } = await openLogin({
    UsernameAttributes: ['phone_number'],
    AutoVerifiedAttributes: ['phone_number'],
  });
  expect(labelsOf(page)).toEqual(['Phone number', 'Password']);
  const phone = somePhone();
  const form = await visitor.follow(page, 'Create an account');
  const confirm = await visitor.submit(form, { username: phone, password: PASSWORD });
  const end = await visitor.submit(confirm, { code: codeFor(pool, phone) });
  expect(codeOf(end)).toBeTruthy();
});

describe('second factors', () => {
  async function withUser(attributes: Record<string, string>, factors: object, mode = 'OPTIONAL') {
    const { UserPoolId, visitor, page } = await openLogin({});
    await pool.aws.send(
      new SetUserPoolMfaConfigCommand({
        ...{ UserPoolId, MfaConfiguration: mode as 'ON' },
        ...factors,
      }),
    );
    const user = { UserPoolId, Username: 'ann' };
    await pool.call('AdminCreateUser', {
      ...{ ...user, MessageAction: 'SUPPRESS' },
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    });
    await pool.call('AdminSetUserPassword', { ...user, Password: PASSWORD, Permanent: true });
    const signIn = () => visitor.submit(page, { username: 'ann', password: PASSWORD });
    return { user, visitor, signIn };
  }

  test('one of several is chosen, and its code is sent', async () => {
    const [email, phone_number] = [someEmail(), somePhone()];
    const factors = {
      SmsMfaConfiguration: {},
      EmailMfaConfiguration: { Message: 'Code {####}', Subject: 'Code' },
    };
    const { user, visitor, signIn } = await withUser({ email, phone_number }, factors);
    await pool.call('AdminSetUserMFAPreference', {
      ...user,
      SMSMfaSettings: { Enabled: true },
      EmailMfaSettings: { Enabled: true },
    });
    const choice = await signIn();
    expect(choice.html).toContain('Choose your second factor');
    expect(choice.html).not.toContain('authenticator app');
    const asked = await visitor.submit(choice, { factor: 'SMS_MFA' });
    expect(asked.html).toContain(`We sent a code to +*******${phone_number.slice(-4)}.`);
    const wrong = await visitor.submit(asked, { code: '000000x' });
    expect(wrong.status).toBe(400);
    expect(codeOf(await visitor.submit(wrong, { code: codeFor(pool, phone_number) }))).toBeTruthy();
    const other = await visitor.submit(await signIn(), { factor: 'SOFTWARE_TOKEN_MFA' });
    expect(other.status).toBe(400);
  });

  test('an authenticator app is set up where one is required', async () => {
    const factors = { SoftwareTokenMfaConfiguration: { Enabled: true } };
    const { visitor, signIn } = await withUser({}, factors, 'ON');
    const page = await signIn();
    const [, secret = ''] = /authenticator app: (\w+)/.exec(page.html) ?? [];
    const code = () => new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const wrong = await visitor.submit(page, { code: '000000x' });
    expect(wrong.html).toContain('Set up your authenticator app');
    expect(codeOf(await visitor.submit(wrong, { code: code() }))).toBeTruthy();
    const again = await signIn();
    expect(again.html).toContain('Enter the code of your authenticator app.');
    expect(codeOf(await visitor.submit(again, { code: code() }))).toBeTruthy();
  });

  test('a person without any is told so, where the pool requires one that cannot be set up here', async () => {
    const { signIn } = await withUser({}, { SmsMfaConfiguration: {} }, 'ON');
    const page = await signIn();
    expect(page.status).toBe(400);
    expect(page.html).toContain('The user pool requires a second factor, and you have none.');
  });
});
