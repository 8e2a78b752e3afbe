/** The figures of the functions: each function has a row, its size is still that of the row, and none is over budget. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bundle } from '../../../infra/lib/bundle.ts';
import { FUNCTION_ENTRIES } from '../../bench/function-entries.ts';

interface Figures {
  readonly entry: string;
  readonly bytes: number;
  readonly coldImportMs: number;
  readonly warmMs?: number;
}

const file = path.resolve(import.meta.dirname, '../../bench/results/functions.json');
const rows = JSON.parse(readFileSync(file, 'utf8')) as readonly Figures[];
const bundlesDir = mkdtempSync(path.join(tmpdir(), 'bundles-'));
afterAll(() => rmSync(bundlesDir, { recursive: true }));

test('each function has a row, and no other', () => {
  expect(rows.map(({ entry }) => entry)).toEqual(FUNCTION_ENTRIES);
});

test.each(rows)('$entry has the size of its row, give or take a tenth', ({ entry, bytes }) => {
  const { size } = statSync(path.join(bundle(entry, { bundlesDir }), 'index.mjs'));
  expect(Math.abs(size - bytes)).toBeLessThanOrEqual(bytes / 10);
});

test('the API was imported in at most 60 ms, and adds at most 1 ms to a request', () => {
  for (const { entry, coldImportMs, warmMs } of rows.filter((row) =>
    row.entry.startsWith('api/'),
  )) {
    expect(coldImportMs, entry).toBeLessThanOrEqual(60);
    // Without one, the route calls another service first.
    expect(warmMs ?? 0, entry).toBeLessThanOrEqual(1);
  }
});
