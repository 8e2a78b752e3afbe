/** Bundles the entries of functions/ before synth, with esbuild and without Docker. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** functions/ of this repository. */
export const FUNCTIONS_DIR = fileURLToPath(new URL('../../functions', import.meta.url));

/** The folder of bundles, which is not committed. */
export const BUNDLES_DIR = fileURLToPath(new URL('../dist/functions', import.meta.url));

/** Folders of functions and of their bundles. */
export interface FunctionsPlace {
  /** @default - functions/ of this repository */
  readonly functionsDir?: string;
  /** @default - infra/dist/functions */
  readonly bundlesDir?: string;
}

/** Whether there is such an entry. */
export const hasEntry = (
  entry: string,
  { functionsDir = FUNCTIONS_DIR }: FunctionsPlace,
): boolean => existsSync(join(functionsDir, entry));

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
  const { functionsDir = FUNCTIONS_DIR, bundlesDir = BUNDLES_DIR } = place;
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
  const folder = join(bundlesDir, entry.replace(/(\/handler)?\.ts$/, '').replaceAll('/', '-'));
  write(folder, outputFiles[0]?.contents ?? new Uint8Array());
  return folder;
}
