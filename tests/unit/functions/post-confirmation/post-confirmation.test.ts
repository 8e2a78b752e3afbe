/** The post-confirmation trigger and its queue, with a Supabase that fails in every way. */
import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import { postConfirmation } from '../../../../functions/post-confirmation/core.ts';
import { serviceRpc } from '../../../../functions/service/data-api.ts';
import type { UserEvent } from '../../../../functions/user-events/event.ts';
import { queueWorker } from '../../../../functions/user-events/queue.ts';
import { makeEventQueue } from '../../../../local/triggers/event-queue.ts';
import { type Answer, fakeSupabase, ok, reset, silence, status } from '../service/supabase.ts';

/** As in Cognito's guide, with the values of this pool. */
const golden: PostConfirmationTriggerEvent = {
  version: '1',
  triggerSource: 'PostConfirmation_ConfirmSignUp',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_a1B2c3D4e',
  userName: '7c1b0d5e-2f3a-4b5c-8d9e-0f1a2b3c4d5e',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'web' },
  request: {
    userAttributes: {
      sub: '7c1b0d5e-2f3a-4b5c-8d9e-0f1a2b3c4d5e',
      'cognito:user_status': 'CONFIRMED',
      email: 'ann@example.com',
      email_verified: 'true',
    },
  },
  response: {},
};

async function triggerWith(...answers: Answer[]) {
  const { url, calls } = await fakeSupabase(...answers);
  const rpc = serviceRpc({ url, readKey: async () => 'sb_secret_x', timeout: 300 });
  const queued: UserEvent[] = [];
  const lines: string[] = [];
  const parts = {
    rpc,
    enqueue: async (event: UserEvent) => void queued.push(event),
    warn: (line: string) => void lines.push(line),
  };
  return { parts, rpc, handler: postConfirmation(parts), calls, queued, lines };
}

describe('a confirmed account', () => {
  test('has its profile, and the event comes back unchanged', async () => {
    const { handler, calls, queued } = await triggerWith(ok);
    const before = structuredClone(golden);
    expect(await handler(golden)).toBe(golden);
    expect(golden).toEqual(before);
    expect(calls.map(({ name }) => name)).toEqual(['provision_profile', 'record_cognito_event']);
    expect(queued).toEqual([]);
  });

  test('again changes nothing more than it did the first time', async () => {
    const { handler, calls } = await triggerWith(ok);
    await handler(golden);
    await handler(golden);
    expect(calls[0]?.args).toEqual(calls[2]?.args);
  });

  test('waits for a Supabase that fails for a moment', async () => {
    const { handler, queued, calls } = await triggerWith(status(500), reset, ok);
    await handler(golden);
    expect(queued).toEqual([]);
    expect(calls.length).toBeGreaterThanOrEqual(4);
  });
});

test('a password that was reset is no new account', async () => {
  const { handler, calls } = await triggerWith(ok);
  const event = {
    ...golden,
    triggerSource: 'PostConfirmation_ConfirmForgotPassword',
  } as PostConfirmationTriggerEvent;
  expect(await handler(event)).toBe(event);
  expect(calls).toEqual([]);
});

describe('never an error for the person', () => {
  test.each<[string, Answer]>([
    ['500', status(500)],
    ['a reset', reset],
    ['silence', silence],
    ['a refusal', status(401)],
  ])('with %s, the queue gets the event', async (_, answer) => {
    const { handler, queued, lines } = await triggerWith(answer);
    expect(await handler(golden)).toBe(golden);
    expect(queued).toMatchObject([{ kind: 'confirmed', sub: golden.userName }]);
    expect(lines.join()).toMatch(/^post-confirmation: left to the queue/);
    expect(lines.join()).not.toMatch(/ann@|sb_secret/);
  });

  test('even if the queue fails, or the event is nonsense', async () => {
    const { parts, lines } = await triggerWith(status(401));
    const failing = postConfirmation({
      ...parts,
      enqueue: () => Promise.reject(new Error('ann@example.com')),
    });
    expect(await failing(golden)).toBe(golden);
    for (const event of [{}, { triggerSource: golden.triggerSource }, { ...golden, request: {} }])
      expect(await failing(event as PostConfirmationTriggerEvent)).toBe(event);
    expect(lines.join()).not.toContain('ann@');
  });
});

describe('the worker of the queue', () => {
  const message = (messageId: string, body: unknown) => ({ messageId, body: JSON.stringify(body) });
  const event: UserEvent = {
    kind: 'confirmed',
    sub: 's',
    username: 'u',
    attributes: {},
    occurredAt: '2026-11-28T12:00:00.000Z',
  };

  test('names the messages that failed, and applies the others', async () => {
    const { rpc, calls, lines, parts } = await triggerWith(status(500), ok);
    const worker = queueWorker(rpc, parts.warn);
    const Records = [message('1', event), message('2', event), message('3', { kind: 'x' })];
    expect(await worker({ Records } as never)).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '3' }],
    });
    expect(calls).toHaveLength(3);
    expect(lines).toEqual(['queue: Error', 'queue: TypeError']);
  });
});

describe('the queue of the local stack', () => {
  const event: UserEvent = {
    kind: 'confirmed',
    sub: 's',
    username: 'u',
    attributes: {},
    occurredAt: '2026-11-28T12:00:00.000Z',
  };

  test('goes on until the database takes it', async () => {
    const { rpc, calls, lines, parts } = await triggerWith(status(500), status(503), ok);
    const queue = makeEventQueue(rpc, parts.warn, 5);
    await queue.enqueue(event);
    await vi.waitFor(() => expect(calls).toHaveLength(4), { timeout: 5000 });
    expect(lines).toEqual([]);
    queue.close();
  });

  test('says so after ten attempts, and ends with the stack', async () => {
    const { rpc, calls, lines, parts } = await triggerWith(status(500));
    const queue = makeEventQueue(rpc, parts.warn, 1);
    await queue.enqueue(event);
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 });
    expect(calls).toHaveLength(10);
    expect(lines[0]).toContain('a confirmed account has no profile');
    const other = makeEventQueue(rpc, parts.warn, 50);
    await other.enqueue(event);
    other.close();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(calls).toHaveLength(10);
  });
});
