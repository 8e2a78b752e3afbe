/** The environment of a trigger that acts for the service, read and checked once, at cold start. */
import { SERVICE_ENV } from '@cognito-supabase/contract/settings';
import type { UserEvent } from '../user-events/event.ts';
import { queueSender } from '../user-events/queue.ts';
import { type ServiceRpc, serviceRpc } from './data-api.ts';
import { secretKeyReader } from './secret-key.ts';

export const warn = (line: string): void => console.warn(line);

/**
 * Calls to Supabase, or calls that fail with the name of what is missing. It does not throw, because an error at cold
 * start would be shown to each person.
 *
 * @param names Of the variables, for a second project
 */
export function rpcFromEnvironment(
  env: NodeJS.ProcessEnv,
  names: { readonly supabaseUrl: string; readonly secretName: string } = SERVICE_ENV,
): ServiceRpc {
  const url = env[names.supabaseUrl];
  const secretName = env[names.secretName];
  if (url && secretName)
    return serviceRpc({ url: url.replace(/\/+$/, ''), readKey: secretKeyReader(secretName) });
  const missing = url ? names.secretName : names.supabaseUrl;
  warn(`${missing} is not set`);
  return () => Promise.reject(new Error(`${missing} is not set`));
}

/** The queue of the stage, or one that fails with the name of what is missing. */
export function queueFromEnvironment(env: NodeJS.ProcessEnv): (event: UserEvent) => Promise<void> {
  const url = env[SERVICE_ENV.queueUrl];
  if (url) return queueSender(url);
  return () => Promise.reject(new Error(`${SERVICE_ENV.queueUrl} is not set`));
}
