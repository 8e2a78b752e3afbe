/** The kit at other versions, each in a folder of its own: as it was released, and as a next version may be. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Kit, readKit } from '@cognito-supabase/local/modules';
import type { Release } from '../../cli/release/releases.ts';

async function writeManifest({ dir, modules, tests }: Kit): Promise<void> {
  const file = path.join(dir, 'modules/manifest.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ modules, tests }));
}

/** The migrations of a release, and nothing that came later. */
export async function releasedKit({ modules: released }: Release, dir: string): Promise<Kit> {
  const current = await readKit();
  const modules = current.modules
    .filter(({ name }) => released[name] !== undefined)
    .map((module) => ({
      ...module,
      needs: module.needs.filter((need) => released[need] !== undefined),
      files: Object.keys(released[module.name] ?? {}),
    }));
  for (const file of modules.flatMap(({ files }) => files))
    await cp(path.join(current.dir, 'migrations', file), path.join(dir, 'migrations', file));
  await writeManifest({ dir, modules, tests: {} });
  return readKit(dir);
}

/** Module → file → text. */
export type Additions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** This version with more migrations, each the last of its module. */
export async function nextKit(additions: Additions, dir: string): Promise<Kit> {
  const current = await readKit();
  const migrations = path.join(dir, 'migrations');
  await cp(path.join(current.dir, 'migrations'), migrations, { recursive: true });
  for (const files of Object.values(additions))
    for (const [file, text] of Object.entries(files))
      await writeFile(path.join(migrations, file), text, { flag: 'wx' });
  const modules = current.modules.map((module) => ({
    ...module,
    files: [...module.files, ...Object.keys(additions[module.name] ?? {})],
  }));
  await writeManifest({ dir, modules, tests: {} });
  return readKit(dir);
}
