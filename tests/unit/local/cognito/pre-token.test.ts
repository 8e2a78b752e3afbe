/** The trigger that does not come back. */
import { afterEach, expect, test, vi } from 'vitest';
import type { PreTokenEvent } from '../../../../local/cognito/server.ts';
import { askTrigger } from '../../../../local/cognito/triggers/pre-token.ts';

afterEach(() => void vi.useRealTimers());

test('a trigger that takes longer than 5 seconds refuses the sign-in', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const outcome = askTrigger(() => new Promise(() => undefined), {} as PreTokenEvent).catch(
    (error: unknown) => error,
  );
  await vi.advanceTimersByTimeAsync(4999);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await outcome).toMatchObject({ code: 'UnexpectedLambdaException' });
});

test('a trigger that answers leaves no timer behind', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await askTrigger((event) => event, { response: {} } as PreTokenEvent);
  expect(vi.getTimerCount()).toBe(0);
});

test('changes of the event by the handler stay in that event', async () => {
  const event = { request: { scopes: ['a'] }, response: {} } as unknown as PreTokenEvent;
  await askTrigger((copy: PreTokenEvent) => {
    copy.request.scopes.push('b');
    return copy;
  }, event);
  expect(event.request.scopes).toEqual(['a']);
});
