/** The folder of a project, and the option that names it. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import type { Command } from 'commander';

/** Adds `--workdir`, by default the current folder. */
export const withWorkdir = (command: Command, means = 'the folder that has supabase/'): Command =>
  command.option('--workdir <dir>', means, (dir) => path.resolve(dir), process.cwd());

const isThere = async (file: string): Promise<boolean> =>
  (await stat(file).catch(() => undefined)) !== undefined;

/**
 * The project that a folder is in. The search ends at the top of a repository.
 *
 * @returns its folder, as a path from `dir`, such as `..`; undefined if no folder above has supabase/config.toml
 */
export async function projectAbove(dir: string): Promise<string | undefined> {
  for (let folder = dir; !(await isThere(path.join(folder, '.git'))); ) {
    const above = path.dirname(folder);
    if (above === folder) return undefined;
    folder = above;
    if (await isThere(path.join(folder, 'supabase/config.toml'))) return path.relative(dir, folder);
  }
  return undefined;
}

/** @throws KitError `PROJECT_NOT_FOUND` if the folder has no supabase/ */
export async function requireProject(workdir: string): Promise<void> {
  const found = await stat(path.join(workdir, 'supabase')).catch(() => undefined);
  if (found?.isDirectory()) return;
  const above = await projectAbove(workdir);
  throw new KitError(
    'PROJECT_NOT_FOUND',
    `${workdir} has no folder supabase${above === undefined ? '' : `, and ${above} has one`}`,
    above === undefined
      ? "go to the project's folder, or name it with --workdir; npx cognito-supabase init makes one"
      : `name it: --workdir ${above}`,
  );
}
