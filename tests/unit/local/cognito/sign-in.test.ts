/** Who gets in, by which flow, and what the refused are told. */
import { createHmac } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PreTokenEvent } from '../../../../local/cognito/server.ts';
import { addUser, CLIENT, openPool, PASSWORD, POOL, someEmail, type TestPool } from './support.ts';

let pool: TestPool;
const sources: string[] = [];
beforeAll(async () => {
  pool = await openPool({
    preToken: async (event: PreTokenEvent) => {
      sources.push(event.triggerSource);
      return event;
    },
  });
});
afterEach(() => void vi.useRealTimers());
afterAll(() => pool.close());

const REFUSED = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };
const TEMPORARY = 'Temporary-horse-41';

const initiate = (
  AuthFlow: 'USER_PASSWORD_AUTH' | 'USER_SRP_AUTH' | 'USER_AUTH',
  AuthParameters: Record<string, string>,
  ClientId = CLIENT,
) => pool.aws.send(new InitiateAuthCommand({ ClientId, AuthFlow, AuthParameters }));
const withPassword = (USERNAME: string, given = PASSWORD, ClientId = CLIENT) =>
  initiate('USER_PASSWORD_AUTH', { USERNAME, PASSWORD: given }, ClientId);
const answer = (
  ChallengeName: 'NEW_PASSWORD_REQUIRED' | 'PASSWORD_VERIFIER' | 'SOFTWARE_TOKEN_MFA',
  { Session, ...ChallengeResponses }: Record<string, string>,
) =>
  pool.aws.send(
    new RespondToAuthChallengeCommand({
      ClientId: CLIENT,
      ChallengeName,
      Session,
      ChallengeResponses,
    }),
  );

async function invited(): Promise<{ email: string; session: string }> {
  const email = someEmail('invited');
  await pool.aws.send(
    new AdminCreateUserCommand({
      UserPoolId: POOL,
      Username: email,
      TemporaryPassword: TEMPORARY,
      MessageAction: 'SUPPRESS',
    }),
  );
  const { Session = '' } = await withPassword(email, TEMPORARY);
  return { email, session: Session };
}

async function makeClient(settings: object): Promise<{ id: string; secret: string }> {
  const { UserPoolClient } = await pool.call('CreateUserPoolClient', {
    UserPoolId: POOL,
    ClientName: 'own',
    ...settings,
  });
  const { ClientId, ClientSecret } = UserPoolClient as Record<string, string>;
  return { id: ClientId ?? '', secret: ClientSecret ?? '' };
}

