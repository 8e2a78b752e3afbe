import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeBudget } from '../../../../cli/directory/budget.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Asks `count` times at once and counts the allowed requests. */
function ask(budget: ReturnType<typeof makeBudget>, count: number) {
  const sent: number[] = [];
  const began = performance.now();
  for (let at = 0; at < count; at += 1) {
    budget.take().then(
      () => sent.push(performance.now() - began),
      () => {},
    );
  }
  return sent;
}

test('workers together get the rate, however many they are', async () => {
  const sent = ask(makeBudget(20), 500);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent.length).toBeGreaterThanOrEqual(200);
  expect(sent.length).toBeLessThanOrEqual(202);
});

test('in no second are there more than the rate and one', async () => {
  const sent = ask(makeBudget(20), 100);
  await vi.advanceTimersByTimeAsync(10_000);
  for (const from of sent) {
    const within = sent.filter((at) => at >= from && at < from + 1000 - 1e-6);
    expect(within.length).toBeLessThanOrEqual(21);
  }
});

test('a pause earns no burst', async () => {
  const budget = makeBudget(10);
  await budget.take();
  await vi.advanceTimersByTimeAsync(60_000);
  const sent = ask(budget, 10);
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toHaveLength(2);
});

test('timers that fire late do not lower the rate', async () => {
  const budget = makeBudget(20);
  let sent = 0;
  // Each asks again 40 ms after it was allowed, which is less than a slot and not in step with it.
  void (async () => {
    for (;;) {
      await budget.take();
      sent += 1;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  })();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent).toBeGreaterThanOrEqual(199);
  expect(sent).toBeLessThanOrEqual(202);
});

test('after the end it refuses all callers, also waiting ones', async () => {
  const budget = makeBudget(1);
  await budget.take();
  await budget.take();
  const waits = expect(budget.take()).rejects.toThrow('enough');
  budget.end(new Error('enough'));
  await waits;
  await expect(budget.take()).rejects.toThrow('enough');
  expect(vi.getTimerCount()).toBe(0);
});
