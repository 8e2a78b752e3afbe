/** The tarballs for all files of this tier, packed once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { pack } from '../../cli/release/pack.ts';
import { PACKAGES } from '../../cli/release/packages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    packed: {
      /** Has `staging/`, a folder for what is in each tarball. */
      readonly dir: string;
      /** Folder of a package → its tarball. */
      readonly tarballs: Readonly<Record<string, string>>;
    };
  }
}

export default async function setup(project: TestProject) {
  const dir = await mkdtemp(path.join(tmpdir(), 'packed-'));
  const tarballs = await Promise.all(
    PACKAGES.map(async (one) => [one.folder, await pack(one, dir)] as const),
  );
  project.provide('packed', { dir, tarballs: Object.fromEntries(tarballs) });
  return () => rm(dir, { recursive: true });
}
