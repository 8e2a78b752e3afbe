/** How a session goes on, how it ends, and what an access token opens meanwhile. */
import { generateKeyPairSync } from 'node:crypto';
import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminUserGlobalSignOutCommand,
  ChangePasswordCommand,
  CreateUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  addUser,
  CLIENT,
  openPool,
  PASSWORD,
  POOL,
  post,
  type SignedIn,
  signIn,
  type TestPool,
  usePool,
} from './support.ts';

let pool: TestPool;
beforeAll(async () => {
  pool = await openPool();
});
afterEach(() => void vi.useRealTimers());
afterAll(() => pool.close());

const HOUR = 3600 * 1000;
const laterBy = (ms: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
};

const enter = async (): Promise<SignedIn & { email: string }> => {
  const email = await addUser(pool);
  return { email, ...(await signIn(pool, email)) };
};
const refresh = (RefreshToken: string, ClientId = CLIENT) =>
  pool.aws.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));
const getUser = (AccessToken: string) => pool.aws.send(new GetUserCommand({ AccessToken }));
const refused = (message: string) => ({ name: 'NotAuthorizedException', message });
const asUser = (Username: string) => ({ UserPoolId: POOL, Username });

describe('a refresh', () => {
  test('gives access and ID token, and no refresh token', async () => {
    const { refreshToken } = await enter();
    const { AuthenticationResult: result } = await refresh(refreshToken);
    expect(result).toEqual({
      AccessToken: expect.any(String),
      IdToken: expect.any(String),
      ExpiresIn: 3600,
      TokenType: 'Bearer',
    });
    expect(await getUser(result?.AccessToken ?? '')).toBeDefined();
  });

  test.each(['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'] as const)('works by %s too', async (flow) => {
    const { refreshToken } = await enter();
    const answer = await pool.aws.send(
      new InitiateAuthCommand({
        ClientId: CLIENT,
        AuthFlow: flow,
        AuthParameters: { REFRESH_TOKEN: refreshToken },
      }),
    );
    expect(answer.AuthenticationResult?.AccessToken).toBeDefined();
    expect(answer.AuthenticationResult?.RefreshToken).toBeUndefined();
  });

  test('is refused to a token that is unknown, or of another client', async () => {
    await expect(refresh('made-up')).rejects.toMatchObject(refused('Invalid Refresh Token'));
    const { refreshToken } = await enter();
    const { UserPoolClient } = await pool.call('CreateUserPoolClient', {
      UserPoolId: POOL,
      ClientName: 'other',
    });
    const other = (UserPoolClient as { ClientId: string }).ClientId;
    await expect(refresh(refreshToken, other)).rejects.toMatchObject(
      refused('Invalid Refresh Token'),
    );
  });

  test('is refused after 30 days', async () => {
    const { refreshToken } = await enter();
    laterBy(30 * 24 * HOUR - 60_000);
    await expect(refresh(refreshToken)).resolves.toBeDefined();
    laterBy(120_000);
    await expect(refresh(refreshToken)).rejects.toMatchObject(refused('Refresh Token has expired'));
  });

  test('is refused while the user is disabled, and not longer', async () => {
    const { refreshToken, accessToken, email } = await enter();
    await pool.aws.send(new AdminDisableUserCommand(asUser(email)));
    await expect(refresh(refreshToken)).rejects.toMatchObject(refused('User is disabled.'));
    await expect(getUser(accessToken)).rejects.toMatchObject(refused('User is disabled.'));
    await expect(signIn(pool, email)).rejects.toMatchObject(refused('User is disabled.'));
    await pool.aws.send(new AdminEnableUserCommand(asUser(email)));
    await expect(refresh(refreshToken)).resolves.toBeDefined();
  });

  test('is refused once the user is deleted', async () => {
    const { refreshToken, accessToken, email } = await enter();
    await pool.aws.send(new AdminDeleteUserCommand(asUser(email)));
    await expect(refresh(refreshToken)).rejects.toMatchObject(
      refused('Refresh Token has been revoked'),
    );
    await expect(getUser(accessToken)).rejects.toMatchObject(
      refused('Access Token has been revoked'),
    );
  });
});

describe('an end', () => {
  test('RevokeToken ends one session, with its access tokens', async () => {
    const one = await enter();
    const two = await signIn(pool, one.email);
    const revoke = new RevokeTokenCommand({ ClientId: CLIENT, Token: one.refreshToken });
    await pool.aws.send(revoke);
    await pool.aws.send(revoke);
    await expect(refresh(one.refreshToken)).rejects.toMatchObject(
      refused('Refresh Token has been revoked'),
    );
    await expect(getUser(one.accessToken)).rejects.toMatchObject(
      refused('Access Token has been revoked'),
    );
    await expect(refresh(two.refreshToken)).resolves.toBeDefined();
    await expect(getUser(two.accessToken)).resolves.toBeDefined();
  });

  test('RevokeToken refuses an access token, and gives the same answer for an unknown token', async () => {
    const { accessToken } = await enter();
    await expect(
      pool.aws.send(new RevokeTokenCommand({ ClientId: CLIENT, Token: accessToken })),
    ).rejects.toMatchObject({ name: 'UnsupportedTokenTypeException' });
    await expect(
      pool.aws.send(new RevokeTokenCommand({ ClientId: CLIENT, Token: 'unknown' })),
    ).resolves.toBeDefined();
  });

  test.each(['by the user', 'by an administrator'])(
    'a global sign-out %s ends every session so far',
    async (who) => {
      const one = await enter();
      const two = await signIn(pool, one.email);
      await (who === 'by the user'
        ? pool.aws.send(new GlobalSignOutCommand({ AccessToken: one.accessToken }))
        : pool.aws.send(new AdminUserGlobalSignOutCommand(asUser(one.email))));
      for (const { refreshToken, accessToken } of [one, two]) {
        await expect(refresh(refreshToken)).rejects.toMatchObject(
          refused('Refresh Token has been revoked'),
        );
        await expect(getUser(accessToken)).rejects.toMatchObject(
          refused('Access Token has been revoked'),
        );
      }
      const three = await signIn(pool, one.email);
      await expect(getUser(three.accessToken)).resolves.toBeDefined();
    },
  );
});

