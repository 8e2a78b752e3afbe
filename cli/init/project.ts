/** A Supabase project of somebody else, as far as `init` reads it. */
import { access, constants, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { projectAbove } from '../workdir.ts';

export interface SqlFile {
  /** Below the project, such as `supabase/migrations/1_a.sql`. */
  readonly name: string;
  readonly text: string;
}

export interface Project {
  readonly dir: string;
  /** Whether it has a folder `supabase`. */
  readonly exists: boolean;
  /** Undefined without the file. */
  readonly config: string | undefined;
  readonly gitignore: string | undefined;
  /** Migrations and declarative schemas. */
  readonly sql: readonly SqlFile[];
  readonly hasSchemas: boolean;
}

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (missing(error)) return undefined;
    throw error;
  }
}

async function namesIn(folder: string, recursive = false): Promise<readonly string[]> {
  try {
    return (await readdir(folder, { recursive })).toSorted();
  } catch (error) {
    if (missing(error)) return [];
    throw error;
  }
}

async function readSql(dir: string, folder: string): Promise<readonly SqlFile[]> {
  const names = await namesIn(path.join(dir, folder), true);
  return Promise.all(
    names
      .filter((name) => name.endsWith('.sql'))
      .map(async (name) => ({
        name: `${folder}/${name.split(path.sep).join('/')}`,
        text: await readFile(path.join(dir, folder, name), 'utf8'),
      })),
  );
}

/** Where the projects of a monorepo are, two folders deep at most. */
async function projectsBelow(dir: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const group of await namesIn(dir)) {
    if (group.startsWith('.') || group === 'node_modules') continue;
    for (const name of ['', ...(await namesIn(path.join(dir, group)).catch(() => []))]) {
      const folder = path.join(group, name);
      if (
        (await readText(path.join(dir, folder, 'supabase/config.toml')).catch(() => undefined)) !==
        undefined
      )
        found.push(folder);
    }
  }
  return found;
}

async function checkWritable(dir: string): Promise<void> {
  for (const folder of [dir, path.join(dir, 'supabase'), path.join(dir, 'supabase/migrations')])
    await access(folder, constants.W_OK).catch((cause: unknown) => {
      if (missing(cause)) return;
      throw new KitError(
        'PROJECT_READ_ONLY',
        `${folder} cannot be written to`,
        'run it as the owner of the folder',
        { cause },
      );
    });
}

/** A second project beside one that is there is hardly wanted. @throws KitError `PROJECT_NOT_FOUND` */
async function checkOthers(dir: string, isNamed: boolean): Promise<void> {
  const below = await projectsBelow(dir);
  if (below.length > 0)
    throw new KitError(
      'PROJECT_NOT_FOUND',
      `${dir} has no folder supabase, and folders below it have: ${below.join(', ')}`,
      `name one: --workdir ${below[0]}`,
    );
  const above = isNamed ? undefined : await projectAbove(dir);
  if (above !== undefined)
    throw new KitError(
      'PROJECT_NOT_FOUND',
      `${dir} has no folder supabase, and a folder above it has: ${above}`,
      `name that project with --workdir ${above}, or this folder for a project of its own with --workdir .`,
    );
}

/**
 * @param isNamed the caller has named the folder, which may be in another project
 * @throws KitError `PROJECT_NOT_FOUND`, `PROJECT_READ_ONLY`
 */
export async function readProject(dir: string, isNamed = false): Promise<Project> {
  const exists = (await namesIn(path.dirname(path.join(dir, 'supabase')))).includes('supabase');
  if (!exists) await checkOthers(dir, isNamed);
  await checkWritable(dir);
  const schemas = await readSql(dir, 'supabase/schemas');
  return {
    dir,
    exists,
    config: await readText(path.join(dir, 'supabase/config.toml')),
    gitignore: await readText(path.join(dir, 'supabase/.gitignore')),
    sql: [...(await readSql(dir, 'supabase/migrations')), ...schemas],
    hasSchemas: schemas.length > 0,
  };
}
