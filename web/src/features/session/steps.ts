import type { SignInOutput } from 'aws-amplify/auth';

/** The typed credentials, for the sign-in after confirming the account. */
export interface Credentials {
  readonly email: string;
  /** Kept in memory only, between sign-up and confirmation; null if it is not known. */
  readonly password: string | null;
}

/** The current screen of a signed-out person. */
export type Step =
  | { readonly name: 'signIn'; readonly email?: string; readonly news?: string }
  | { readonly name: 'signUp' }
  | ({ readonly name: 'confirmSignUp'; readonly resend?: true } & Credentials)
  | { readonly name: 'requestReset'; readonly email?: string; readonly news?: string }
  | { readonly name: 'confirmReset'; readonly email: string }
  | { readonly name: 'newPassword'; readonly email: string; readonly missing: readonly string[] }
  | { readonly name: 'signInCode'; readonly source: 'app' | 'phone' | 'email' }
  | { readonly name: 'unsupported'; readonly challenge: string }
  /** Signed in. The session store has the rest. */
  | { readonly name: 'done' };

/**
 * The screen for Amplify's answer to a sign-in.
 *
 * @param nextStep - `nextStep` of `signIn` or `confirmSignIn`.
 * @param credentials - The typed credentials, for steps that need them again.
 */
export const stepAfterSignIn = (
  nextStep: SignInOutput['nextStep'],
  credentials: Credentials,
): Step => {
  const { email } = credentials;
  switch (nextStep.signInStep) {
    case 'DONE':
      return { name: 'done' };
    case 'CONFIRM_SIGN_UP':
      // The code of the sign-up may have expired, so a new one is offered at once.
      return { name: 'confirmSignUp', resend: true, ...credentials };
    case 'RESET_PASSWORD':
      return { name: 'requestReset', email, news: 'Your password has to be set anew.' };
    case 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED':
      return { name: 'newPassword', email, missing: nextStep.missingAttributes ?? [] };
    case 'CONFIRM_SIGN_IN_WITH_TOTP_CODE':
      return { name: 'signInCode', source: 'app' };
    case 'CONFIRM_SIGN_IN_WITH_SMS_CODE':
      return { name: 'signInCode', source: 'phone' };
    case 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE':
      return { name: 'signInCode', source: 'email' };
    default:
      return { name: 'unsupported', challenge: nextStep.signInStep };
  }
};
