/** What the handlers of the API work with on this machine: the stack's own parts. */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { userPool } from '@cognito-supabase/lambda/api/admin/user-pool';
import type { ApiParts } from '@cognito-supabase/lambda/api/parts';
import { serviceRpc } from '@cognito-supabase/lambda/service/data-api';
import type { UserEvent } from '@cognito-supabase/lambda/user-events/event';

/** Shared with nobody but the programs on this machine, which can read the code anyway. */
export const WEBHOOK_SECRET = `whsec_${Buffer.from('webhooks of the local stack').toString('base64')}`;

export function localParts(env: StackEnv, enqueue: (event: UserEvent) => Promise<void>): ApiParts {
  const { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: publishableKey } = env;
  return {
    project: () => ({ url, publishableKey }),
    token: () => ({ issuer: env.COGNITO_ISSUER, clientIds: [env.COGNITO_CLIENT_ID] }),
    service: serviceRpc({ url, readKey: async () => env.SUPABASE_SECRET_KEY }),
    pool: () =>
      userPool(env.COGNITO_USER_POOL_ID, {
        region: env.COGNITO_REGION,
        endpoint: env.COGNITO_ENDPOINT,
        // The emulator does not check whose signature it is.
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      }),
    enqueue,
    webhookSecret: async () => WEBHOOK_SECRET,
  };
}
