import type { SignInOutput } from 'aws-amplify/auth';

/** What a person has typed and would have to type again after confirming their account. */
export interface Credentials {
  readonly email: string;
  /** Held in memory only, between sign-up and confirmation; null where it is not known. */
  readonly password: string | null;
}

/** The screen that a signed-out person is on. */
export type Step =
  | { readonly name: 'signIn'; readonly email?: string; readonly news?: string }
  | { readonly name: 'signUp' }
  | ({ readonly name: 'confirmSignUp'; readonly resend?: true } & Credentials)
  | { readonly name: 'requestReset'; readonly email?: string; readonly news?: string }
  | { readonly name: 'confirmReset'; readonly email: string }
  | { readonly name: 'newPassword'; readonly email: string; readonly missing: readonly string[] }
  | { readonly name: 'signInCode'; readonly source: 'app' | 'phone' | 'email' }
  | { readonly name: 'unsupported'; readonly challenge: string }
  /** Signed in: the session store takes over. */
  | { readonly name: 'done' };

/**
 * Where Amplify's answer to a sign-in leads.
 *
 * @param nextStep - `nextStep` of `signIn` or `confirmSignIn`.
 * @param credentials - What was typed, for the steps that need it again.
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
      // The code of the sign-up may be long gone, so a new one is offered at once.
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
