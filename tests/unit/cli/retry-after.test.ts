import { expect, test } from 'vitest';
import { retryAfter } from '../../../cli/hosted/retry-after.ts';

const NOW = Date.parse('2026-01-01');

test.each([
  ['seconds', '7', 7000],
  ['no wait', '0', 0],
  ['a long wait', '86400', 86_400_000],
  ['a date', new Date(NOW + 9000).toUTCString(), 9000],
  ['a date that has passed', new Date(NOW - 5000).toUTCString(), 0],
  ['a word', 'soon', undefined],
  ['no text', ' ', undefined],
  ['a number that is none of seconds', '-5', undefined],
])('%s', (_, value, ms) => {
  expect(retryAfter(new Headers({ 'retry-after': value }), NOW)).toBe(ms);
});

test('no header', () => {
  expect(retryAfter(new Headers(), NOW)).toBeUndefined();
});
