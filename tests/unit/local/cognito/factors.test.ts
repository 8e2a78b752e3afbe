/** USER_AUTH: a code by mail, a password, or the choice, by Amplify and the AWS SDK. */
import {
  AdminGetUserAuthFactorsCommand,
  CreateUserPoolClientCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { confirmSignIn, fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configureAmplify } from './amplify-app.ts';
import { addUser, codeFor, openPool, PASSWORD, POOL, someEmail, type TestPool } from './support.ts';

const UserPoolId = POOL;
let pool: TestPool;
let ClientId: string;

beforeAll(async () => {
  pool = await openPool();
  await pool.aws.send(
    new UpdateUserPoolCommand({
      UserPoolId,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
    }),
  );
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'choice',
      ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    }),
  );
  ClientId = UserPoolClient?.ClientId ?? '';
  configureAmplify(pool, ClientId);
});
afterAll(() => pool.close());

const initiate = (USERNAME: string, parameters: Record<string, string> = {}) =>
  pool.aws.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME, ...parameters },
    }),
  );

const answerCode = (Session: string | undefined, USERNAME: string, EMAIL_OTP_CODE: string) =>
  pool.aws.send(
    new RespondToAuthChallengeCommand({
      ClientId,
      Session,
      ChallengeName: 'EMAIL_OTP',
      ChallengeResponses: { USERNAME, EMAIL_OTP_CODE },
    }),
  );

describe('Amplify', () => {
  test('signs in with a code by mail', async () => {
    const username = await addUser(pool);
    const { nextStep } = await signIn({
      username,
      options: { authFlowType: 'USER_AUTH', preferredChallenge: 'EMAIL_OTP' },
    });
    expect(nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
    expect(codeFor(pool, username)).toMatch(/^\d{8}$/);
    await confirmSignIn({ challengeResponse: codeFor(pool, username) });
    expect((await fetchAuthSession()).tokens?.idToken?.payload.email).toBe(username);
    await signOut();
  });

  test.each(['EMAIL_OTP', 'PASSWORD', 'PASSWORD_SRP'] as const)('chooses %s', async (factor) => {
    const username = await addUser(pool);
    const { nextStep } = await signIn({ username, options: { authFlowType: 'USER_AUTH' } });
    expect(nextStep).toMatchObject({
      signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
      availableChallenges: ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP'],
    });
    await confirmSignIn({ challengeResponse: factor });
    await confirmSignIn({
      challengeResponse: factor === 'EMAIL_OTP' ? codeFor(pool, username) : PASSWORD,
    });
    expect((await fetchAuthSession()).tokens?.idToken?.payload.email).toBe(username);
    await signOut();
  });
});

describe('a code by mail', () => {
  test('is used once, and is closed after five wrong answers', async () => {
    const email = await addUser(pool);
    const first = await initiate(email, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    expect(first.ChallengeParameters).toMatchObject({ CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL' });
    const code = codeFor(pool, email);
    const wrong = code === '00000000' ? '11111111' : '00000000';
    for (let attempt = 0; attempt < 4; attempt += 1)
      await expect(answerCode(first.Session, email, wrong)).rejects.toMatchObject({
        name: 'CodeMismatchException',
      });
    expect((await answerCode(first.Session, email, code)).AuthenticationResult).toBeDefined();
    await expect(answerCode(first.Session, email, code)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    const second = await initiate(email, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    for (let attempt = 0; attempt < 5; attempt += 1)
      await answerCode(second.Session, email, wrong).catch(() => undefined);
    await expect(answerCode(second.Session, email, codeFor(pool, email))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  test('is of its own user', async () => {
    const [ann, bob] = [await addUser(pool), await addUser(pool)];
    const { Session } = await initiate(ann, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    await expect(answerCode(Session, bob, codeFor(pool, ann))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  test('looks the same for a name that nobody has', async () => {
    const email = await addUser(pool, someEmail('person'));
    const stranger = someEmail('person');
    const shape = async (name: string) => {
      const choice = await initiate(name);
      const code = await initiate(name, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
      const refusal = await answerCode(code.Session, name, 'x').catch((error: Error) => error.name);
      return [choice.AvailableChallenges, code.ChallengeParameters, refusal];
    };
    expect(await shape(stranger)).toEqual(await shape(email));
    expect(pool.messages(stranger)).toEqual([]);
  });
});

test('factors are those of the pool and the user', async () => {
  const email = await addUser(pool);
  const factors = await pool.aws.send(
    new AdminGetUserAuthFactorsCommand({ UserPoolId, Username: email }),
  );
  expect(factors.ConfiguredUserAuthFactors).toEqual(['PASSWORD', 'EMAIL_OTP']);
  await pool.call('AdminUpdateUserAttributes', {
    UserPoolId,
    Username: email,
    UserAttributes: [{ Name: 'email_verified', Value: 'false' }],
  });
  const choice = await initiate(email, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
  expect(choice).toMatchObject({
    ChallengeName: 'SELECT_CHALLENGE',
    AvailableChallenges: ['PASSWORD', 'PASSWORD_SRP'],
  });
});
