/** The Supabase project of this repository, as a copy in a folder of its own. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface KitProject {
  readonly workdir: string;
  remove(): Promise<void>;
}

/** Stacks of one folder share a Postgres, so a copy has nothing in common with other tests. */
export async function kitProject(): Promise<KitProject> {
  const workdir = await mkdtemp(path.join(tmpdir(), 'kit-project-'));
  await cp(path.join(ROOT, 'supabase'), path.join(workdir, 'supabase'), { recursive: true });
  return { workdir, remove: () => rm(workdir, { recursive: true, force: true }) };
}
