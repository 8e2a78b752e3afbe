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

/** The actions of a signed-out person. Each returns the next screen. */

/** Signs in after another step. That step has succeeded, even if the sign-in fails. */
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

/** Makes an account. The pool mails a code unless it confirms accounts itself. */
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
 * It signs in with a separate call, because Amplify's `autoSignIn` works only on the page where the
 * account was made, and some people come back later to confirm.
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

/** Errors that reveal whether an account exists, or its state. */
const ABOUT_ACCOUNTS = new Set([
  'UserNotFoundException',
  'UserNotConfirmedException',
  'NotAuthorizedException',
  'InvalidParameterException',
  'CodeDeliveryFailureException',
]);

/** Mails a code for a new password. It does not reveal whether the account exists. */
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

/** Answers a challenge of Cognito during sign-in: a new password, or a code. */
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
