import { afterEach, describe, expect, test, vi } from 'vitest';
import { makeBudget } from '../../../../cli/directory/budget.ts';
import {
  BrokenPage,
  backoff,
  DEFAULT_RETRY,
  isTransient,
  retrying,
} from '../../../../cli/directory/retry.ts';

const fail = (name: string, more: object = {}): Error =>
  Object.assign(new Error(name), { name }, more);
const throttled = () => fail('TooManyRequestsException', { $metadata: { httpStatusCode: 400 } });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('backoff', () => {
  test('its bound doubles, up to a cap', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const waits = [1, 2, 3, 4, 20].map((failures) => backoff(failures, DEFAULT_RETRY));
    expect(waits).toEqual([200, 400, 800, 1600, 20_000]);
  });

  test('is anything from nothing to the bound', () => {
    const waits = Array.from({ length: 1000 }, () => backoff(3, DEFAULT_RETRY));
    expect(Math.min(...waits)).toBeLessThan(80);
    expect(Math.max(...waits)).toBeGreaterThan(720);
    expect(Math.max(...waits)).toBeLessThan(800);
  });
});

test.each([
  [throttled(), true],
  [fail('InternalErrorException', { $metadata: { httpStatusCode: 500 } }), true],
  [fail('ServiceUnavailable', { $metadata: { httpStatusCode: 503 } }), true],
  [fail('Error', { code: 'ECONNREFUSED' }), true],
  [fail('TimeoutError'), true],
  [fail('SyntaxError', { $metadata: { httpStatusCode: 200 } }), true],
  [new BrokenPage('half a page'), true],
  [fail('NotAuthorizedException', { $metadata: { httpStatusCode: 400 } }), false],
  [fail('ResourceNotFoundException', { $metadata: { httpStatusCode: 400 } }), false],
  [fail('CredentialsProviderError'), false],
  [new TypeError('a mistake of ours'), false],
])('%s is worth another try: %s', (error, worth) => {
  expect(isTransient(error)).toBe(worth);
});

describe('retrying', () => {
  const context = (take = async () => {}) => ({
    budget: { ...makeBudget(1000), take },
    options: { attempts: 4, baseMs: 1, capMs: 2 },
    signal: new AbortController().signal,
    onRetry: vi.fn(),
  });

  test('every try takes from the budget', async () => {
    const take = vi.fn(async () => {});
    const send = vi
      .fn()
      .mockRejectedValueOnce(throttled())
      .mockRejectedValueOnce(throttled())
      .mockResolvedValue('a page');
    await expect(retrying(context(take), send)).resolves.toBe('a page');
    expect(take).toHaveBeenCalledTimes(3);
  });

  test('ends after the tries it has, with the last error', async () => {
    const send = vi.fn().mockImplementation(() => Promise.reject(throttled()));
    await expect(retrying(context(), send)).rejects.toThrow('TooManyRequestsException');
    expect(send).toHaveBeenCalledTimes(4);
  });

  test('a refusal is not tried again', async () => {
    const send = vi.fn().mockRejectedValue(fail('NotAuthorizedException'));
    await expect(retrying(context(), send)).rejects.toThrow('NotAuthorizedException');
    expect(send).toHaveBeenCalledTimes(1);
  });

  test('the wait ends when it is stopped', async () => {
    const controller = new AbortController();
    const slow = {
      ...context(),
      options: { attempts: 9, baseMs: 1e6, capMs: 1e6 },
      signal: controller.signal,
    };
    const waiting = expect(retrying(slow, () => Promise.reject(throttled()))).rejects.toThrow(
      'enough',
    );
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await waiting;
  });
});
