/** The tarballs that are published: what is in them, how large they are, and whether their types resolve. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { list } from 'tar';
import { describe, expect, inject, test } from 'vitest';
import { PACKAGES } from '../../cli/release/packages.ts';

const SIZES = path.join(import.meta.dirname, 'sizes.json');
const { dir, tarballs } = inject('packed');

const tarballOf = (folder: string): string => tarballs[folder] ?? '';
const stagingOf = (folder: string): string => path.join(dir, 'staging', folder);
const manifestOf = async (folder: string) =>
  JSON.parse(await readFile(path.join(stagingOf(folder), 'package.json'), 'utf8'));

async function filesOf(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  await list({ file: tarballOf(folder), onReadEntry: ({ path: name }) => void files.push(name) });
  return files;
}

describe.each(PACKAGES)('$folder', ({ folder }) => {
  test('has nothing for publint to find', async () => {
    const { messages } = await publint({ pkgDir: stagingOf(folder), strict: true });
    const pkg = await manifestOf(folder);
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('has types that resolve, as ES modules and with a bundler', async () => {
    const data = new Uint8Array(await readFile(tarballOf(folder)));
    const { problems } = (await checkPackage(createPackageFromTarballData(data))) as {
      readonly problems: readonly { readonly kind: string; readonly resolutionKind?: string }[];
    };
    // Modules only, so require() of old Node versions and its resolution are not for them.
    const real = problems.filter(
      ({ kind, resolutionKind }) =>
        kind !== 'CJSResolvesToESM' &&
        resolutionKind !== 'node10' &&
        resolutionKind !== 'node16-cjs',
    );
    expect(real).toEqual([]);
  });

  test('contains what is built, its README and its licence, and nothing else', async () => {
    // The constructs bring the code of the functions, and the command line SQL, scripts and certificates.
    const built =
      /^package\/((dist|types)\/.+\.(js|mjs|d\.ts|sql|psql|control|json|crt)|functions\/([\w-]+\/index\.mjs|routes\.json))$/;
    const others = (await filesOf(folder)).filter((name) => !built.test(name));
    expect([...others].sort()).toEqual([
      'package/LICENSE',
      'package/README.md',
      'package/package.json',
    ]);
  });

  test('has a README whose links lead to files of the package, or to addresses', async () => {
    const text = await readFile(path.join(stagingOf(folder), 'README.md'), 'utf8');
    const targets = [...text.matchAll(/\]\(<?([^)>\s]+)|^\[[^\]]+\]:\s*(\S+)/gm)].map(
      ([, inline, below]) => inline ?? below ?? '',
    );
    const files = new Set(await filesOf(folder));
    const dead = targets
      .filter((target) => !/^([a-z]+:|#)/.test(target))
      .filter((target) => !files.has(path.posix.join('package', target.replace(/#.*/, ''))));
    expect(dead).toEqual([]);
  });

  test('names no file, folder or package of this repository', async () => {
    for (const name of (await filesOf(folder)).filter((file) => !file.endsWith('.sql'))) {
      const text = await readFile(
        path.join(stagingOf(folder), name.replace('package/', '')),
        'utf8',
      );
      expect(text, name).not.toMatch(/"workspace:|"@cognito-supabase\/(contract|local)|\/work\//);
    }
    expect(await manifestOf(folder)).not.toHaveProperty('devDependencies');
  });

  test('imports its dependencies and peers, and Node, alone', async () => {
    const { dependencies = {}, peerDependencies = {} } = await manifestOf(folder);
    const allowed = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
    for (const name of (await filesOf(folder)).filter((file) => file.endsWith('.js'))) {
      const text = await readFile(
        path.join(stagingOf(folder), name.replace('package/', '')),
        'utf8',
      );
      for (const [, found = ''] of text.matchAll(/(?:from|import\()\s*"([^".][^"]*)"/g)) {
        // What functions load on Lambda, from its runtime. The local stack gives them other parts.
        const isOfLambda = folder === 'cli' && found.startsWith('@aws-sdk/');
        const isAllowed =
          isOfLambda || allowed.some((one) => found === one || found.startsWith(`${one}/`));
        expect(isAllowed || found.startsWith('node:'), `${name} imports ${found}`).toBe(true);
      }
    }
  });
});

test('sizes are those of the table, give or take a tenth', async () => {
  const table = JSON.parse(await readFile(SIZES, 'utf8')) as Record<string, number>;
  const sizes: Record<string, number> = {};
  for (const { folder } of PACKAGES) {
    const { exports, name, peerDependencies, dependencies } = await manifestOf(folder);
    for (const [entry, target] of Object.entries<{ readonly default?: string }>(exports)) {
      if (target.default === undefined) continue;
      const { outputFiles } = await build({
        entryPoints: [path.join(stagingOf(folder), target.default)],
        bundle: true,
        minify: true,
        format: 'esm',
        platform: 'neutral',
        external: ['node:*', ...Object.keys({ ...peerDependencies, ...dependencies })],
        write: false,
      });
      sizes[`${name}${entry.slice(1)}`] = gzipSync(outputFiles[0]?.contents ?? '').length;
    }
  }
  if (process.env.UPDATE_SIZES) {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(SIZES, `${JSON.stringify(sizes, undefined, 2)}\n`);
    return;
  }
  expect(Object.keys(sizes)).toEqual(Object.keys(table));
  for (const [name, size] of Object.entries(sizes)) {
    const noted = table[name] ?? 0;
    expect(Math.abs(size - noted), `${name}: ${size}`).toBeLessThanOrEqual(noted / 10);
  }
});

test('the client and the adapter of Amplify have at most 3 KB together, compressed', async () => {
  const table = JSON.parse(await readFile(SIZES, 'utf8')) as Record<string, number>;
  const total =
    (table['@cognito-supabase/client'] ?? Infinity) +
    (table['@cognito-supabase/client/amplify'] ?? 0);
  expect(total).toBeLessThanOrEqual(3 * 1024);
});
