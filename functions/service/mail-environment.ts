/** The environment of a trigger that sends mail itself. */
import { MESSAGE_ENV } from '@cognito-supabase/contract/settings';
import { ownMailSender } from '../custom-message/own-mail.ts';
import { sesMail } from './mail.ts';

/** Without a sender, each mail fails with the name of what is missing. */
export function mailFromEnvironment(env: NodeJS.ProcessEnv) {
  const from = env[MESSAGE_ENV.mailFrom];
  const settings = { appName: env[MESSAGE_ENV.appName] ?? '', language: env[MESSAGE_ENV.language] };
  const send = from
    ? sesMail(from, env[MESSAGE_ENV.mailRegion])
    : () => Promise.reject(new Error(`${MESSAGE_ENV.mailFrom} is not set`));
  return ownMailSender(settings, send);
}
