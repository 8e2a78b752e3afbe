/**
 * The queue of user events on this machine, in place of SQS: events that the database did not take are
 * tried again, until they have failed ten times. They are in memory, so a stop loses them.
 */

import type { ServiceRpc } from '@cognito-supabase/lambda/service/data-api';
import { applyUserEvent, type UserEvent } from '@cognito-supabase/lambda/user-events/event';

const LOST: Readonly<Record<UserEvent['kind'], string>> = {
  confirmed: 'a confirmed account has no profile',
  signed_in: 'a sign-in is not in the directory',
  transfer: 'the rows of an old account were not moved',
  operation: 'an operation of an administrator was not finished',
};

const MOST_ATTEMPTS = 10;
/** Before the second attempt, in ms. It doubles each time. */
const FIRST_PAUSE = 500;

export interface EventQueue {
  readonly enqueue: (event: UserEvent) => Promise<void>;
  close(): void;
}

export function makeEventQueue(
  rpc: ServiceRpc,
  warn: (line: string) => void,
  firstPause = FIRST_PAUSE,
): EventQueue {
  const timers = new Set<NodeJS.Timeout>();
  const plan = (event: UserEvent, attempt: number): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        applyUserEvent(rpc, event).catch((error: unknown) => {
          if (attempt < MOST_ATTEMPTS) return plan(event, attempt + 1);
          const reason = error instanceof Error ? error.name : 'error';
          warn(`${LOST[event.kind]}: the database did not take it (${reason})`);
        });
      },
      firstPause * 2 ** (attempt - 1),
    );
    timers.add(timer);
  };
  return {
    enqueue: async (event) => plan(event, 1),
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
