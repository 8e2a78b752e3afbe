/** Many apps in one process, as in these tests, or in a comparison of stages. */
import { expect, it } from 'vitest';
import { check, FULL } from './support.ts';

it('a synth frees the memory of its checks', { timeout: 180_000 }, () => {
  check(FULL);
  const { external } = process.memoryUsage();
  for (let times = 0; times < 3; times += 1) check(FULL);
  // One engine of the validator takes 130 MB of WebAssembly memory, which is never freed.
  expect((process.memoryUsage().external - external) / 2 ** 20).toBeLessThan(60);
});
