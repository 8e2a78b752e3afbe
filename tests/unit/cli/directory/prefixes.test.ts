import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choosePrefixes, estimateRequests, filterOf } from '../../../../cli/directory/prefixes.ts';

const SIZES = [0, 1, 960, 961, 100_000, 999_999, 1_000_000, 40_000_000];

test.each(SIZES)('a pool of %i: every sub begins with exactly one prefix', (users) => {
  const prefixes = choosePrefixes(users);
  fc.assert(
    fc.property(fc.uuid(), (sub) => {
      expect(prefixes.filter((prefix) => sub.startsWith(prefix))).toHaveLength(1);
    }),
  );
});

test('small pools are read as one, larger ones in 16 parts, the largest in 256', () => {
  expect(SIZES.map((users) => choosePrefixes(users).length)).toEqual([
    1, 1, 1, 16, 16, 16, 256, 256,
  ]);
});

test('requests: full pages, and one that is not full for each part', () => {
  expect(estimateRequests(0, [''])).toBe(1);
  expect(estimateRequests(960, [''])).toBe(16);
  expect(estimateRequests(100_000, choosePrefixes(100_000))).toBe(1680);
});

test('the filter is in the form that ListUsers takes', () => {
  expect(filterOf('')).toBeUndefined();
  expect(filterOf('a3')).toBe('sub ^= "a3"');
});