describe('by password', () => {
  test('gives all three tokens', async () => {
    const { AuthenticationResult: result } = await withPassword(await addUser(pool));
    expect(result).toEqual({
      AccessToken: expect.any(String),
      IdToken: expect.any(String),
      RefreshToken: expect.any(String),
      ExpiresIn: 3600,
      TokenType: 'Bearer',
    });
  });

  test('gives the same answer to a wrong password and an unknown user', async () => {
    await expect(withPassword(await addUser(pool), 'Wrong-horse-42')).rejects.toMatchObject(
      REFUSED,
    );
    await expect(withPassword(someEmail('stranger'))).rejects.toMatchObject(REFUSED);
    await expect(withPassword('__proto__')).rejects.toMatchObject(REFUSED);
  });

  test('reports an unknown user if the client is set to', async () => {
    const { id } = await makeClient({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] });
    await expect(withPassword(someEmail('stranger'), PASSWORD, id)).rejects.toMatchObject({
      name: 'UserNotFoundException',
      message: 'User does not exist.',
    });
  });

  test('reports a disabled user only after the right password', async () => {
    const email = await addUser(pool);
    await pool.call('AdminDisableUser', { UserPoolId: POOL, Username: email });
    await expect(withPassword(email, 'Wrong-horse-42')).rejects.toMatchObject(REFUSED);
    await expect(withPassword(email)).rejects.toMatchObject({ message: 'User is disabled.' });
  });

  test('works for an administrator', async () => {
    const USERNAME = await addUser(pool);
    const result = await pool.aws.send(
      new AdminInitiateAuthCommand({
        UserPoolId: POOL,
        ClientId: CLIENT,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD },
      }),
    );
    expect(decodeJwt(result.AuthenticationResult?.AccessToken ?? '')).toMatchObject({
      token_use: 'access',
    });
  });

  test('works only as the client allows', async () => {
    const { id } = await makeClient({});
    const USERNAME = await addUser(pool);
    await expect(withPassword(USERNAME, PASSWORD, id)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'USER_PASSWORD_AUTH flow not enabled for this client',
    });
    await expect(initiate('USER_AUTH', { USERNAME })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  test('asks a client with a secret for its hash', async () => {
    const { id, secret } = await makeClient({
      GenerateSecret: true,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    const USERNAME = await addUser(pool);
    const parameters = { USERNAME, PASSWORD };
    const send = (more: Record<string, string>) =>
      initiate('USER_PASSWORD_AUTH', { ...parameters, ...more }, id);
    await expect(send({})).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(send({ SECRET_HASH: 'wrong' })).rejects.toMatchObject({
      message: `Unable to verify secret hash for client ${id}`,
    });
    const SECRET_HASH = createHmac('sha256', secret)
      .update(USERNAME + id)
      .digest('base64');
    await expect(send({ SECRET_HASH })).resolves.toBeDefined();
  });
});

describe('a temporary password', () => {
  test('is checked, and leads to a new one', async () => {
    const { email, session } = await invited();
    await expect(withPassword(email, PASSWORD)).rejects.toMatchObject(REFUSED);
    sources.length = 0;
    const done = await answer('NEW_PASSWORD_REQUIRED', {
      Session: session,
      USERNAME: email,
      NEW_PASSWORD: PASSWORD,
      'userAttributes.name': 'Ann',
    });
    expect(sources).toEqual(['TokenGeneration_NewPasswordChallenge']);
    expect(decodeJwt(done.AuthenticationResult?.IdToken ?? '')).toMatchObject({ name: 'Ann' });
    await expect(withPassword(email, TEMPORARY)).rejects.toMatchObject(REFUSED);
    await expect(withPassword(email)).resolves.toBeDefined();
  });

  test('works through the administrator operations as well', async () => {
    const { email, session } = await invited();
    const done = await pool.aws.send(
      new AdminRespondToAuthChallengeCommand({
        UserPoolId: POOL,
        ClientId: CLIENT,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session: session,
        ChallengeResponses: { USERNAME: email, NEW_PASSWORD: PASSWORD },
      }),
    );
    expect(done.AuthenticationResult?.AccessToken).toBeDefined();
  });

  test('leaves the session open after a weak password, and closes it after a good one', async () => {
    const { email, session } = await invited();
    const response = { Session: session, USERNAME: email };
    await expect(
      answer('NEW_PASSWORD_REQUIRED', { ...response, NEW_PASSWORD: 'weak' }),
    ).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    await answer('NEW_PASSWORD_REQUIRED', { ...response, NEW_PASSWORD: PASSWORD });
    await expect(
      answer('NEW_PASSWORD_REQUIRED', { ...response, NEW_PASSWORD: 'Another-horse-43' }),
    ).rejects.toMatchObject({ message: 'Invalid session for the user.' });
  });

  test('sets no attribute that only an administrator may set', async () => {
    const { email, session } = await invited();
    await expect(
      answer('NEW_PASSWORD_REQUIRED', {
        Session: session,
        USERNAME: email,
        NEW_PASSWORD: PASSWORD,
        'userAttributes.email_verified': 'true',
      }),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });
});

describe('a challenge', () => {
  test('cannot be answered with a made-up session, for another user, or as another kind', async () => {
    const { email, session } = await invited();
    const other = await addUser(pool);
    const refused = { message: 'Invalid session for the user.' };
    const NEW_PASSWORD = 'Stolen-horse-44';
    for (const response of [
      { Session: 'made-up', USERNAME: email },
      { Session: session, USERNAME: other },
    ])
      await expect(
        answer('NEW_PASSWORD_REQUIRED', { ...response, NEW_PASSWORD }),
      ).rejects.toMatchObject(refused);
    await expect(
      answer('SOFTWARE_TOKEN_MFA', {
        Session: session,
        USERNAME: email,
        SOFTWARE_TOKEN_MFA_CODE: '000000',
      }),
    ).rejects.toMatchObject(refused);
  });

  test('a user who was disabled meanwhile stays disabled', async () => {
    const { email, session } = await invited();
    const user = { UserPoolId: POOL, Username: email };
    const outcomes = await Promise.allSettled([
      pool.rotateKeys(),
      pool.call('AdminDisableUser', user),
      pool.call('RespondToAuthChallenge', {
        ClientId: CLIENT,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session: session,
        ChallengeResponses: { USERNAME: email, NEW_PASSWORD: PASSWORD },
      }),
    ]);
    expect(outcomes[2]).toMatchObject({ reason: { message: 'User is disabled.' } });
    expect(await pool.call('AdminGetUser', user)).toMatchObject({ Enabled: false });
  });

  test.each(['constructor', 'toString', '__proto__', 'SMS_MFA'])(
    'of the kind %s is none',
    async (kind) => {
      const names = { ClientId: CLIENT, AuthFlow: kind, ChallengeName: kind };
      const body = { ...names, AuthParameters: {}, ChallengeResponses: { USERNAME: 'x' } };
      for (const operation of ['InitiateAuth', 'RespondToAuthChallenge'])
        await expect(pool.call(operation, body)).rejects.toMatchObject({
          code: 'InvalidParameterException',
        });
    },
  );

  test('is open for three minutes', async () => {
    const { email, session } = await invited();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 181_000 });
    await expect(
      answer('NEW_PASSWORD_REQUIRED', {
        Session: session,
        USERNAME: email,
        NEW_PASSWORD: PASSWORD,
      }),
    ).rejects.toMatchObject({ message: 'Invalid session for the user, session is expired.' });
  });
});

describe('by SRP', () => {
  const SRP_A = 'abcdef0123456789';
  const begin = (USERNAME: string, A = SRP_A) => initiate('USER_SRP_AUTH', { USERNAME, SRP_A: A });

  test('asks an unknown user the same questions as a known one', async () => {
    const known = await begin(await addUser(pool));
    const stranger = await begin('stranger@example.com');
    const again = await begin('Stranger@example.com');
    for (const { ChallengeName, ChallengeParameters } of [known, stranger]) {
      expect(ChallengeName).toBe('PASSWORD_VERIFIER');
      expect(ChallengeParameters).toMatchObject({
        SALT: expect.stringMatching(/^[0-9a-f]{28,32}$/),
        SRP_B: expect.stringMatching(/^[0-9a-f]{760,768}$/),
        USER_ID_FOR_SRP: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    }
    const { SALT, USER_ID_FOR_SRP } = stranger.ChallengeParameters ?? {};
    expect(again.ChallengeParameters).toMatchObject({ SALT, USER_ID_FOR_SRP });
  });

  test.each(['known', 'unknown'])('refuses a wrong proof of a user that is %s', async (who) => {
    const name = who === 'known' ? await addUser(pool) : someEmail('stranger');
    const { ChallengeParameters: parameters = {} } = await begin(name);
    const response = {
      USERNAME: parameters.USER_ID_FOR_SRP ?? '',
      PASSWORD_CLAIM_SECRET_BLOCK: parameters.SECRET_BLOCK ?? '',
      PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString('base64'),
      TIMESTAMP: 'Sat Nov 21 9:00:00 UTC 2026',
    };
    await expect(answer('PASSWORD_VERIFIER', response)).rejects.toMatchObject(REFUSED);
    await expect(answer('PASSWORD_VERIFIER', response)).rejects.toMatchObject({
      message: 'Invalid session for the user.',
    });
  });

  test.each(['', '0', 'xyz', `${'f'.repeat(1025)}`])(
    'refuses the number %s, which proves nothing',
    async (A) => {
      await expect(begin(await addUser(pool), A)).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
    },
  );
});
