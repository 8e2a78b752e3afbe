/** What the handlers work with: made of the environment on Lambda, and of the stack's settings on this machine. */
import { API_ENV } from '@cognito-supabase/contract/settings';
import type { ServiceRpc } from '../service/data-api.ts';
import { queueFromEnvironment, rpcFromEnvironment } from '../service/environment.ts';
import { secretKeyReader } from '../service/secret-key.ts';
import type { UserEvent } from '../user-events/event.ts';
import { type UserPool, userPool } from './admin/user-pool.ts';
import { ApiError } from './problem.ts';
import type { TokenSettings } from './verify-token.ts';

/** Each is asked for when it is needed, so that a missing setting is an answer and not a function that cannot start. */
export interface ApiParts {
  /** Of Supabase: address without a path, and publishable key. */
  readonly project: () => { readonly url: string; readonly publishableKey: string };
  readonly token: () => TokenSettings;
  /** Calls for the service, not for the caller: webhooks alone. */
  readonly service: ServiceRpc;
  /** The user pool, with the rights of an administrator. */
  readonly pool: () => Promise<UserPool>;
  /** Takes what the database did not. */
  readonly enqueue: (event: UserEvent) => Promise<void>;
  /** `whsec_…` */
  readonly webhookSecret: () => Promise<string>;
}

/** @throws ApiError `NOT_CONFIGURED` */
function need(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new ApiError('NOT_CONFIGURED', `${name} is not set.`);
  return value;
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

export function partsFromEnvironment(env: NodeJS.ProcessEnv = process.env): ApiParts {
  const webhookSecret = once(() => secretKeyReader(need(env, API_ENV.webhookSecretName)));
  const service = once(() => rpcFromEnvironment(env));
  const enqueue = once(() => queueFromEnvironment(env));
  const pool = once(async () => userPool(need(env, API_ENV.userPoolId)));
  return {
    project: () => ({
      url: need(env, API_ENV.supabaseUrl).replace(/\/+$/, ''),
      publishableKey: need(env, API_ENV.publishableKey),
    }),
    token: () => ({
      issuer: need(env, API_ENV.issuer),
      clientIds: need(env, API_ENV.clientIds).split(',').filter(Boolean),
    }),
    service: (...call) => service()(...call),
    pool,
    enqueue: (event) => enqueue()(event),
    webhookSecret: async () => webhookSecret()(),
  };
}
