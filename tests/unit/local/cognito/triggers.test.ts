/** The triggers of sign-up and sign-in: their events, their order, and what their refusals do. */
import {
  AdminGetUserCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import type { TriggerHandler, TriggerName } from '../../../../local/cognito/server.ts';
import {
  addUser,
  CLIENT,
  codeFor,
  ORIGIN,
  PASSWORD,
  POOL,
  post,
  REGION,
  signIn,
  someEmail,
  type TestPool,
  usePool,
} from './support.ts';
import { Visitor } from './visitor.ts';

const UserPoolId = POOL;

interface Event {
  readonly triggerSource: string;
  readonly userName: string;
  readonly callerContext: { readonly clientId: string };
  readonly request: Record<string, unknown>;
  response: Record<string, unknown>;
}

const NAMES: readonly TriggerName[] = [
  'PreSignUp',
  'PostConfirmation',
  'PreAuthentication',
  'PostAuthentication',
];

/** A pool whose triggers note their events, and answer with `change`. */
async function poolWith(change: (name: TriggerName, event: Event) => unknown = () => undefined) {
  const events: Event[] = [];
  const handler =
    (name: TriggerName): TriggerHandler =>
    (event: Event) => {
      events.push(structuredClone(event));
      return change(name, event) ?? event;
    };
  const triggers = Object.fromEntries(NAMES.map((name) => [name, handler(name)]));
  const pool = await usePool({
    triggers,
    preToken: (event: Event) => {
      events.push(event);
      return event;
    },
  });
  const sources = () => events.map(({ triggerSource }) => triggerSource);
  return { pool, events, sources };
}

const signUp = ({ aws }: TestPool, Username: string) =>
  aws.send(
    new SignUpCommand({
      ClientId: CLIENT,
      Username,
      Password: PASSWORD,
      UserAttributes: [{ Name: 'given_name', Value: 'Ann' }],
      ValidationData: [{ Name: 'captcha', Value: 'x' }],
      ClientMetadata: { from: 'web' },
    }),
  );

test('are called in order, with the fields of AWS', async () => {
  const { pool, events, sources } = await poolWith();
  const email = someEmail();
  const { UserSub = '' } = await signUp(pool, email);
  const ConfirmationCode = codeFor(pool, email);
  await post(pool, 'ConfirmSignUp', { ClientId: CLIENT, Username: email, ConfirmationCode });
  await signIn(pool, email);
  expect(sources()).toEqual([
    'PreSignUp_SignUp',
    'PostConfirmation_ConfirmSignUp',
    'PreAuthentication_Authentication',
    'PostAuthentication_Authentication',
    'TokenGeneration_Authentication',
  ]);
  expect(events[0]).toEqual({
    version: '1',
    region: REGION,
    userPoolId: POOL,
    triggerSource: 'PreSignUp_SignUp',
    userName: expect.stringMatching(/^[\da-f-]{36}$/),
    callerContext: { awsSdkVersion: expect.any(String), clientId: CLIENT },
    request: {
      userAttributes: { given_name: 'Ann', email },
      validationData: { captcha: 'x' },
      clientMetadata: { from: 'web' },
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
  expect(events[1]).toMatchObject({
    userName: UserSub,
    request: { userAttributes: { sub: UserSub, email, 'cognito:user_status': 'CONFIRMED' } },
  });
  expect(events[3]?.request).toMatchObject({ newDeviceUsed: false });
});

describe('pre sign-up', () => {
  test('confirms and verifies', async () => {
    const { pool, sources } = await poolWith((name, event) => {
      if (name === 'PreSignUp')
        event.response = { autoConfirmUser: true, autoVerifyEmail: true, autoVerifyPhone: false };
    });
    const email = someEmail();
    const answer = await signUp(pool, email);
    expect(answer).toMatchObject({ UserConfirmed: true });
    expect(answer.CodeDeliveryDetails).toBeUndefined();
    expect(pool.messages(email)).toEqual([]);
    expect(sources()).toEqual(['PreSignUp_SignUp', 'PostConfirmation_ConfirmSignUp']);
    const user = await pool.aws.send(new AdminGetUserCommand({ UserPoolId, Username: email }));
    expect(user.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' });
    await expect(signIn(pool, email)).resolves.toBeDefined();
  });

  test.each([
    [
      () => {
        throw new Error('not from there');
      },
      'UserLambdaValidationException',
      'PreSignUp failed with error not from there.',
    ],
    [() => 'yes', 'InvalidLambdaResponseException', 'Unrecognizable lambda output'],
    [
      () => ({ response: { autoConfirmUser: 'yes' } }),
      'InvalidLambdaResponseException',
      'Unrecognizable lambda output',
    ],
  ])('that fails leaves no user (%#)', async (answer, name, message) => {
    const { pool } = await poolWith((trigger) => (trigger === 'PreSignUp' ? answer() : undefined));
    const email = someEmail();
    await expect(signUp(pool, email)).rejects.toMatchObject({ name, message });
    const get = pool.aws.send(new AdminGetUserCommand({ UserPoolId, Username: email }));
    await expect(get).rejects.toMatchObject({ name: 'UserNotFoundException' });
  });

  test('sees users of administrators, without an app client', async () => {
    const { pool, events } = await poolWith();
    await addUser(pool);
    expect(events[0]).toMatchObject({
      triggerSource: 'PreSignUp_AdminCreateUser',
      callerContext: { clientId: 'CLIENT_ID_NOT_APPLICABLE' },
    });
  });

  test('gives an address to one of two who ask at the same time', async () => {
    const { pool } = await poolWith(async (_, event) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return event;
    });
    const email = someEmail();
    const answers = await Promise.allSettled([signUp(pool, email), signUp(pool, email)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a refusal', () => {
  test('of post confirmation leaves the account confirmed', async () => {
    const { pool } = await poolWith((name) => {
      if (name === 'PostConfirmation') throw new Error('no mail today');
    });
    const email = someEmail();
    await signUp(pool, email);
    const ConfirmationCode = codeFor(pool, email);
    const input = { ClientId: CLIENT, Username: email, ConfirmationCode };
    const answer = await post(pool, 'ConfirmSignUp', input);
    expect(await answer.json()).toMatchObject({ __type: 'UserLambdaValidationException' });
    await expect(signIn(pool, email)).resolves.toBeDefined();
  });

  test.each(['PreAuthentication', 'PostAuthentication'] as const)(
    'of %s is the refusal of the sign-in, by the API and by managed login',
    async (refusing) => {
      const { pool } = await poolWith((name) => {
        if (name === refusing) throw new Error('closed on Sundays');
      });
      const email = await addUser(pool);
      await expect(signIn(pool, email)).rejects.toMatchObject({
        name: 'UserLambdaValidationException',
        message: `${refusing} failed with error closed on Sundays.`,
      });
      const visitor = new Visitor(pool.endpoint);
      const query = new URLSearchParams({
        client_id: CLIENT,
        response_type: 'code',
        redirect_uri: `${ORIGIN}/`,
      });
      const page = await visitor.open(`/login?${query}`);
      const refused = await visitor.submit(page, { username: email, password: PASSWORD });
      expect(refused.html).toContain('closed on Sundays');
      expect(visitor.cookies.has('cognito')).toBe(false);
    },
  );
});

describe('a pool', () => {
  test('without triggers calls none, pre-token included', async () => {
    const { pool, events } = await poolWith();
    const { UserPool } = await pool.aws.send(new CreateUserPoolCommand({ PoolName: 'plain' }));
    const { UserPoolClient } = await pool.aws.send(
      new CreateUserPoolClientCommand({
        UserPoolId: UserPool?.Id,
        ClientName: 'app',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      }),
    );
    const ClientId = UserPoolClient?.ClientId ?? '';
    const Username = someEmail();
    await post(pool, 'SignUp', { ClientId, Username, Password: PASSWORD });
    await pool.call('AdminConfirmSignUp', { UserPoolId: UserPool?.Id, Username });
    const AuthParameters = { USERNAME: Username, PASSWORD };
    const input = { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters };
    const answer = (await (await post(pool, 'InitiateAuth', input)).json()) as {
      AuthenticationResult: { AccessToken: string };
    };
    expect(decodeJwt(answer.AuthenticationResult.AccessToken).role).toBeUndefined();
    expect(events).toEqual([]);
  });

  test('that names a function which nobody registered says so', async () => {
    const pool = await usePool();
    const PreSignUp = 'arn:aws:lambda:local-1:000000000000:function:other';
    await pool.call('UpdateUserPool', { UserPoolId, LambdaConfig: { PreSignUp } });
    await expect(signUp(pool, someEmail())).rejects.toMatchObject({
      message: expect.stringContaining(`without the function ${PreSignUp}`),
    });
  });
});
