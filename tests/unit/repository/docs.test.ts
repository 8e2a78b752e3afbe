/** CDK commands of the documentation, checked for their required options. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');

async function commands(): Promise<string[]> {
  const names = (await readdir(path.join(ROOT, 'docs'))).map((name) => path.join('docs', name));
  const texts = await Promise.all(
    [...names, 'README.md', 'CONTRIBUTING.md']
      .filter((name) => name.endsWith('.md'))
      .map((name) => readFile(path.join(ROOT, name), 'utf8')),
  );
  return texts.flatMap((text) =>
    [...text.matchAll(/npx cdk [^\n`]+/g)].map(([command]) => command),
  );
}

test('every CDK command names its stage: the app is made of it, for bootstrap too', async () => {
  const all = await commands();
  expect(all.length).toBeGreaterThan(2);
  expect(all.filter((command) => !/-c stage=\S/.test(command))).toEqual([]);
});

test('outputs are read for every stage', async () => {
  const text = await readFile(path.join(ROOT, 'docs/go-to-production.md'), 'utf8');
  expect(text).not.toMatch(/out\(\).*cognito-supabase-dev/);
});
