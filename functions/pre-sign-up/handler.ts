/** The Lambda entry of the pre-sign-up trigger. infra/ bundles this file. */
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { preSignUp } from './core.ts';
import { readSignUpSettings } from './settings.ts';
import { signUpPool } from './user-pool.ts';

export const handler = preSignUp({
  settings: readSignUpSettings(process.env),
  // Cognito waits 5 s for the whole trigger.
  pool: signUpPool(new CognitoIdentityProviderClient({ maxAttempts: 2 })),
  warn: (line) => console.warn(line),
});
