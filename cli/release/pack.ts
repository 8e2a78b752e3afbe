/**
 * `npm run pack`: builds the packages that are published, and packs them as npm would publish them.
 *
 * In this repository a package's `exports` name its sources, so that nothing has to be built to work on it. What is
 * published has built files and declarations, and a package.json that names those.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsdown';
import { PACKAGES, type PublishedPackage } from './packages.ts';
import { transpile } from './transpile.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly devDependencies?: object;
  readonly [key: string]: unknown;
}

/** A pattern is for the other folders of this repository. */
const publishedExports = ({ exports }: Manifest) =>
  Object.entries(exports).filter(([name]) => !name.includes('*'));

/** `./src/adapters/oidc.ts` → `adapters/oidc`. */
const builtName = (source: string): string =>
  source.replace(/^\.\/((src|public|lib)\/)?|\.ts$/g, '');

/** `./main.ts` → `./dist/cli/main.js`. */
const transpiledName = (source: string): string => `./dist/cli/${builtName(source)}.js`;

/** The manifest with what is built. Dependencies for development are not for others. */
function publishedManifest(
  { devDependencies: _, ...manifest }: Manifest,
  isCommandLine: boolean,
): object {
  const exports = publishedExports(manifest).map(([name, source]) => {
    const file = `./${isCommandLine ? 'types' : 'dist'}/${builtName(source)}`;
    const code = isCommandLine ? transpiledName(source) : `${file}.js`;
    return [name, { types: `${file}.d.ts`, default: code }];
  });
  const bin = Object.entries(manifest.bin ?? {}).map(([name, source]) => [
    name,
    transpiledName(source),
  ]);
  return {
    ...manifest,
    ...(isCommandLine && { bin: Object.fromEntries(bin), files: [...manifest.files, 'types'] }),
    exports: { ...Object.fromEntries(exports), './package.json': './package.json' },
  };
}

async function buildInto(
  staging: string,
  folder: string,
  manifest: Manifest,
  isCommandLine: boolean,
): Promise<void> {
  const entry = Object.fromEntries(
    publishedExports(manifest).map(([, source]) => [builtName(source), path.join(folder, source)]),
  );
  await build({
    cwd: folder,
    config: false,
    entry,
    outDir: path.join(staging, isCommandLine ? 'types' : 'dist'),
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    dts: isCommandLine ? { emitDtsOnly: true } : true,
    // Otherwise the paths of sources are in comments.
    inputOptions: { experimental: { attachDebugInfo: 'none' } },
    fixedExtension: false,
    logLevel: 'error',
    tsconfig: path.join(folder, 'tsconfig.json'),
  });
}

/** @returns the tarball */
export async function pack(
  { folder, addTo, isCommandLine = false }: PublishedPackage,
  outDir: string,
): Promise<string> {
  const source = path.join(ROOT, folder);
  const manifest = JSON.parse(
    await readFile(path.join(source, 'package.json'), 'utf8'),
  ) as Manifest;
  const staging = path.join(outDir, 'staging', folder);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  await buildInto(staging, source, manifest, isCommandLine);
  if (isCommandLine) await transpile(ROOT, path.join(staging, 'dist'));
  await writeFile(
    path.join(staging, 'package.json'),
    `${JSON.stringify(publishedManifest(manifest, isCommandLine), undefined, 2)}\n`,
  );
  await addTo?.(staging);
  await cp(path.join(source, 'README.md'), path.join(staging, 'README.md'));
  await cp(path.join(ROOT, 'LICENSE'), path.join(staging, 'LICENSE'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', outDir], {
    cwd: staging,
  });
  const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  if (packed === undefined) throw new Error(`npm packed nothing of ${folder}`);
  return path.join(outDir, packed.filename);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outDir = path.join(ROOT, 'dist');
  await mkdir(outDir, { recursive: true });
  for (const one of PACKAGES) console.log(path.relative(ROOT, await pack(one, outDir)));
}
