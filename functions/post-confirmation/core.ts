/**
 * The post-confirmation trigger without Lambda: a confirmed account gets its profile, and the directory hears of it.
 *
 * Source of the event's shape: Cognito developer guide, "Post confirmation Lambda trigger".
 */
import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { reasonOf, type ServiceRpc } from '../service/data-api.ts';
import { retry } from '../service/retry.ts';
import { type AccountEvent, applyUserEvent, type UserEvent } from '../user-events/event.ts';

export interface PostConfirmationParts {
  readonly rpc: ServiceRpc;
  /** Takes an event that could not be applied in time. */
  readonly enqueue: (event: UserEvent) => Promise<void>;
  /** Gets one line about a failure. The line contains no personal data. */
  readonly warn: (line: string) => void;
}

/** Cognito waits 5 s. This leaves time for the queue. */
const PATIENCE = { within: 3000, first: 200 };

/** The event as the database is told. Undefined for a password that was reset: the account is not new. */
function readEvent(event: PostConfirmationTriggerEvent): AccountEvent | undefined {
  if (event.triggerSource !== 'PostConfirmation_ConfirmSignUp') return undefined;
  const { userAttributes: attributes } = event.request;
  const { sub } = attributes;
  if (!sub) throw new TypeError('the event has no sub');
  const occurredAt = new Date().toISOString();
  return { kind: 'confirmed', sub, username: event.userName, attributes, occurredAt };
}

/** Tries for 3 seconds, and then leaves the event to the queue. */
async function applyOrEnqueue(
  { rpc, enqueue, warn }: PostConfirmationParts,
  event: UserEvent,
): Promise<void> {
  try {
    await retry(() => applyUserEvent(rpc, event), PATIENCE);
  } catch (error) {
    warn(`post-confirmation: left to the queue, ${reasonOf(error)}`);
    await enqueue(event);
  }
}

/**
 * Makes the trigger's handler. It resolves to the event unchanged and never rejects: Cognito would show the error to
 * a person whose account is confirmed already.
 */
export const postConfirmation =
  (parts: PostConfirmationParts) =>
  async (event: PostConfirmationTriggerEvent): Promise<PostConfirmationTriggerEvent> => {
    try {
      const confirmed = readEvent(event);
      if (confirmed !== undefined) await applyOrEnqueue(parts, confirmed);
    } catch (error) {
      parts.warn(`post-confirmation: ${reasonOf(error)}`);
    }
    return event;
  };
