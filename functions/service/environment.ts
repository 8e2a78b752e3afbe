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
 */
export function rpcFromEnvironment(env: NodeJS.ProcessEnv): ServiceRpc {
  const url = env[SERVICE_ENV.supabaseUrl];
  const secretName = env[SERVICE_ENV.secretName];
  if (url && secretName)
    return serviceRpc({ url: url.replace(/\/+$/, ''), readKey: secretKeyReader(secretName) });
  const missing = url ? SERVICE_ENV.secretName : SERVICE_ENV.supabaseUrl;
  warn(`${missing} is not set`);
  return () => Promise.reject(new Error(`${missing} is not set`));
}

/** The queue of the stage, or one that fails with the name of what is missing. */
export function queueFromEnvironment(env: NodeJS.ProcessEnv): (event: UserEvent) => Promise<void> {
  const url = env[SERVICE_ENV.queueUrl];
  if (url) return queueSender(url);
  return () => Promise.reject(new Error(`${SERVICE_ENV.queueUrl} is not set`));
}
