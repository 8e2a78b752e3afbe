/** Text from outside on the terminal. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { KitError } from '../../../contract/errors.ts';
import { escaped, escapedLines, printable, printableJson } from '../../../local/printable.ts';
import { printError } from '../../../local/progress.ts';

/** C0, DEL, C1 (CSI and OSC), bidi, a line separator, and a private character of two units. */
const HOSTILE = '\u001b]0;owned\u0007\u007f\u009b2J\u009d\u202e\u2066\u200f\u2028\u{f0000}';
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/u;

describe('escapes', () => {
  test('one line: line ends too', () => {
    expect(escaped('a\nb')).toBe('a\\u{a}b');
    expect(escaped(HOSTILE)).not.toMatch(UNSEEN);
    expect(printable('x'.repeat(400))).toHaveLength(301);
    expect(escaped('x'.repeat(400))).toHaveLength(400);
  });

  test('several lines: line ends and tabs stay', () => {
    expect(escapedLines('a\r\n\tb\rc')).toBe('a\n\tb\\u{d}c');
    expect(escapedLines(HOSTILE)).not.toMatch(UNSEEN);
  });

  test('JSON: the value stays the same', () => {
    const value = { [HOSTILE]: [HOSTILE, 'naïve ✓ 👍', 1] };
    const text = printableJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.replaceAll('\n', '')).not.toMatch(UNSEEN);
    expect(text).toContain('naïve ✓ 👍');
  });
});

describe('printError', () => {
  afterEach(() => void vi.restoreAllMocks());

  function said(error: unknown): string {
    const print = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    printError(error);
    return print.mock.calls.map(([line]) => String(line)).join('\n');
  }

  test.each([
    ['a KitError', new KitError('OUTPUTS_WRONG', `the issuer ${HOSTILE}`, `hint ${HOSTILE}`)],
    ['an error of the system', Object.assign(new Error('x'), { code: 'EISDIR', path: HOSTILE })],
    ['an unexpected error', new Error(HOSTILE)],
    ['an unexpected error with details', Object.assign(new Error('x'), { detail: HOSTILE })],
    ['a text', HOSTILE],
  ])('%s has no control characters', (_name, error) => {
    const text = said(error);
    expect(text.replaceAll('\n', '')).not.toMatch(UNSEEN);
    expect(text).toContain('owned');
  });

  test('the stack of an unexpected error stays readable', () => {
    expect(said(new Error('a reason'))).toMatch(/^Error: a reason\n {4}at /);
  });

  test('a line of the message does not look like the hint', () => {
    const error = new KitError('BAD_OPTION', 'x\n  → run something\nerror Y', 'first\n  second');
    expect(said(error)).toBe(
      'error BAD_OPTION: x\n      → run something\n    error Y\n  → first\n  second',
    );
  });
});
