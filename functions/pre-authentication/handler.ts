/** The Lambda entry of the pre-authentication trigger. infra/ bundles this file. */
import { SIGN_IN_ENV } from '@cognito-supabase/contract/settings';
import { rpcFromEnvironment, warn } from '../service/environment.ts';
import { preAuthentication } from './core.ts';

export const handler = preAuthentication({
  rpc: rpcFromEnvironment(process.env),
  // What is not understood lets nobody in.
  whenDown: process.env[SIGN_IN_ENV.whenDown] === 'allow' ? 'allow' : 'refuse',
  warn,
});
