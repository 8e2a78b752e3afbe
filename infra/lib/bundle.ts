/**
 * The code of the functions: bundled before synth, with esbuild and without Docker. The published package has the
 * bundles in it, so that nothing has to be built where it is used.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** functions/ of this repository. */
export const FUNCTIONS_DIR = fileURLToPath(new URL('../../functions', import.meta.url));

/** Bundles of the published package: `NAME/index.mjs`, and the table of routes. Not there in this repository. */
export const PREBUILT_DIR = fileURLToPath(new URL('../functions', import.meta.url));

/** The folder of bundles, which is not committed. */
export const BUNDLES_DIR = fileURLToPath(new URL('../dist/functions', import.meta.url));

/** Folders of functions and of their bundles. */
export interface FunctionsPlace {
  /** @default - functions/ of this repository */
  readonly functionsDir?: string;
  /** @default - infra/dist/functions */
  readonly bundlesDir?: string;
}

/** `pre-token/handler.ts` → `pre-token`, `api/me.ts` → `api-me`. */
export const bundleName = (entry: string): string =>
  entry.replace(/(\/handler)?\.ts$/, '').replaceAll('/', '-');

/** The folder of a bundle of the package, if there is one, and the caller brings no functions. */
function prebuiltFolder(entry: string, { functionsDir }: FunctionsPlace): string | undefined {
  const folder = join(PREBUILT_DIR, bundleName(entry));
  return functionsDir === undefined && existsSync(join(folder, 'index.mjs')) ? folder : undefined;
}

/** Whether there is such an entry. */
export const hasEntry = (entry: string, place: FunctionsPlace): boolean =>
  prebuiltFolder(entry, place) !== undefined ||
  existsSync(join(place.functionsDir ?? FUNCTIONS_DIR, entry));

/** Writes a file only if it differs, so that another synth does not read half a file. */
function write(folder: string, code: Uint8Array) {
  const file = join(folder, 'index.mjs');
  if (existsSync(file) && readFileSync(file).equals(code)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, code);
}

/**
 * Bundles one entry into a folder of its own, as `index.mjs` with the export `handler`. Without the AWS
 * SDK, because the runtime has it.
 *
 * @param entry - relative to functions/, as in `pre-token/handler.ts`
 * @returns the folder to deploy
 */
export function bundle(entry: string, place: FunctionsPlace = {}): string {
  const prebuilt = prebuiltFolder(entry, place);
  if (prebuilt !== undefined) return prebuilt;
  const { functionsDir = FUNCTIONS_DIR, bundlesDir = BUNDLES_DIR } = place;
  // Loaded here, because a user of the package has no bundler.
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const { outputFiles } = buildSync({
    entryPoints: [join(functionsDir, entry)],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['@aws-sdk/*'],
    legalComments: 'none',
    write: false,
  });
  const folder = join(bundlesDir, bundleName(entry));
  write(folder, outputFiles[0]?.contents ?? new Uint8Array());
  return folder;
}
