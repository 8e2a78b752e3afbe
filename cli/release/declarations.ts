/**
 * The declarations of a package, written by the compiler. Those that its entries need are published, each at its
 * place below `types/`.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { importedFiles, rewriteImports } from './imports.ts';

const run = promisify(execFile);
const COMPILER = path.join(
  path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

/** Writes the declaration of `file` and, after it, of all that it imports. */
async function publish(
  compiledDir: string,
  outDir: string,
  file: string,
  done: Set<string>,
): Promise<void> {
  if (done.has(file)) return;
  done.add(file);
  const code = rewriteImports(await readFile(path.join(compiledDir, file), 'utf8'), file);
  const target = path.join(outDir, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, code);
  for (const imported of importedFiles(code, file))
    await publish(compiledDir, outDir, imported.replace(/\.js$/, '.d.ts'), done);
}

/**
 * @param root the repository's top
 * @param folder the package's folder, below the top
 * @param sources the entries, below the top: `client/src/index.ts`
 */
export async function publishDeclarations(
  root: string,
  folder: string,
  sources: readonly string[],
  outDir: string,
): Promise<void> {
  const compiledDir = await mkdtemp(path.join(tmpdir(), 'declarations-'));
  try {
    const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly'];
    const places = ['-p', path.join(root, folder), '--rootDir', root, '--outDir', compiledDir];
    await run(process.execPath, [COMPILER, ...places, ...emit]);
    const done = new Set<string>();
    for (const source of sources)
      await publish(compiledDir, outDir, source.replace(/\.ts$/, '.d.ts'), done);
  } finally {
    await rm(compiledDir, { recursive: true });
  }
}
