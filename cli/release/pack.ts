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
import { build } from 'esbuild';
import { publishDeclarations } from './declarations.ts';
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
  readonly dependencies?: object;
  readonly peerDependencies?: object;
  readonly devDependencies?: object;
  readonly [key: string]: unknown;
}

/** A pattern is for the other folders of this repository. */
const publishedExports = ({ exports }: Manifest) =>
  Object.entries(exports).filter(([name]) => !name.includes('*'));

/** `./src/adapters/oidc.ts` → `adapters/oidc`. */
const builtName = (source: string): string =>
  source.replace(/^\.\/((src|public|lib)\/)?|\.ts$/g, '');

/** A file of JavaScript is published as it is. */
const builtFile = (source: string): string =>
  source.endsWith('.mjs') ? builtName(source) : `${builtName(source)}.js`;

/** The published code of a source. The command line is published file by file, the others as bundles. */
const codeOf = ({ isCommandLine = false }: PublishedPackage, source: string): string =>
  `./dist/${isCommandLine ? 'cli/' : ''}${builtFile(source)}`;

/** The manifest with what is built. Dependencies for development are not for others. */
function publishedManifest(one: PublishedPackage, manifest: Manifest): object {
  const { devDependencies: _, bin = {}, ...rest } = manifest;
  const exports = publishedExports(manifest).map(([name, source]) => {
    const types = `./types/${path.posix.join(one.folder, source).replace(/\.ts$/, '.d.ts')}`;
    return [name, { types, default: codeOf(one, source) }];
  });
  const commands = Object.entries(bin).map(([name, source]) => [name, codeOf(one, source)]);
  return {
    ...rest,
    ...(commands.length > 0 && { bin: Object.fromEntries(commands) }),
    files: [...manifest.files, 'types'],
    exports: { ...Object.fromEntries(exports), './package.json': './package.json' },
  };
}

/** Bundles what is imported by name in this repository. What entries share is a file of its own. */
async function bundleInto(outDir: string, folder: string, manifest: Manifest): Promise<void> {
  const sources = publishedExports(manifest).map(([, source]) => source);
  const { dependencies, peerDependencies } = manifest;
  const others = Object.keys({ ...dependencies, ...peerDependencies });
  await build({
    absWorkingDir: folder,
    entryPoints: sources.map((source) => ({ in: source, out: builtName(source) })),
    external: ['node:*', ...others],
    outdir: outDir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'error',
  });
}

/** @returns the tarball */
export async function pack(one: PublishedPackage, outDir: string): Promise<string> {
  const { folder, addTo, isCommandLine = false } = one;
  const source = path.join(ROOT, folder);
  const manifest = JSON.parse(
    await readFile(path.join(source, 'package.json'), 'utf8'),
  ) as Manifest;
  const staging = path.join(outDir, 'staging', folder);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  const codeDir = path.join(staging, 'dist');
  await (isCommandLine ? transpile(ROOT, codeDir) : bundleInto(codeDir, source, manifest));
  const sources = publishedExports(manifest).map(([, name]) => path.posix.join(folder, name));
  await publishDeclarations(ROOT, folder, sources, path.join(staging, 'types'));
  await writeFile(
    path.join(staging, 'package.json'),
    `${JSON.stringify(publishedManifest(one, manifest), undefined, 2)}\n`,
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
