/** `npm ci --omit=dev` installs the packages that `npm start` needs, and few others. */
import { readdir, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFile(path.join(ROOT, file), 'utf8');
const packages: Record<string, { dev?: boolean; name?: string }> = JSON.parse(
  await read('package-lock.json'),
).packages;

/** Folders that `npm start` and `npm run directory` run from. */
const RUN = ['local', 'web', 'functions', 'contract', 'cli'];
/** For scripts of people who work on the kit, and what only Lambda runs. */
const NOT_RUN =
  /^(web\/tests|cli\/trigger)\/|^functions\/(service\/secret-key|user-events\/queue)\.ts$/;

async function sources(): Promise<string[]> {
  const files = await Promise.all(
    RUN.map((folder) =>
      readdir(path.join(ROOT, folder), { recursive: true }).then((names) =>
        names.map((name) => path.join(folder, name)),
      ),
    ),
  );
  return files
    .flat()
    .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !file.includes('node_modules'))
    .filter((file) => !NOT_RUN.test(file));
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

test('every package that they import is installed without development dependencies', async () => {
  const missing = new Set<string>();
  for (const file of await sources()) {
    const text = await read(file);
    for (const [, specifier = ''] of text.matchAll(/^import (?!type).*?from '([^'.][^']*)'/gms)) {
      const name = packageOf(specifier);
      if (isBuiltin(specifier) || name.startsWith('@cognito-supabase/')) continue;
      const locked = packages[`node_modules/${name}`];
      if (!locked || locked.dev) missing.add(`${file}: ${name}`);
    }
  }
  expect([...missing]).toEqual([]);
});

test('what is large and not run is not among them', () => {
  const heavy =
    /^node_modules\/(@sentry\/(?!node$)|@opentelemetry\/sdk|@biomejs\/|@sparticuz\/|aws-cdk|cdk-nag|typescript$|vitest$|playwright)/;
  const installed = Object.entries(packages).filter(([at, { dev }]) => heavy.test(at) && !dev);
  expect(installed.map(([at]) => at)).toEqual([]);
  expect(packages['node_modules/@sentry/node']?.name, 'a stand-in of a few kilobytes').toBe(
    '@aws-sdk/types',
  );
});

test('npm does not warn about the engines of packages', async () => {
  expect(await read('.npmrc')).toMatch(/^loglevel=error$/m);
});
