/** Writes the changes of a plan: all of them or none. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plan } from './plan.ts';

/** @throws the error of the file system, after everything is as it was */
export async function writePlan({ project: { dir }, changes }: Plan): Promise<void> {
  await mkdir(path.join(dir, 'supabase'), { recursive: true });
  // Beside the targets, so that renaming them into place cannot fail for another disk.
  const staging = await mkdtemp(path.join(dir, 'supabase', '.init-'));
  const done: (typeof changes)[number][] = [];
  try {
    for (const [index, { text }] of changes.entries())
      await writeFile(path.join(staging, `${index}`), text);
    for (const [index, change] of changes.entries()) {
      const target = path.join(dir, change.file);
      await mkdir(path.dirname(target), { recursive: true });
      await rename(path.join(staging, `${index}`), target);
      done.push(change);
    }
  } catch (cause) {
    for (const { file, before } of done) {
      const target = path.join(dir, file);
      await (before === undefined ? rm(target, { force: true }) : writeFile(target, before));
    }
    throw cause;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
