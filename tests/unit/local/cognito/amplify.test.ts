/** What a web app does, through the library that it does it with. */
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  confirmUserAttribute,
  deleteUser,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  resendSignUpCode,
  resetPassword,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updatePassword,
  updateUserAttributes,
  verifyTOTPSetup,
} from 'aws-amplify/auth';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Secret, TOTP } from 'otpauth';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { configureAmplify } from './amplify-app.ts';
import { codeFor, openPool, PASSWORD, POOL, someEmail, type TestPool } from './support.ts';

let pool: TestPool;
let storage: Map<string, string>;

beforeAll(async () => {
  pool = await openPool();
  storage = configureAmplify(pool);
});
afterEach(() => storage.clear());
afterAll(() => pool.close());

/** Signs up, confirms and, by SRP, signs in. */
async function enter(username = someEmail()): Promise<string> {
  await signUp({ username, password: PASSWORD, options: { userAttributes: { email: username } } });
  await confirmSignUp({ username, confirmationCode: codeFor(pool, username) });
  await signIn({ username, password: PASSWORD });
  return username;
}

const refreshed = async () => (await fetchAuthSession({ forceRefresh: true })).tokens;

const totpOf = (secret: string): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate();

describe('Amplify', () => {
  test('signs up, confirms and signs in with SRP, its default', async () => {
    const username = someEmail();
    const signedUp = await signUp({ username, password: PASSWORD });
    expect(signedUp.nextStep).toMatchObject({
      signUpStep: 'CONFIRM_SIGN_UP',
      codeDeliveryDetails: { deliveryMedium: 'EMAIL', attributeName: 'email' },
    });
    await resendSignUpCode({ username });
    const confirmed = await confirmSignUp({
      username,
      confirmationCode: codeFor(pool, username),
    });
    expect(confirmed.isSignUpComplete).toBe(true);
    expect(await signIn({ username, password: PASSWORD })).toMatchObject({ isSignedIn: true });
    expect(await getCurrentUser()).toMatchObject({ userId: signedUp.userId });
    expect(await fetchUserAttributes()).toMatchObject({ email: username, email_verified: 'true' });
  });

  test('signs in whatever the case of the email', async () => {
    const username = await enter();
    await signOut();
    const shouted = username.toUpperCase();
    expect(await signIn({ username: shouted, password: PASSWORD })).toMatchObject({
      isSignedIn: true,
    });
  });

  test('must confirm first, and learns nothing about accounts', async () => {
    const username = someEmail();
    await signUp({ username, password: PASSWORD });
    expect(await signIn({ username, password: PASSWORD })).toMatchObject({
      nextStep: { signInStep: 'CONFIRM_SIGN_UP' },
    });
    const refusal = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };
    await expect(signIn({ username, password: 'Wrong-horse-42' })).rejects.toMatchObject(refusal);
    const stranger = someEmail();
    await expect(signIn({ username: stranger, password: PASSWORD })).rejects.toMatchObject(refusal);
  });

  test('refreshes the tokens of one session, which verify against the JWKS', async () => {
    await enter();
    const before = (await fetchAuthSession()).tokens;
    const after = await refreshed();
    expect(after?.accessToken.toString()).not.toBe(before?.accessToken.toString());
    expect(after?.accessToken.payload.origin_jti).toBe(before?.accessToken.payload.origin_jti);
    const jwks = createRemoteJWKSet(new URL(pool.jwksUri));
    const { payload } = await jwtVerify(after?.accessToken.toString() ?? '', jwks, {
      issuer: pool.issuer,
      algorithms: ['RS256'],
    });
    expect(payload).toMatchObject({ role: 'authenticated', token_use: 'access' });
  });

  test('signs out here, which revokes, and everywhere', async () => {
    const username = await enter();
    const tokens = new Map(storage);
    await signOut();
    expect((await fetchAuthSession()).tokens).toBeUndefined();
    for (const [key, value] of tokens) storage.set(key, value);
    expect(await refreshed()).toBeUndefined();

    await signIn({ username, password: PASSWORD });
    const others = new Map(storage);
    await signOut({ global: true });
    for (const [key, value] of others) storage.set(key, value);
    expect(await refreshed()).toBeUndefined();
  });

  test('resets a forgotten password', async () => {
    const username = await enter();
    await signOut();
    const { nextStep } = await resetPassword({ username });
    expect(nextStep.resetPasswordStep).toBe('CONFIRM_RESET_PASSWORD_WITH_CODE');
    const newPassword = 'Another-horse-43';
    const confirmationCode = codeFor(pool, username);
    await confirmResetPassword({ username, confirmationCode, newPassword });
    expect(await signIn({ username, password: newPassword })).toMatchObject({ isSignedIn: true });
  });

  test('changes the password, the email once verified, and deletes the account', async () => {
    const username = await enter();
    await updatePassword({ oldPassword: PASSWORD, newPassword: 'Another-horse-43' });
    const email = someEmail('moved');
    const changed = await updateUserAttributes({ userAttributes: { email, name: 'Ann' } });
    expect(changed.email?.nextStep.updateAttributeStep).toBe('CONFIRM_ATTRIBUTE_WITH_CODE');
    expect(await fetchUserAttributes()).toMatchObject({ email: username, name: 'Ann' });
    await confirmUserAttribute({
      userAttributeKey: 'email',
      confirmationCode: codeFor(pool, email),
    });
    expect(await fetchUserAttributes()).toMatchObject({ email, email_verified: 'true' });
    await deleteUser();
    await expect(signIn({ username: email, password: 'Another-horse-43' })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  test('completes an invitation with a new password', async () => {
    const username = someEmail('invited');
    await pool.call('AdminCreateUser', { UserPoolId: POOL, Username: username });
    const temporary = codeFor(pool, username);
    const step = await signIn({ username, password: temporary });
    expect(step.nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
    await expect(confirmSignIn({ challengeResponse: 'short' })).rejects.toMatchObject({
      name: 'InvalidPasswordException',
    });
    expect(await confirmSignIn({ challengeResponse: PASSWORD })).toMatchObject({
      isSignedIn: true,
    });
    expect((await refreshed())?.accessToken.payload.role).toBe('authenticated');
  });

  test('signs in with an authenticator app, and refreshes afterwards', async () => {
    const username = await enter();
    const { sharedSecret } = await setUpTOTP();
    await verifyTOTPSetup({ code: totpOf(sharedSecret) });
    await updateMFAPreference({ totp: 'PREFERRED' });
    await signOut();
    const step = await signIn({ username, password: PASSWORD });
    expect(step.nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
    const wrong = totpOf(sharedSecret) === '000000' ? '000001' : '000000';
    await expect(confirmSignIn({ challengeResponse: wrong })).rejects.toMatchObject({
      name: 'CodeMismatchException',
    });
    expect(await confirmSignIn({ challengeResponse: totpOf(sharedSecret) })).toMatchObject({
      isSignedIn: true,
    });
    expect((await refreshed())?.accessToken.payload.role).toBe('authenticated');
  });
});
