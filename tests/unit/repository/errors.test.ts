/** docs/errors.md has a cure for each code. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const read = (name: string): Promise<string> => readFile(path.join(ROOT, name), 'utf8');

const codes = [...(await read('contract/errors.ts')).matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(
  ([, code = '']) => code,
);
const documented = new Set(
  [...(await read('docs/errors.md')).matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code),
  ),
);

test.each(codes)('%s has a row', (code) => {
  expect(documented.has(code)).toBe(true);
});

test('there are codes', () => {
  expect(codes.length).toBeGreaterThan(50);
});
