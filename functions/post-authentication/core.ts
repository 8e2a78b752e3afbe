/**
 * The post-authentication trigger without Lambda: the directory hears of each sign-in.
 *
 * Source of the event's shape: Cognito developer guide, "Post authentication Lambda trigger".
 */
import type { PostAuthenticationTriggerEvent } from 'aws-lambda';
import type { UserEvent } from '../user-events/event.ts';

export interface PostAuthenticationParts {
  readonly enqueue: (event: UserEvent) => Promise<void>;
  /** Gets one line about a failure. The line contains no personal data. */
  readonly warn: (line: string) => void;
}

function readEvent({ userName, request }: PostAuthenticationTriggerEvent): UserEvent {
  const { userAttributes: attributes } = request;
  const { sub } = attributes;
  if (!sub) throw new TypeError('the event has no sub');
  const occurredAt = new Date().toISOString();
  return { kind: 'signed_in', sub, username: userName, attributes, occurredAt };
}

/**
 * Makes the trigger's handler. It leaves the event to the queue, so that a sign-in never waits for the database. It
 * resolves to the event unchanged and never rejects, because Cognito would refuse the sign-in.
 */
export const postAuthentication =
  ({ enqueue, warn }: PostAuthenticationParts) =>
  async (event: PostAuthenticationTriggerEvent): Promise<PostAuthenticationTriggerEvent> => {
    try {
      await enqueue(readEvent(event));
    } catch (error) {
      warn(`post-authentication: not recorded, ${error instanceof Error ? error.name : 'error'}`);
    }
    return event;
  };
