/** Calls for the service: what is sent, what is tried again, and what no error tells. */
import { describe, expect, test } from 'vitest';
import {
  isMissingFunction,
  RefusedError,
  serviceRpc,
} from '../../../../functions/service/data-api.ts';
import { retry } from '../../../../functions/service/retry.ts';
import { applyUserEvent, parseUserEvent } from '../../../../functions/user-events/event.ts';
import { type Answer, fakeSupabase, ok, reset, silence, status } from './supabase.ts';

const KEY = 'sb_secret_of_this_test';
const rpcTo = async (...answers: Answer[]) => {
  const { url, calls } = await fakeSupabase(...answers);
  return { rpc: serviceRpc({ url, readKey: async () => KEY, timeout: 200 }), calls, url };
};

describe('a call', () => {
  test('has the key, and a legacy key as a token, too', async () => {
    const { rpc, calls, url } = await rpcTo(ok);
    await rpc('f', { a: 1 });
    expect(calls[0]).toMatchObject({ name: 'f', args: { a: 1 }, headers: { apikey: KEY } });
    expect(calls[0]?.headers).not.toHaveProperty('authorization');
    const legacy = 'eyJhbGciOi.eyJyb2xlIjoi.x';
    await serviceRpc({ url, readKey: async () => legacy })('f', {});
    expect(calls[1]?.headers).toMatchObject({ apikey: legacy, authorization: `Bearer ${legacy}` });
  });

  test.each([
    [400, { code: '22P02' }],
    [401, {}],
    [403, { code: '42501', message: 'secret text' }],
    [404, { code: 'PGRST202' }],
  ])('answered with %i is refused for good', async (code, body) => {
    const { rpc } = await rpcTo(status(code, body));
    const error = await rpc('f', { email: 'ann@example.com' }).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(RefusedError);
    expect(isMissingFunction(error)).toBe(code === 404);
    expect(String(error)).not.toMatch(/secret text|ann@|sb_secret/);
  });

  test.each<[string, Answer]>([
    ['500', status(500)],
    ['503', status(503)],
    ['429', status(429)],
    ['408', status(408)],
    ['a reset', reset],
    ['silence', silence],
    ['a redirect', (_, response) => void response.writeHead(302, { location: '/x' }).end()],
  ])('answered with %s may work later', async (_, answer) => {
    const { rpc, calls } = await rpcTo(answer, ok);
    const error = await rpc('f', { email: 'ann@example.com' }).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(RefusedError);
    expect(String(error)).not.toMatch(/ann@|sb_secret/);
    await rpc('f', {});
    expect(calls).toHaveLength(2);
  });
});

describe('retry', () => {
  test('goes on until it works, within its time', async () => {
    let attempts = 0;
    const work = async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('later');
    };
    await retry(work, { within: 1000, first: 1 });
    expect(attempts).toBe(3);
    const never = retry(() => Promise.reject(new Error('never')), { within: 20, first: 5 });
    await expect(never).rejects.toThrow('never');
  });

  test('ends at once with what is refused for good', async () => {
    let attempts = 0;
    const work = async () => {
      attempts += 1;
      throw new RefusedError(403, '42501');
    };
    await expect(retry(work, { within: 1000, first: 1 })).rejects.toBeInstanceOf(RefusedError);
    expect(attempts).toBe(1);
  });
});

describe('an event of a user', () => {
  const event = {
    kind: 'confirmed',
    sub: 's',
    username: 'u',
    attributes: { email: 'Ann@example.com', email_verified: 'true' },
    occurredAt: '2026-11-28T12:00:00.000Z',
  } as const;

  test('makes the profile and tells the directory', async () => {
    const { rpc, calls } = await rpcTo(ok);
    await applyUserEvent(rpc, event);
    expect(calls.map(({ name, args }) => [name, args])).toEqual([
      ['provision_profile', { sub: 's', email: 'Ann@example.com' }],
      [
        'record_cognito_event',
        {
          sub: 's',
          kind: 'confirmed',
          username: 'u',
          attributes: event.attributes,
          occurred_at: event.occurredAt,
        },
      ],
    ]);
  });

  test('gives the profile no address that is not verified', async () => {
    const { rpc, calls } = await rpcTo(ok);
    const attributes = { email: 'ann@example.com', email_verified: 'false' };
    await applyUserEvent(rpc, { ...event, attributes });
    expect(calls[0]?.args).toEqual({ sub: 's' });
  });

  test('does without a module that is not installed, and with no other refusal', async () => {
    const missing = await rpcTo(status(404, { code: 'PGRST202' }), ok);
    await applyUserEvent(missing.rpc, event);
    expect(missing.calls).toHaveLength(2);
    const refused = await rpcTo(status(404, { code: 'PT404' }));
    await expect(applyUserEvent(refused.rpc, event)).rejects.toBeInstanceOf(RefusedError);
  });

  test('of the queue finishes an operation, or moves rows', async () => {
    const { rpc, calls } = await rpcTo(ok);
    const { occurredAt } = event;
    const id = '00000000-0000-4000-8000-000000000001';
    await applyUserEvent(rpc, {
      kind: 'operation',
      sub: 's',
      id,
      occurredAt,
      facts: { groups: [] },
    });
    await applyUserEvent(rpc, { kind: 'transfer', sub: 's', addresses: ['a@example.com'] });
    expect(calls.map(({ name, args }) => [name, args])).toEqual([
      ['finish_admin_operation', { id, sub: 's', occurred_at: occurredAt, facts: { groups: [] } }],
      ['claim_transfer', { sub: 's', addresses: ['a@example.com'] }],
    ]);
  });

  test.each([
    '{"kind": "transfer", "sub": "s", "addresses": [1]}',
    '{"kind": "operation", "sub": "s", "id": "x", "occurredAt": "now"}',
    '{"kind": "signed_in", "sub": "s", "username": "u", "occurredAt": "now"}',
    '{"kind": "__proto__", "sub": "s"}',
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"kind": "deleted"}',
    '{"kind": "confirmed", "sub": 7}',
  ])('is not %j', (text) => {
    expect(() => parseUserEvent(text)).toThrow();
  });

  test('is read as it was written', () => {
    expect(parseUserEvent(JSON.stringify(event))).toEqual(event);
  });
});
