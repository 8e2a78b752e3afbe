/** The texts of mail and SMS: AWS's, those of the pool's settings, and those of the custom message trigger. */
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  UpdateUserPoolCommand,
  type UpdateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { describe, expect, test } from 'vitest';
import type { TriggerHandler } from '../../../../local/cognito/server.ts';
import {
  addUser,
  CLIENT,
  codeFor,
  PASSWORD,
  POOL,
  REGION,
  signIn,
  someEmail,
  type TestPool,
  usePool,
} from './support.ts';

const UserPoolId = POOL;

const signUp = (pool: TestPool, Username: string) =>
  pool.aws.send(new SignUpCommand({ ClientId: CLIENT, Username, Password: PASSWORD }));
const invite = (pool: TestPool, Username: string) =>
  pool.aws.send(new AdminCreateUserCommand({ UserPoolId, Username }));
const update = (pool: TestPool, settings: Partial<UpdateUserPoolCommandInput>) =>
  pool.aws.send(
    new UpdateUserPoolCommand({ UserPoolId, AutoVerifiedAttributes: ['email'], ...settings }),
  );

describe('settings of the pool', () => {
  test('give the texts of codes and invitations', async () => {
    const pool = await usePool();
    await update(pool, {
      VerificationMessageTemplate: { EmailMessage: 'Use {####}, please', EmailSubject: 'Hello' },
      AdminCreateUserConfig: {
        InviteMessageTemplate: { EmailMessage: '{username} / {####}', EmailSubject: 'Come in' },
      },
    });
    const [ann, bob] = [someEmail(), someEmail()];
    await signUp(pool, ann);
    expect(pool.messages(ann)[0]).toMatchObject({
      subject: 'Hello',
      text: `Use ${codeFor(pool, ann)}, please`,
    });
    const { User } = await invite(pool, bob);
    expect(pool.messages(bob)[0]).toMatchObject({
      subject: 'Come in',
      text: `${User?.Username} / ${codeFor(pool, bob)}`,
    });
  });

  test('can confirm accounts by a link', async () => {
    const pool = await usePool();
    await update(pool, {
      VerificationMessageTemplate: {
        DefaultEmailOption: 'CONFIRM_WITH_LINK',
        EmailMessageByLink: 'Click {##here##}!',
      },
    });
    const email = someEmail();
    await signUp(pool, email);
    const [message] = pool.messages(email);
    const link = message?.link ?? '';
    expect(message?.text).toBe(`Click <a href="${link.replaceAll('&', '&amp;')}">here</a>!`);
    const wrong = await fetch(link.replace(/confirmation_code=\d+/, 'confirmation_code=000000x'));
    expect(wrong.status).toBe(400);
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Your account is confirmed');
    const user = new AdminGetUserCommand({ UserPoolId, Username: email });
    expect((await pool.aws.send(user)).UserStatus).toBe('CONFIRMED');
    expect((await fetch(link)).status).toBe(400);
    // Other codes are typed in.
    await pool.aws.send(new ForgotPasswordCommand({ ClientId: CLIENT, Username: email }));
    expect(pool.messages(email)[0]?.link).toBeUndefined();
  });

  test('can close the pool for sign-ups', async () => {
    const pool = await usePool();
    await update(pool, { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
    await expect(signUp(pool, someEmail())).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });
});

describe('the custom message trigger', () => {
  const sources: string[] = [];
  const noting: TriggerHandler = (event) => {
    sources.push(event.triggerSource);
    return event;
  };

  test('is asked for each kind of message, with the event of AWS', async () => {
    let first: unknown;
    const pool = await usePool({
      triggers: {
        CustomMessage: (event) => {
          first ??= structuredClone(event);
          return noting(event);
        },
      },
    });
    const email = someEmail();
    const { UserSub } = await pool.aws.send(
      new SignUpCommand({
        ...{ ClientId: CLIENT, Username: email, Password: PASSWORD },
        ClientMetadata: { locale: 'el' },
      }),
    );
    expect(first).toEqual({
      version: '1',
      region: REGION,
      userPoolId: POOL,
      triggerSource: 'CustomMessage_SignUp',
      userName: UserSub,
      callerContext: { awsSdkVersion: expect.any(String), clientId: CLIENT },
      request: {
        userAttributes: expect.objectContaining({ email, 'cognito:user_status': 'UNCONFIRMED' }),
        codeParameter: '{####}',
        linkParameter: '{##Click Here##}',
        usernameParameter: null,
        clientMetadata: { locale: 'el' },
      },
      response: { smsMessage: null, emailMessage: null, emailSubject: null },
    });
    await pool.aws.send(new ResendConfirmationCodeCommand({ ClientId: CLIENT, Username: email }));
    await invite(pool, someEmail());
    const member = await addUser(pool);
    await pool.aws.send(new ForgotPasswordCommand({ ClientId: CLIENT, Username: member }));
    const { accessToken: AccessToken } = await signIn(pool, member);
    await pool.aws.send(
      new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'email' }),
    );
    await pool.aws.send(
      new UpdateUserAttributesCommand({
        AccessToken,
        UserAttributes: [{ Name: 'email', Value: someEmail() }],
      }),
    );
    expect(sources.map((source) => source.replace('CustomMessage_', ''))).toEqual([
      'SignUp',
      'ResendCode',
      'AdminCreateUser',
      'ForgotPassword',
      'VerifyUserAttribute',
      'UpdateUserAttribute',
    ]);
  });

  test('sets subject and text; a text without the code is not used', async () => {
    let emailMessage = '<p>{####}</p>';
    const pool = await usePool({
      triggers: {
        CustomMessage: (event) => ({
          ...event,
          response: { emailMessage, emailSubject: 'Welcome' },
        }),
      },
    });
    const [ann, bob] = [someEmail(), someEmail()];
    await signUp(pool, ann);
    expect(pool.messages(ann)[0]).toMatchObject({
      subject: 'Welcome',
      text: `<p>${codeFor(pool, ann)}</p>`,
    });
    emailMessage = 'no code';
    await signUp(pool, bob);
    expect(pool.messages(bob)[0]?.text).toBe(`Your verification code is ${codeFor(pool, bob)}.`);
  });

  test('that fails is the error of the operation, and the user stays', async () => {
    const pool = await usePool({
      triggers: {
        CustomMessage: () => {
          throw new Error('no template');
        },
      },
    });
    const email = someEmail();
    await expect(signUp(pool, email)).rejects.toMatchObject({
      name: 'UserLambdaValidationException',
      message: 'CustomMessage failed with error no template.',
    });
    const user = new AdminGetUserCommand({ UserPoolId, Username: email });
    expect((await pool.aws.send(user)).UserStatus).toBe('UNCONFIRMED');
  });
});
