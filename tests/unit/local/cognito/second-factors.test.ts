/** Second factors by SMS, mail and authenticator app, and remembered devices, by Amplify and the AWS SDK. */
import {
  AdminListDevicesCommand,
  AdminUpdateDeviceStatusCommand,
  AdminUpdateUserAttributesCommand,
  AssociateSoftwareTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
  UpdateUserPoolCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  signIn as amplifySignIn,
  confirmSignIn,
  fetchAuthSession,
  fetchDevices,
  fetchMFAPreference,
  forgetDevice,
  rememberDevice,
  setUpTOTP,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from 'aws-amplify/auth';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { configureAmplify } from './amplify-app.ts';
import { addUser, CLIENT, codeFor, openPool, PASSWORD, POOL, type TestPool } from './support.ts';

const UserPoolId = POOL;
const ALL = {
  SmsMfaConfiguration: { SmsAuthenticationMessage: 'Code: {####}' },
  EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Sign in' },
  SoftwareTokenMfaConfiguration: { Enabled: true },
};

let pool: TestPool;
let phones = 0;

beforeAll(async () => {
  pool = await openPool();
  configureAmplify(pool);
});
beforeEach(() => configure('OPTIONAL', ALL));
afterAll(() => pool.close());

const configure = (
  MfaConfiguration: 'ON' | 'OPTIONAL' | 'OFF',
  factors: Partial<SetUserPoolMfaConfigCommandInput>,
) => pool.aws.send(new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration, ...factors }));

/** A user with a verified email and a phone number. */
async function addPerson(): Promise<{ readonly email: string; readonly phone: string }> {
  const email = await addUser(pool);
  const phone = `+3069100${String(++phones).padStart(5, '0')}`;
  const UserAttributes = [{ Name: 'phone_number', Value: phone }];
  await pool.aws.send(
    new AdminUpdateUserAttributesCommand({ UserPoolId, Username: email, UserAttributes }),
  );
  return { email, phone };
}

const signIn = (username: string) => amplifySignIn({ username, password: PASSWORD });
const claims = async () => (await fetchAuthSession()).tokens?.idToken?.payload;
const totp = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) }).generate();

async function turnOn(username: string, factors: Parameters<typeof updateMFAPreference>[0]) {
  await signIn(username);
  await updateMFAPreference(factors);
  await signOut();
}

