/** The pre-authentication trigger: whom it refuses, what it keeps, and what happens without the database. */
import type { PreAuthenticationTriggerEvent } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import { answerCache } from '../../../../functions/pre-authentication/answer-cache.ts';
import { preAuthentication } from '../../../../functions/pre-authentication/core.ts';
import { serviceRpc } from '../../../../functions/service/data-api.ts';
import { type Answer, fakeSupabase, reset, silence, status } from '../service/supabase.ts';

/** As in Cognito's guide, with the values of this pool. */
const golden: PreAuthenticationTriggerEvent = {
  version: '1',
  triggerSource: 'PreAuthentication_Authentication',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_a1B2c3D4e',
  userName: 'ann',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'web' },
  request: {
    userAttributes: { sub: 's-1', email: 'ann@example.com', phone_number: '+491' },
    validationData: {},
    userNotFound: false,
  },
  response: {},
};

const says =
  (value: unknown): Answer =>
  (_, response) =>
    void response.writeHead(200).end(JSON.stringify(value));

async function world(whenDown: 'allow' | 'refuse', ...answers: Answer[]) {
  const { url, calls } = await fakeSupabase(...answers);
  const lines: string[] = [];
  const rpc = serviceRpc({ url, readKey: async () => 'key', timeout: 100 });
  const warn = (line: string) => void lines.push(line);
  return { handler: preAuthentication({ rpc, whenDown, keepFor: 50, warn }), calls, lines };
}

test('who is not blocked comes back unchanged', async () => {
  const { handler, calls } = await world('refuse', says(null));
  const before = structuredClone(golden);
  expect(await handler(golden)).toBe(golden);
  expect(golden).toEqual(before);
  expect(calls[0]).toMatchObject({
    name: 'sign_in_problem',
    args: { sub: 's-1', addresses: ['ann@example.com', '+491'] },
  });
});

test.each(['disabled', 'blocked', 'a reason of later versions'])(
  '%s is refused',
  async (problem) => {
    const { handler } = await world('allow', says(problem));
    const error = await handler(golden).catch((one: unknown) => one);
    expect(String(error)).toBe('Error: You cannot sign in. Ask the people who run this service.');
  },
);

test('an answer counts for its time, for one person and their addresses', async () => {
  const { handler, calls } = await world('refuse', says(null));
  await handler(golden);
  await handler(golden);
  expect(calls).toHaveLength(1);
  const userAttributes = { sub: 's-1', email: 'other@example.com' };
  await handler({ ...golden, request: { ...golden.request, userAttributes } });
  expect(calls).toHaveLength(2);
  await vi.waitFor(async () => {
    await handler(golden);
    expect(calls).toHaveLength(3);
  });
});

describe.each<[string, Answer]>([
  ['500', status(500)],
  ['403', status(403)],
  ['a reset', reset],
  ['silence', silence],
])('a database that answers with %s', (_, answer) => {
  test('refuses or allows, as the settings say, and is asked again', async () => {
    const strict = await world('refuse', answer);
    await expect(strict.handler(golden)).rejects.toThrow('does not work at the moment');
    const open = await world('allow', answer);
    expect(await open.handler(golden)).toBe(golden);
    await open.handler(golden);
    expect(open.calls).toHaveLength(2);
    expect(open.lines.join()).not.toMatch(/ann@|s-1/);
  });
});

test('an unknown person is left to Cognito', async () => {
  const { handler, calls } = await world('refuse', says('blocked'));
  const request = { ...golden.request, userNotFound: true, userAttributes: {} };
  const event = { ...golden, request };
  expect(await handler(event)).toBe(event);
  expect(calls).toEqual([]);
});

test('the cache has an end', () => {
  const cache = answerCache(10_000);
  for (let n = 0; n <= 10_000; n += 1) cache.set(`${n}`, n % 2 === 0);
  expect(cache.get('0')).toBeUndefined();
  expect(cache.get('1')).toBe(false);
  expect(cache.get('__proto__')).toBeUndefined();
});
