import { expect, test } from 'vitest';
import {
  bar,
  duration,
  makeProgress,
  describe as shown,
} from '../../../../cli/directory/progress.ts';

test('shows progress, rate and remaining time', () => {
  expect(shown({ pages: 400, total: 1680, users: 24_000, retries: 0, seconds: 20 })).toBe(
    '24,000 users · 400 of about 1,680 pages · 20.0/s · 1 min 04 s left',
  );
  expect(shown({ pages: 0, total: 10, users: 0, retries: 2, seconds: 0 })).toContain(
    '…/s · … left · 2 retries',
  );
  expect(shown({ pages: 32, total: 99, users: 0, retries: 0, seconds: 0.2 })).toContain(' · …/s');
});

test('a pool that grew past the estimate is not more than done', () => {
  expect(shown({ pages: 12, total: 10, users: 700, retries: 0, seconds: 1 })).toContain(
    '12 of about 12 pages · 12.0/s · 0 s left',
  );
  expect(bar(12, 10)).toBe(`[${'█'.repeat(24)}]`);
  expect(bar(0, 0)).toBe(`[${'░'.repeat(24)}]`);
});

test.each([
  [0.2, '1 s'],
  [59, '59 s'],
  [60, '1 min 00 s'],
  [119.5, '2 min 00 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

/** What is written, on a terminal or not. */
function written(isTTY: boolean): string {
  let text = '';
  const out = { isTTY, columns: 60, write: (chunk: string) => (text += chunk) };
  const progress = makeProgress(out as unknown as NodeJS.WriteStream);
  progress.start(10, 3);
  progress.page(60);
  progress.retry(new Error('no answer'));
  progress.phase('merging');
  progress.end();
  return text;
}

test('a terminal gets a bar, a log gets plain lines', () => {
  expect(written(true)).toContain('[██');
  const log = written(false);
  expect(log).not.toContain('\x1b');
  expect(log).not.toContain('\r');
  expect(log.split('\n')).toEqual([
    'going on after 3 pages',
    '  trying again: no answer',
    expect.stringContaining('60 users · 1 of about 10 pages'),
    'merging…',
    '',
  ]);
});
