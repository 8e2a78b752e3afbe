/** The lines of an env file that `connect` changes, and the ones that it leaves. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { envValues, withEnvValues } from '../../../../cli/connect/env-text.ts';

test.each([
  ['', 'A=1\n'],
  ['B=2', 'B=2\nA=1\n'],
  ['# ours\nA=0\nB=2\n', '# ours\nA=1\nB=2\n'],
  ['A=0\r\nB=2\r\n', 'A=1\r\nB=2\r\n'],
  ['export A=0\nB=2\n', 'A=1\nB=2\n'],
  ['  A = "0"\nB=2\n', 'A=1\nB=2\n'],
  ['A=0\nB=2\nA=3\n', 'A=1\nB=2\n'],
  ['# A=0\nAB=2\n', '# A=0\nAB=2\nA=1\n'],
  ['A="x\ny"\nB=2\n', 'A=1\nB=2\n'],
  ['B="x\nA=0\ny"\n', 'B="x\nA=0\ny"\nA=1\n'],
  ['A="x\nB=2\n', 'A=1\nB=2\n'],
])('%j', (text, after) => {
  expect(withEnvValues(text, [['A', '1']])).toBe(after);
  expect(envValues(after).get('A')).toBe('1');
});

test('a name is taken out with all its lines', () => {
  expect(withEnvValues('A=0\nB=2\nexport A=3\n', [['A', null]])).toBe('B=2\n');
  expect(withEnvValues('A=0\n', [['A', null]])).toBe('');
});

test('any value on one line is read as it was given', () => {
  const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n\0]/.test(text));
  fc.assert(
    fc.property(value, (text) => {
      fc.pre(!["'", '`', '\\'].every((one) => text.includes(one)));
      fc.pre(!["'", '"', '`'].every((quote) => text.includes(quote)));
      const file = withEnvValues('B=2\n', [['A', text]]);
      expect(envValues(file).get('A')).toBe(text);
      expect(withEnvValues(file, [['A', null]])).toBe('B=2\n');
    }),
    { examples: [["it's \\n"], ['a`b\'c "'.replace('"', '')], ['\\n'], ['#'], [' x ']] },
  );
});
