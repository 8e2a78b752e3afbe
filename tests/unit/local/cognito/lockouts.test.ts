/** Failed passwords lock a user out, where the emulator was started so. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { addUser, PASSWORD, signIn, type TestPool, usePool } from './support.ts';

afterEach(() => vi.useRealTimers());

const laterBy = (ms: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
};

const attempt = (pool: TestPool, email: string, password: string): Promise<string> =>
  signIn(pool, email, password).then(
    () => 'in',
    (error: Error) => error.message,
  );

const WRONG = 'Incorrect username or password.';
const LOCKED = 'Password attempts exceeded';

describe('with lockout', () => {
  test('the sixth attempt is refused, and each further failure doubles the time', async () => {
    const pool = await usePool({ lockout: true });
    const email = await addUser(pool);
    for (let count = 0; count < 5; count += 1)
      expect(await attempt(pool, email, 'wrong')).toBe(WRONG);
    // Attempts during a lockout do not make it longer.
    for (let count = 0; count < 3; count += 1)
      expect(await attempt(pool, email, PASSWORD)).toBe(LOCKED);
    laterBy(1100);
    expect(await attempt(pool, email, 'wrong')).toBe(WRONG);
    laterBy(1100);
    expect(await attempt(pool, email, PASSWORD)).toBe(LOCKED);
    laterBy(1000);
    expect(await attempt(pool, email, PASSWORD)).toBe('in');
    expect(await attempt(pool, email, 'wrong')).toBe(WRONG);
    expect(await attempt(pool, email, PASSWORD)).toBe('in');
  });

  test('a name that nobody has is locked out too, and others are not', async () => {
    const pool = await usePool({ lockout: true });
    const email = await addUser(pool);
    for (let count = 0; count < 5; count += 1) await attempt(pool, 'nobody@example.com', 'wrong');
    expect(await attempt(pool, 'Nobody@example.com', 'wrong')).toBe(LOCKED);
    expect(await attempt(pool, email, PASSWORD)).toBe('in');
  });
});

test('without it, nobody is', async () => {
  const pool = await usePool();
  const email = await addUser(pool);
  for (let count = 0; count < 8; count += 1)
    expect(await attempt(pool, email, 'wrong')).toBe(WRONG);
  expect(await attempt(pool, email, PASSWORD)).toBe('in');
});
