/** The triggers of functions/ for the local user pool, in this process, with what they need of the stack. */
import { customMessage } from '@cognito-supabase/functions/custom-message/core';
import { postAuthentication } from '@cognito-supabase/functions/post-authentication/core';
import { postConfirmation } from '@cognito-supabase/functions/post-confirmation/core';
import { serviceRpc } from '@cognito-supabase/functions/service/data-api';
import type { CognitoOptions } from '../cognito/server.ts';
import { makeEventQueue } from './event-queue.ts';

/** Where the Data API is, and the secret key. */
export interface ServiceAccess {
  readonly url: string;
  readonly secretKey: string;
}

export interface LocalTriggers {
  readonly triggers: NonNullable<CognitoOptions['triggers']>;
  close(): void;
}

/**
 * @param access What is known when a trigger runs. The pool starts before the database, so it may be undefined.
 */
export function localTriggers(access: () => ServiceAccess | undefined): LocalTriggers {
  const rpc = async (...call: Parameters<ReturnType<typeof serviceRpc>>) => {
    const known = access();
    if (known === undefined) throw new Error('the Data API has not started');
    const { url, secretKey } = known;
    return serviceRpc({ url, readKey: async () => secretKey })(...call);
  };
  const warn = (line: string): void => console.error(`warning: ${line}`);
  const queue = makeEventQueue(rpc, warn);
  return {
    triggers: {
      PostConfirmation: postConfirmation({ rpc, enqueue: queue.enqueue, warn }),
      PostAuthentication: postAuthentication({ enqueue: queue.enqueue, warn }),
      CustomMessage: customMessage({ appName: 'Local app' }),
    },
    close: queue.close,
  };
}
