/** The post-authentication trigger: each sign-in goes to the queue, and none waits or fails for it. */
import type { PostAuthenticationTriggerEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { ownMail } from '../../../../functions/custom-message/own-mail.ts';
import { postAuthentication } from '../../../../functions/post-authentication/core.ts';
import { RefusedError } from '../../../../functions/service/data-api.ts';
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

describe('people of an older project', () => {
  const attributes = {
    sub: 's-1',
    email: 'ann@example.com',
    email_verified: 'true',
    phone_number: '+491',
    phone_number_verified: 'false',
  };
  const event = { ...golden, request: { ...golden.request, userAttributes: attributes } };
  const world = (answers: readonly Error[]) => {
    const queued: UserEvent[] = [];
    const calls: unknown[] = [];
    const left = [...answers];
    const handler = postAuthentication({
      enqueue: async (one) => void queued.push(one),
      recordSignIns: false,
      rpc: async (name, args) => {
        calls.push([name, args]);
        const failure = left.shift();
        if (failure) throw failure;
        return null;
      },
      warn: () => undefined,
    });
    return { handler, queued, calls };
  };

  test('get their rows before the app asks, by verified addresses alone', async () => {
    const { handler, queued, calls } = world([]);
    expect(await handler(event)).toBe(event);
    expect(calls).toEqual([['claim_transfer', { sub: 's-1', addresses: ['ann@example.com'] }]]);
    expect(queued).toEqual([]);
    // Without a verified address there is nothing to ask, and the word of a provider is not enough.
    await handler(golden);
    const userAttributes = { ...attributes, 'cognito:user_status': 'EXTERNAL_PROVIDER' };
    await handler({ ...event, request: { ...event.request, userAttributes } });
    expect(calls).toHaveLength(1);
  });

  test('get them after a second attempt, or by the queue', async () => {
    const retried = world([new Error('later')]);
    await retried.handler(event);
    expect(retried.queued).toEqual([]);
    expect(retried.calls).toHaveLength(2);
    const refused = world([new RefusedError(409, 'PT409')]);
    expect(await refused.handler(event)).toBe(event);
    expect(refused.queued).toEqual([
      { kind: 'transfer', sub: 's-1', addresses: ['ann@example.com'] },
    ]);
    expect(parseUserEvent(JSON.stringify(refused.queued[0]))).toEqual(refused.queued[0]);
  });
});

test('a new device sends a mail to a verified address, in the language of the person, and to no other', async () => {
  const mails: unknown[] = [];
  const handler = postAuthentication({
    enqueue: async () => undefined,
    recordSignIns: false,
    sendNewDevice: async (...mail) => void mails.push(mail),
    warn: () => undefined,
  });
  const signIn = (newDeviceUsed: boolean, more: Record<string, string>) => {
    const userAttributes = { ...golden.request.userAttributes, ...more };
    return handler({ ...golden, request: { userAttributes, newDeviceUsed } });
  };
  await signIn(true, { email_verified: 'true', locale: 'de' });
  await signIn(false, { email_verified: 'true' });
  await signIn(true, { email_verified: 'false' });
  expect(mails).toEqual([['ann@example.com', 'de']]);
  const { subject, html } = ownMail({ appName: 'Notes' }, { kind: 'NewDevice', locale: 'de' });
  expect(subject).toBe('Notes: Ein neues Gerät');
  expect(html).not.toContain('undefined');
});
