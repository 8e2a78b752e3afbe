/** Custom challenges and migrated users, by amazon-cognito-identity-js and the AWS SDK. */
import {
  AdminGetUserCommand,
  CreateUserPoolClientCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import { describe, expect, test } from 'vitest';
import type { CognitoOptions } from '../../../../local/cognito/server.ts';
import {
  addUser,
  CLIENT,
  PASSWORD,
  POOL,
  signIn,
  someEmail,
  type TestPool,
  usePool,
} from './support.ts';

interface Event {
  readonly userName: string;
  readonly request: {
    readonly session: readonly { challengeName: string; challengeResult: boolean }[];
    readonly privateChallengeParameters: Record<string, string>;
    readonly challengeAnswer: string;
    readonly password?: string;
    readonly userNotFound?: boolean;
  };
  response: Record<string, unknown>;
}

/** A riddle with three attempts. After a password, the password comes first. */
const riddle: NonNullable<CognitoOptions['triggers']> = {
  DefineAuthChallenge: (event: Event) => {
    const { session } = event.request;
    const last = session.at(-1);
    if (last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult)
      event.response = { issueTokens: true, failAuthentication: false };
    else if (session.length > 3) event.response = { issueTokens: false, failAuthentication: true };
    else
      event.response = {
        challengeName: last?.challengeName === 'SRP_A' ? 'PASSWORD_VERIFIER' : 'CUSTOM_CHALLENGE',
        issueTokens: false,
        failAuthentication: false,
      };
    return event;
  },
  CreateAuthChallenge: (event: Event) => {
    event.response = {
      publicChallengeParameters: { question: 'six by nine?' },
      privateChallengeParameters: { answer: '42' },
      challengeMetadata: 'RIDDLE',
    };
    return event;
  },
  VerifyAuthChallengeResponse: (event: Event) => {
    const { privateChallengeParameters, challengeAnswer } = event.request;
    event.response = { answerCorrect: privateChallengeParameters.answer === challengeAnswer };
    return event;
  },
};

async function customPool(triggers = riddle) {
  const pool = await usePool({ triggers });
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      UserPoolId: POOL,
      ClientName: 'custom',
      ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    }),
  );
  return { pool, clientId: UserPoolClient?.ClientId ?? '' };
}

interface Outcome {
  readonly session?: CognitoUserSession;
  readonly error?: Error & { readonly code?: string };
  readonly questions: readonly unknown[];
}

/** Signs in with amazon-cognito-identity-js, and gives these answers one after another. */
function answerWith(
  { endpoint }: TestPool,
  clientId: string,
  { email, password, answers }: { email: string; password?: string; answers: readonly string[] },
): Promise<Outcome> {
  const Pool = new CognitoUserPool({ UserPoolId: POOL, ClientId: clientId, endpoint });
  const user = new CognitoUser({ Username: email, Pool });
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  const details = new AuthenticationDetails({
    Username: email,
    ...(password !== undefined && { Password: password }),
  });
  const left = [...answers];
  const questions: unknown[] = [];
  return new Promise((resolve) => {
    const callbacks = {
      onSuccess: (session: CognitoUserSession) => resolve({ session, questions }),
      onFailure: (error: Error) => resolve({ error, questions }),
      customChallenge: (parameters: unknown) => {
        questions.push(parameters);
        user.sendCustomChallengeAnswer(left.shift() ?? '', callbacks);
      },
    };
    if (password === undefined) user.initiateAuth(details, callbacks);
    else user.authenticateUser(details, callbacks);
  });
}

