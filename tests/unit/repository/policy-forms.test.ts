/**
 * No policy, recipe or document applies an operator outside of the subselect that reads the token:
 * Postgres 17.12 reads the whole table for it (docs/performance.md).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const OUTSIDE = /(?:using|check|=|and|or)\s*\(\(select auth\.jwt\(\)\)\s*->>/i;
/** Files that show the form as a warning, or measure it. */
const SHOWN = new Set([
  'docs/performance.md',
  'tests/bench/forms.sql',
  'tests/bench/scenarios.ts',
  'tests/db/plans.test.ts',
  'tests/unit/repository/policy-forms.test.ts',
]);

test('the form is found where it is', () => {
  expect("using (owner_sub = ((select auth.jwt()) ->> 'sub'))").toMatch(OUTSIDE);
  expect("using (owner_sub = (select (select auth.jwt()) ->> 'sub'))").not.toMatch(OUTSIDE);
});

test('no migration, document or other file has it', () => {
  const files = execFileSync('git', ['ls-files', '*.sql', '*.md', '*.ts', '*.tsx', '*.toml'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  expect(files.length).toBeGreaterThan(100);
  const found = files.filter(
    (file) => !SHOWN.has(file) && OUTSIDE.test(readFileSync(path.join(ROOT, file), 'utf8')),
  );
  expect(found).toEqual([]);
});
