/** The pre-sign-up trigger with a real pool of the emulator: rules, and each case of linking. */
import {
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminUpdateUserAttributesCommand,
  CreateIdentityProviderCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { PreSignUpTriggerEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { preSignUp } from '../../../../functions/pre-sign-up/core.ts';
import { decideLink } from '../../../../functions/pre-sign-up/linking.ts';
import type { SignUpSettings } from '../../../../functions/pre-sign-up/settings.ts';
import { signUpPool } from '../../../../functions/pre-sign-up/user-pool.ts';
import {
  addUser,
  CLIENT,
  openPool,
  PASSWORD,
  POOL,
  someEmail,
  type TestPool,
} from '../../local/cognito/support.ts';

const UserPoolId = POOL;
const NONE: SignUpSettings = {
  allowDomains: [],
  denyDomains: [],
  invitationsOnly: false,
  linkProviders: [],
};
const LINKING: SignUpSettings = { ...NONE, linkProviders: ['Google'] };

let pool: TestPool;
beforeAll(async () => {
  pool = await openPool();
  for (const ProviderName of ['Google', 'Company'])
    await pool.aws.send(
      new CreateIdentityProviderCommand({
        UserPoolId,
        ProviderName,
        ProviderType: ProviderName === 'Google' ? 'Google' : 'OIDC',
        ProviderDetails: {
          client_id: 'x',
          client_secret: 'x',
          authorize_scopes: 'openid email',
          ...(ProviderName === 'Company' && {
            oidc_issuer: 'https://company.example',
            attributes_request_method: 'GET',
          }),
        },
      }),
    );
});
afterAll(() => pool?.close());

type Source = 'SignUp' | 'AdminCreateUser' | 'ExternalProvider';

const eventOf = (
  source: Source,
  userAttributes: Record<string, string>,
  userName = 'Google_42',
): PreSignUpTriggerEvent => ({
  version: '1',
  region: 'local-1',
  userPoolId: POOL,
  triggerSource: `PreSignUp_${source}`,
  userName,
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: CLIENT },
  request: { userAttributes },
  response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
});

const triggerWith = (settings: SignUpSettings) =>
  preSignUp({ settings, pool: signUpPool(pool.aws), warn: () => undefined });

let people = 0;
/** Somebody comes from a provider for the first time. */
async function arrive(
  email: string,
  { verified = 'true', provider = 'Google', settings = LINKING } = {},
) {
  people += 1;
  const subject = `subject-${people}`;
  const event = eventOf(
    'ExternalProvider',
    { email, ...(verified && { email_verified: verified }) },
    `${provider}_${subject}`,
  );
  const handler = triggerWith(settings);
  const outcome = await handler(event).then(
    ({ response }) => (response.autoConfirmUser ? 'confirmed' : 'unconfirmed'),
    (error: Error) => error.message,
  );
  return { outcome, subject };
}

const identitiesOf = async (Username: string): Promise<string> => {
  const user = await pool.aws.send(new AdminGetUserCommand({ UserPoolId, Username }));
  return user.UserAttributes?.find(({ Name }) => Name === 'identities')?.Value ?? '';
};

const setVerified = (Username: string, Value: 'true' | 'false') =>
  pool.aws.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId,
      Username,
      UserAttributes: [{ Name: 'email_verified', Value }],
    }),
  );

const selfSignUp = async () => {
  const Username = someEmail('waiting');
  await pool.aws.send(new SignUpCommand({ ClientId: CLIENT, Username, Password: PASSWORD }));
  return Username;
};

const invited = async () => {
  const Username = someEmail('invited');
  const UserAttributes = [{ Name: 'email_verified', Value: 'true' }];
  await pool.call('AdminCreateUser', { UserPoolId, Username, UserAttributes });
  return Username;
};

const LINKED = /^ACCOUNT_LINKED: /;