describe('a custom challenge', () => {
  test('is answered at the second attempt', async () => {
    const { pool, clientId } = await customPool();
    const email = await addUser(pool);
    const { session, questions } = await answerWith(pool, clientId, {
      email,
      answers: ['54', '42'],
    });
    expect(session?.getIdToken().payload).toMatchObject({ email, aud: clientId });
    expect(questions).toHaveLength(2);
    // The private parameters stay in the pool.
    expect(questions[0]).toEqual({ USERNAME: expect.any(String), question: 'six by nine?' });
  });

  test('fails when the function says so', async () => {
    const { pool, clientId } = await customPool();
    const email = await addUser(pool);
    const { error, questions } = await answerWith(pool, clientId, {
      email,
      answers: ['1', '2', '3', '4', '42'],
    });
    expect(error).toMatchObject({ code: 'NotAuthorizedException' });
    expect(questions).toHaveLength(4);
  });

  test('follows a password, which must be right', async () => {
    const { pool, clientId } = await customPool();
    const email = await addUser(pool);
    const right = await answerWith(pool, clientId, { email, password: PASSWORD, answers: ['42'] });
    expect(right.session?.getAccessToken().payload.client_id).toBe(clientId);
    expect(right.questions).toHaveLength(1);
    const wrong = await answerWith(pool, clientId, { email, password: 'wrong', answers: ['42'] });
    expect(wrong).toMatchObject({ error: { code: 'NotAuthorizedException' }, questions: [] });
  });

  test('is asked of a name that nobody has, and never gives tokens', async () => {
    const told: (boolean | undefined)[] = [];
    const { pool, clientId } = await customPool({
      ...riddle,
      CreateAuthChallenge: (event: Event) => {
        told.push(event.request.userNotFound);
        return riddle.CreateAuthChallenge?.(event);
      },
    });
    const { error, questions } = await answerWith(pool, clientId, {
      email: 'nobody@example.com',
      answers: ['42'],
    });
    expect(error).toMatchObject({ code: 'NotAuthorizedException' });
    expect(questions).toHaveLength(1);
    expect(told).toEqual([true]);
  });

  test('is answered once, by its own user and client', async () => {
    const { pool, clientId } = await customPool();
    const [ann, bob] = [await addUser(pool), await addUser(pool)];
    const { Session } = await pool.aws.send(
      new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: 'CUSTOM_AUTH',
        AuthParameters: { USERNAME: ann },
      }),
    );
    const answer = (USERNAME: string, ClientId = clientId) =>
      pool.aws.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          Session,
          ChallengeName: 'CUSTOM_CHALLENGE',
          ChallengeResponses: { USERNAME, ANSWER: '42' },
        }),
      );
    const refused = { name: 'NotAuthorizedException' };
    await expect(answer(bob)).rejects.toMatchObject(refused);
    await expect(answer('nobody@example.com')).rejects.toMatchObject(refused);
    await expect(answer(ann, CLIENT)).rejects.toMatchObject(refused);
    expect((await answer(ann)).AuthenticationResult?.AccessToken).toBeTypeOf('string');
    await expect(answer(ann)).rejects.toMatchObject(refused);
  });

  test('needs the functions', async () => {
    const { pool, clientId } = await customPool({});
    const email = await addUser(pool);
    const { error } = await answerWith(pool, clientId, { email, answers: [] });
    expect(error).toMatchObject({ code: 'InvalidParameterException' });
  });
});

describe('a person of another directory', () => {
  const others: NonNullable<CognitoOptions['triggers']> = {
    UserMigration: (event: Event) => {
      const { password } = event.request;
      if (event.userName.startsWith('old') && (password ?? 'old') === 'old')
        event.response = {
          userAttributes: { email: event.userName, email_verified: 'true', given_name: 'Old' },
          finalUserStatus: 'CONFIRMED',
        };
      else if (event.userName.startsWith('old')) throw new Error('wrong password');
      return event;
    },
  };

  test('becomes a user with the right password, and only with that', async () => {
    const pool = await usePool({ triggers: others });
    const email = someEmail('old');
    const refused = { name: 'NotAuthorizedException' };
    await expect(signIn(pool, email, 'wrong')).rejects.toMatchObject(refused);
    await expect(signIn(pool, someEmail('new'), 'old')).rejects.toMatchObject(refused);
    const both = await Promise.all([signIn(pool, email, 'old'), signIn(pool, email, 'old')]);
    expect(both[0].id).toMatchObject({ email, email_verified: true, given_name: 'Old' });
    expect(both[1].id.sub).toBe(both[0].id.sub);
    // From now on the pool knows the password.
    await expect(signIn(pool, email, 'wrong')).rejects.toMatchObject(refused);
    expect((await signIn(pool, email, 'old')).id.sub).toBe(both[0].id.sub);
  });

  test('who forgot the password gets a code', async () => {
    const pool = await usePool({ triggers: others });
    const email = someEmail('old');
    await pool.aws.send(new ForgotPasswordCommand({ ClientId: CLIENT, Username: email }));
    expect(pool.messages(email)).toHaveLength(1);
    const user = await pool.aws.send(
      new AdminGetUserCommand({ UserPoolId: POOL, Username: email }),
    );
    expect(user.UserStatus).toBe('CONFIRMED');
  });
});