describe('an access token', () => {
  /** Every operation that takes one, with what else it needs. */
  const OPERATIONS: Readonly<Record<string, object>> = {
    AssociateSoftwareToken: {},
    ChangePassword: { PreviousPassword: PASSWORD, ProposedPassword: 'Another-horse-43' },
    DeleteUser: {},
    DeleteUserAttributes: { UserAttributeNames: ['name'] },
    GetUser: {},
    GetUserAttributeVerificationCode: { AttributeName: 'email' },
    GlobalSignOut: {},
    SetUserMFAPreference: {},
    UpdateUserAttributes: { UserAttributes: [{ Name: 'name', Value: 'X' }] },
    VerifySoftwareToken: { UserCode: '000000' },
    VerifyUserAttribute: { AttributeName: 'email', Code: '000000' },
  };

  const forge = async ({ accessToken, access }: SignedIn): Promise<Record<string, string>> => {
    const [head = '', body = '', signature = ''] = accessToken.split('.');
    const { kid = '' } = decodeProtectedHeader(accessToken);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return {
      'no token': 'nonsense',
      'a token cut short': `${head}.${body}`,
      'a changed payload': `${head}.${encode({ ...access, username: 'x' })}.${signature}`,
      'the right kid and a wrong key': await new SignJWT(access)
        .setProtectedHeader({ alg: 'RS256', kid })
        .sign(privateKey),
      'an unknown kid': await new SignJWT(access)
        .setProtectedHeader({ alg: 'RS256', kid: 'other' })
        .sign(privateKey),
      'the algorithm none': `${encode({ alg: 'none', kid })}.${body}.`,
      'a shared secret': await new SignJWT(access)
        .setProtectedHeader({ alg: 'HS256', kid })
        .sign(new TextEncoder().encode(kid)),
    };
  };

  test.each(Object.entries(OPERATIONS))('that is forged opens nothing: %s', async (name, extra) => {
    const session = await enter();
    const forged = { ...(await forge(session)), 'an ID token': session.idToken };
    for (const [what, AccessToken] of Object.entries(forged)) {
      const response = await post(pool, name, { ...extra, AccessToken });
      expect(await response.json(), what).toEqual({
        __type: 'NotAuthorizedException',
        message: 'Invalid Access Token',
      });
    }
  });

  test.each(Object.entries(OPERATIONS))(
    'that is missing opens nothing: %s',
    async (name, extra) => {
      const response = await post(pool, name, extra);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ __type: 'InvalidParameterException' });
    },
  );

  test.each(Object.entries(OPERATIONS))(
    'that is too old opens nothing: %s',
    async (name, extra) => {
      const { accessToken } = await enter();
      laterBy(HOUR + 1000);
      const response = await post(pool, name, { ...extra, AccessToken: accessToken });
      expect(await response.json()).toMatchObject({
        __type: 'NotAuthorizedException',
        message: 'Access Token has expired',
      });
    },
  );

  test('of another pool opens nothing', async () => {
    const other = await openPool();
    const email = await addUser(other);
    const { accessToken } = await signIn(other, email);
    await other.close();
    await expect(getUser(accessToken)).rejects.toMatchObject(refused('Invalid Access Token'));
  });

  test('opens the account of its user', async () => {
    const { accessToken, access, email } = await enter();
    const user = await getUser(accessToken);
    expect(user.Username).toBe(access.sub);
    expect(user.UserAttributes).toContainEqual({ Name: 'email', Value: email });
    await pool.aws.send(
      new ChangePasswordCommand({
        AccessToken: accessToken,
        PreviousPassword: PASSWORD,
        ProposedPassword: 'Another-horse-43',
      }),
    );
    await expect(signIn(pool, email)).rejects.toMatchObject(
      refused('Incorrect username or password.'),
    );
    await expect(signIn(pool, email, 'Another-horse-43')).resolves.toBeDefined();
  });
});

describe('a client with rotation', () => {
  test('gets a new refresh token from the API each time, which expires with the first', async () => {
    const own = await usePool();
    const { UserPoolClient } = await own.aws.send(
      new CreateUserPoolClientCommand({
        UserPoolId: POOL,
        ClientName: 'rotating',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      }),
    );
    const ClientId = UserPoolClient?.ClientId;
    const { AuthenticationResult } = await own.aws.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: await addUser(own), PASSWORD },
      }),
    );
    const refresh = (RefreshToken: string | undefined) =>
      own.aws.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));
    const tokens = [AuthenticationResult?.RefreshToken];
    for (let round = 0; round < 3; round += 1)
      tokens.push((await refresh(tokens.at(-1))).AuthenticationResult?.RefreshToken);
    expect(new Set(tokens).size).toBe(4);
    for (const old of tokens.slice(0, 3))
      await expect(refresh(old)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    laterBy(30 * 24 * HOUR);
    await expect(refresh(tokens.at(-1))).rejects.toMatchObject({
      message: 'Refresh Token has expired',
    });
  });
});