describe('an account of a provider', () => {
  test('opens the account with the same address if both have verified it', async () => {
    const email = await addUser(pool);
    const { outcome, subject } = await arrive(email);
    expect(outcome).toMatch(LINKED);
    expect(await identitiesOf(email)).toContain(subject);
  });

  test('is found under another spelling of the provider and of the address', async () => {
    const email = await addUser(pool);
    const upper = email.toUpperCase();
    expect((await arrive(upper, { provider: 'google' })).outcome).toMatch(LINKED);
    expect(await identitiesOf(email)).toContain('Google');
  });

  test('opens the account that an administrator has made', async () => {
    const email = await invited();
    expect((await arrive(email)).outcome).toMatch(LINKED);
    expect(await identitiesOf(email)).not.toBe('');
  });

  const separate: readonly [string, () => Promise<string>, Parameters<typeof arrive>[1], string][] =
    [
      [
        'if the provider has not verified the address',
        () => addUser(pool),
        { verified: 'false' },
        'unconfirmed',
      ],
      ['if the provider does not say', () => addUser(pool), { verified: '' }, 'unconfirmed'],
      [
        'if the provider says something else',
        () => addUser(pool),
        { verified: 'True' },
        'unconfirmed',
      ],
      [
        'if the settings do not name the provider',
        () => addUser(pool),
        { provider: 'Company' },
        'confirmed',
      ],
      [
        'if the name of the provider only begins like one',
        () => addUser(pool),
        { provider: 'Google-2' },
        'confirmed',
      ],
      ['if the settings name none', () => addUser(pool), { settings: NONE }, 'confirmed'],
      ['if somebody has signed up with the address and waits', selfSignUp, {}, 'confirmed'],
      [
        'if the account has changed to the address without a code',
        async () => {
          const email = await addUser(pool);
          await setVerified(email, 'false');
          return email;
        },
        {},
        'confirmed',
      ],
    ];
  test.each(separate)('is a user of its own %s', async (_, owner, options, expected) => {
    const email = await owner();
    expect((await arrive(email, options)).outcome).toBe(expected);
    expect(await identitiesOf(email)).toBe('');
  });

  test('of a person who has been disabled is refused', async () => {
    const email = await addUser(pool);
    await pool.aws.send(new AdminDisableUserCommand({ UserPoolId, Username: email }));
    for (const provider of ['Google', 'Company'])
      expect((await arrive(email, { provider })).outcome).toBe('This account cannot be opened.');
    expect(await identitiesOf(email)).toBe('');
  });

  test('with an address of quotes and stars finds nobody', async () => {
    await addUser(pool);
    for (const email of ['x" or email ^= "', '*@example.com', '\\"@example.com'])
      expect((await arrive(email)).outcome).toBe('confirmed');
  });

  test('is refused if nobody can say who has the address', async () => {
    const lines: string[] = [];
    const down = () => Promise.reject(new Error('ann@example.com is throttled'));
    const handler = preSignUp({
      settings: LINKING,
      pool: { findByEmail: down, link: down },
      warn: (line) => void lines.push(line),
    });
    const event = eventOf('ExternalProvider', { email: 'ann@example.com', email_verified: 'true' });
    await expect(handler(event)).rejects.toThrow('Try again later');
    expect(lines).toEqual(['pre-sign-up: Error']);
  });

  test('is a user of its own if the address belongs to two, or to an account of another provider', () => {
    const account = { trustedProvider: 'Google', email: 'ann@example.com', isEmailVerified: true };
    const user = {
      username: 'ann',
      email: 'ann@example.com',
      isEmailVerified: true,
      isEnabled: true,
      status: 'CONFIRMED',
    };
    expect(decideLink(account, [user])).toEqual({ kind: 'link', username: 'ann' });
    const twin = { ...user, username: 'ann-2', email: 'Ann@example.com' };
    expect(decideLink(account, [user, twin])).toEqual({ kind: 'separate' });
    for (const status of ['EXTERNAL_PROVIDER', 'UNCONFIRMED', 'UNKNOWN', ''])
      expect(decideLink(account, [{ ...user, status }])).toEqual({ kind: 'separate' });
    // One that is not the owner does not stand in the way.
    const waiting = { ...twin, isEmailVerified: false };
    expect(decideLink(account, [waiting, user])).toEqual({ kind: 'link', username: 'ann' });
    // An unverified account that is disabled has proved nothing, and locks nobody out.
    expect(decideLink(account, [{ ...waiting, isEnabled: false }])).toEqual({ kind: 'separate' });
  });

  test('without an address is a user of its own', async () => {
    expect((await arrive('')).outcome).toBe('confirmed');
  });
});

describe('invitations only', () => {
  const settings = { ...LINKING, invitationsOnly: true };
  const handler = (event: PreSignUpTriggerEvent) => triggerWith(settings)(event);

  test('refuses sign-up, and strangers of a provider', async () => {
    const attributes = { email: someEmail(), email_verified: 'true' };
    for (const source of ['SignUp', 'ExternalProvider'] as const)
      await expect(handler(eventOf(source, attributes))).rejects.toThrow('by invitation only');
  });

  test('lets invited people come by their provider', async () => {
    expect((await arrive(await invited(), { settings })).outcome).toMatch(LINKED);
  });

  test('does not touch invitations', async () => {
    const event = eventOf('AdminCreateUser', { email: someEmail() });
    expect(await handler(event)).toBe(event);
  });
});

describe('rules for domains', () => {
  const handler = (event: PreSignUpTriggerEvent) =>
    triggerWith({ ...NONE, allowDomains: ['example.com'] })(event);

  test.each(['SignUp', 'ExternalProvider'] as const)('are kept at %s', async (source) => {
    const verified = { email_verified: 'true' };
    const stranger = eventOf(source, { email: 'eve@evil.example', ...verified });
    await expect(handler(stranger)).rejects.toThrow('not open to this email address');
    await handler(eventOf(source, { email: someEmail(), ...verified }));
  });

  test('are not for administrators', async () => {
    const event = eventOf('AdminCreateUser', { email: 'eve@evil.example' });
    expect(await handler(event)).toBe(event);
  });
});

test('a sign-up by form stays unconfirmed', async () => {
  const event = eventOf('SignUp', { email: someEmail(), email_verified: 'true' });
  expect(await triggerWith(LINKING)(event)).toBe(event);
});
