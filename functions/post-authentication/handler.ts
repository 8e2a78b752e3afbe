/** The Lambda entry of the post-authentication trigger. infra/ bundles this file. */
import { POST_AUTHENTICATION_ENV } from '@cognito-supabase/contract/settings';
import { queueFromEnvironment, rpcFromEnvironment, warn } from '../service/environment.ts';
import { mailFromEnvironment } from '../service/mail-environment.ts';
import { postAuthentication } from './core.ts';

const { env } = process;
const isOn = (name: string): boolean => env[name] === 'true';

export const handler = postAuthentication({
  enqueue: queueFromEnvironment(env),
  recordSignIns: isOn(POST_AUTHENTICATION_ENV.recordSignIns),
  ...(isOn(POST_AUTHENTICATION_ENV.claimTransfers) && { rpc: rpcFromEnvironment(env) }),
  ...(isOn(POST_AUTHENTICATION_ENV.newDeviceMail) && {
    sendNewDevice: mailFromEnvironment(env).sendNewDevice,
  }),
  warn,
});
