/** The post-authentication trigger: each sign-in goes to the queue, and none waits or fails for it. */
import type { PostAuthenticationTriggerEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { postAuthentication } from '../../../../functions/post-authentication/core.ts';
import { parseUserEvent, type UserEvent } from '../../../../functions/user-events/event.ts';

/** As in Cognito's guide, with the values of this pool. */
const golden: PostAuthenticationTriggerEvent = {
  version: '1',
  triggerSource: 'PostAuthentication_Authentication',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_a1B2c3D4e',
  userName: 'ann',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'web' },
  request: {
    userAttributes: { sub: 's-1', 'cognito:user_status': 'CONFIRMED', email: 'ann@example.com' },
    newDeviceUsed: false,
  },
  response: {},
};

test('a sign-in is left to the queue, and the event comes back unchanged', async () => {
  const queued: UserEvent[] = [];
  const handler = postAuthentication({
    enqueue: async (event) => void queued.push(event),
    recordSignIns: true,
    warn: expect.unreachable,
  });
  const before = structuredClone(golden);
  expect(await handler(golden)).toBe(golden);
  expect(golden).toEqual(before);
  const [event] = queued;
  expect(event).toMatchObject({ kind: 'signed_in', sub: 's-1', username: 'ann' });
  // What the worker reads is what was sent.
  expect(parseUserEvent(JSON.stringify(event))).toEqual(event);
});

test('a queue that fails, and an event that is nonsense, do not stop a sign-in', async () => {
  const lines: string[] = [];
  const handler = postAuthentication({
    enqueue: () => Promise.reject(new Error('ann@example.com')),
    recordSignIns: true,
    warn: (line) => void lines.push(line),
  });
  for (const event of [golden, {}, { ...golden, request: {} }, null])
    expect(await handler(event as PostAuthenticationTriggerEvent)).toBe(event);
  expect(lines).toHaveLength(4);
  expect(lines.join()).not.toContain('ann@');
});