describe('a code', () => {
  test('comes by SMS', async () => {
    const { email, phone } = await addPerson();
    await turnOn(email, { sms: 'PREFERRED' });
    const { nextStep } = await signIn(email);
    expect(nextStep).toMatchObject({
      signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE',
      codeDeliveryDetails: { deliveryMedium: 'SMS', destination: `+*******${phone.slice(-4)}` },
    });
    const [message] = pool.messages(phone);
    expect(message?.text).toBe(`Code: ${message?.code}`);
    await confirmSignIn({ challengeResponse: message?.code ?? '' });
    expect((await claims())?.email).toBe(email);
    expect(await fetchMFAPreference()).toEqual({ enabled: ['SMS'], preferred: 'SMS' });
    await signOut();
  });

  test('comes by mail', async () => {
    const { email } = await addPerson();
    await turnOn(email, { email: 'ENABLED' });
    const { nextStep } = await signIn(email);
    expect(nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
    expect(pool.messages(email)[0]).toMatchObject({ subject: 'Sign in', kind: 'Authentication' });
    await expect(confirmSignIn({ challengeResponse: 'x' })).rejects.toMatchObject({
      name: 'CodeMismatchException',
    });
    await confirmSignIn({ challengeResponse: codeFor(pool, email) });
    expect((await claims())?.email).toBe(email);
    await signOut();
  });

  test('is refused where the pool or the person has no such factor', async () => {
    const email = await addUser(pool);
    await signIn(email);
    await expect(updateMFAPreference({ sms: 'ENABLED' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await configure('OPTIONAL', { SoftwareTokenMfaConfiguration: { Enabled: true } });
    await signOut();
  });

  test('of a factor that was turned off is no longer asked for', async () => {
    const { email } = await addPerson();
    await turnOn(email, { sms: 'ENABLED' });
    await configure('OFF', {});
    expect((await signIn(email)).isSignedIn).toBe(true);
    await signOut();
  });
});

test('a person with several factors chooses one', async () => {
  const { email, phone } = await addPerson();
  await turnOn(email, { sms: 'ENABLED', email: 'ENABLED' });
  const { nextStep } = await signIn(email);
  expect(nextStep).toMatchObject({
    signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION',
    allowedMFATypes: ['SMS', 'EMAIL'],
  });
  const second = await confirmSignIn({ challengeResponse: 'SMS' });
  expect(second.nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_SMS_CODE');
  await confirmSignIn({ challengeResponse: codeFor(pool, phone) });
  expect((await claims())?.email).toBe(email);
  await signOut();
});

test('an app that was not shown to work does not replace the one before', async () => {
  const email = await addUser(pool);
  await signIn(email);
  const { sharedSecret } = await setUpTOTP();
  await verifyTOTPSetup({ code: totp(sharedSecret) });
  await updateMFAPreference({ totp: 'PREFERRED' });
  await setUpTOTP();
  await signOut();
  expect((await signIn(email)).nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  await confirmSignIn({ challengeResponse: totp(sharedSecret) });
  await signOut();
});

describe('a pool that requires a second factor', () => {
  test('has a person set up an authenticator app at the sign-in', async () => {
    await configure('ON', { SoftwareTokenMfaConfiguration: { Enabled: true } });
    const email = await addUser(pool);
    const { nextStep } = await signIn(email);
    if (nextStep.signInStep !== 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP')
      throw new Error(nextStep.signInStep);
    const { sharedSecret } = nextStep.totpSetupDetails;
    await confirmSignIn({ challengeResponse: totp(sharedSecret) });
    expect((await claims())?.email).toBe(email);
    await signOut();
    const again = await signIn(email);
    expect(again.nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
    await confirmSignIn({ challengeResponse: totp(sharedSecret) });
    await signOut();
  });

  test('sends a code to an address that it knows', async () => {
    await configure('ON', ALL);
    const { email, phone } = await addPerson();
    const { nextStep } = await signIn(email);
    expect(nextStep.signInStep).toBe('CONTINUE_SIGN_IN_WITH_MFA_SELECTION');
    await confirmSignIn({ challengeResponse: 'SMS' });
    await confirmSignIn({ challengeResponse: codeFor(pool, phone) });
    await signOut();
  });

  test('gives no tokens before the app was shown to work', async () => {
    await configure('ON', { SoftwareTokenMfaConfiguration: { Enabled: true } });
    const email = await addUser(pool);
    const asked = await pool.aws.send(
      new InitiateAuthCommand({
        ClientId: CLIENT,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: email, PASSWORD },
      }),
    );
    const answer = (Session: string | undefined) =>
      pool.aws.send(
        new RespondToAuthChallengeCommand({
          ...{ ClientId: CLIENT, ChallengeName: 'MFA_SETUP', Session },
          ChallengeResponses: { USERNAME: email },
        }),
      );
    await expect(answer(asked.Session)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    const { Session, SecretCode = '' } = await pool.aws.send(
      new AssociateSoftwareTokenCommand({ Session: asked.Session }),
    );
    await expect(answer(Session)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(answer(asked.Session)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    const verified = await pool.aws.send(
      new VerifySoftwareTokenCommand({ Session, UserCode: totp(SecretCode) }),
    );
    expect((await answer(verified.Session)).AuthenticationResult?.AccessToken).toBeDefined();
    await expect(
      pool.aws.send(new AssociateSoftwareTokenCommand({ Session: 'x'.repeat(20) })),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });
});

describe('devices', () => {
  const track = (ChallengeRequiredOnNewDevice: boolean, onPrompt = false) =>
    pool.aws.send(
      new UpdateUserPoolCommand({
        UserPoolId,
        MfaConfiguration: 'OPTIONAL',
        DeviceConfiguration: {
          ChallengeRequiredOnNewDevice,
          DeviceOnlyRememberedOnUserPrompt: onPrompt,
        },
      }),
    );
  const devicesOf = async (Username: string) =>
    (await pool.aws.send(new AdminListDevicesCommand({ UserPoolId, Username }))).Devices ?? [];

  test('a remembered device stands in for the second factor', async () => {
    await track(true);
    const email = await addUser(pool);
    await signIn(email);
    const { sharedSecret } = await setUpTOTP();
    await verifyTOTPSetup({ code: totp(sharedSecret) });
    await updateMFAPreference({ totp: 'PREFERRED' });
    const [device] = await devicesOf(email);
    expect((await fetchAuthSession()).tokens?.accessToken.payload.device_key).toBe(
      device?.DeviceKey,
    );
    await signOut();
    // Amplify proves by SRP that it is on this device.
    expect((await signIn(email)).isSignedIn).toBe(true);
    expect(await devicesOf(email)).toHaveLength(1);
    // A refresh names the device, too.
    await fetchAuthSession({ forceRefresh: true });
    await pool.aws.send(
      new AdminUpdateDeviceStatusCommand({
        ...{ UserPoolId, Username: email, DeviceKey: device?.DeviceKey },
        DeviceRememberedStatus: 'not_remembered',
      }),
    );
    await signOut();
    const asked = await signIn(email);
    expect(asked.nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
    await confirmSignIn({ challengeResponse: totp(sharedSecret) });
    expect((await claims())?.email).toBe(email);
    await signOut();
  });

  test('is remembered when the person says so, and forgotten with its sessions', async () => {
    await track(false, true);
    const email = await addUser(pool);
    await signIn(email);
    const status = async () =>
      (await devicesOf(email))[0]?.DeviceAttributes?.find(
        ({ Name }) => Name === 'dev:device_remembered_status',
      )?.Value;
    expect(await status()).toBe('not_remembered');
    await rememberDevice();
    expect(await status()).toBe('remembered');
    const devices = await fetchDevices();
    expect(devices).toHaveLength(1);
    const token = (await fetchAuthSession()).tokens?.accessToken.toString() ?? '';
    await forgetDevice();
    expect(await devicesOf(email)).toEqual([]);
    await expect(pool.aws.send(new GetUserCommand({ AccessToken: token }))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    await signOut();
  });
});
