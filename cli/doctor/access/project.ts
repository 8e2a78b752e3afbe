/** The files of a project that doctor reads. It writes none. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { verifiesTokens } from './function-source.ts';

export interface ProjectFiles {
  /** Text of supabase/config.toml; undefined without the file. */
  readonly config: string | undefined;
  /** Names of the files in supabase/migrations. */
  readonly migrations: readonly string[];
  /** Names of the Edge Functions. */
  readonly functions: readonly string[];
  /** Those among them whose code seems to verify a token itself. */
  readonly verifiers: readonly string[];
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

async function orNone<T, N>(work: Promise<T>, none: N): Promise<T | N> {
  return work.catch((error: unknown) => {
    if (isMissing(error)) return none;
    throw error;
  });
}

/** @returns undefined if the folder has no supabase/ */
export async function readProjectFiles(workdir: string): Promise<ProjectFiles | undefined> {
  const folder = path.join(workdir, 'supabase');
  const names = await orNone(readdir(folder), undefined);
  if (names === undefined) return undefined;
  const [config, migrations, functions] = await Promise.all([
    orNone(readFile(path.join(folder, 'config.toml'), 'utf8'), undefined),
    orNone(readdir(path.join(folder, 'migrations')), []),
    orNone(readdir(path.join(folder, 'functions'), { withFileTypes: true }), []),
  ]);
  const own = functions
    .filter((entry) => entry.isDirectory() && !/^[_.]/.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
  const verify = await Promise.all(
    own.map((name) => verifiesTokens(path.join(folder, 'functions'), name)),
  );
  return {
    config,
    // As the CLI reads the names.
    migrations: migrations.filter((name) => /^\d+_.*\.sql$/.test(name)).toSorted(),
    functions: own,
    verifiers: own.filter((_, index) => verify[index]),
  };
}
