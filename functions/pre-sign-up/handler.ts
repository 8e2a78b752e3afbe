/** The Lambda entry of the pre-sign-up trigger. infra/ bundles this file. */
import { preSignUp } from './core.ts';
import { readSignUpSettings } from './settings.ts';
import { signUpPool } from './user-pool.ts';

export const handler = preSignUp({
  settings: readSignUpSettings(process.env),
  pool: signUpPool(),
  warn: (line) => console.warn(line),
});
