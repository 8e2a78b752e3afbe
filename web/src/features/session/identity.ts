import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  resendSignUpCode,
  resetPassword,
  signIn,
  signUp,
} from 'aws-amplify/auth';
import { type Credentials, type Step, stepAfterSignIn } from './steps.ts';

/*
 * What a signed-out person can do, each as one call that says which screen comes next.
 */

/** Signs in after a step that has succeeded and must not be shown as failed if this fails. */
const signInOr = async (fallback: Step, email: string, password: string | null): Promise<Step> => {
  if (password === null) return fallback;
  try {
    return await startSignIn(email, password);
  } catch {
    return fallback;
  }
};

/** Signs in with SRP, so that the password itself is not sent. */
export const startSignIn = async (email: string, password: string): Promise<Step> => {
  const { nextStep } = await signIn({ username: email, password });
  return stepAfterSignIn(nextStep, { email, password });
};

/** Makes an account; the pool mails a code unless it confirms accounts by itself. */
export const startSignUp = async (email: string, password: string): Promise<Step> => {
  const { isSignUpComplete } = await signUp({
    username: email,
    password,
    options: { userAttributes: { email } },
  });
  return isSignUpComplete
    ? startSignIn(email, password)
    : { name: 'confirmSignUp', email, password };
};

/**
 * Confirms an account and signs in.
 *
 * Signing in is a call of its own rather than Amplify's `autoSignIn`, which knows only the account
 * that was made on this page; this way serves those too who come back to confirm later.
 */
export const finishSignUp = async (credentials: Credentials, code: string): Promise<Step> => {
  const { email, password } = credentials;
  await confirmSignUp({ username: email, confirmationCode: code });
  const confirmed = 'Your account is confirmed. You can sign in now.';
  return signInOr({ name: 'signIn', email, news: confirmed }, email, password);
};

/** Mails another code for the confirmation of an account. */
export const resendCode = async (email: string): Promise<void> => {
  await resendSignUpCode({ username: email });
};

/** What Cognito says of some addresses only: that there is none, or one in a certain state. */
const ABOUT_ACCOUNTS = new Set([
  'UserNotFoundException',
  'UserNotConfirmedException',
  'NotAuthorizedException',
  'InvalidParameterException',
  'CodeDeliveryFailureException',
]);

/** Mails a code for a new password. Whether there is such an account shows in no way. */
export const requestReset = async (email: string): Promise<Step> => {
  try {
    await resetPassword({ username: email });
  } catch (error) {
    if (!ABOUT_ACCOUNTS.has((error as Error).name)) throw error;
  }
  return { name: 'confirmReset', email };
};

/** Sets a new password with the mailed code and signs in. */
export const finishReset = async (email: string, code: string, password: string): Promise<Step> => {
  await confirmResetPassword({ username: email, confirmationCode: code, newPassword: password });
  const changed = 'Your new password is set. You can sign in now.';
  return signInOr({ name: 'signIn', email, news: changed }, email, password);
};

/** Answers what Cognito asked for during sign-in: a new password, or a code. */
export const answerChallenge = async (
  email: string,
  answer: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<Step> => {
  const { nextStep } = await confirmSignIn({
    challengeResponse: answer,
    options: { userAttributes: attributes },
  });
  return stepAfterSignIn(nextStep, { email, password: null });
};
