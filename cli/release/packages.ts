/** The packages that are published. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { routes } from '../../functions/api/routes.ts';
import { bundle } from '../../infra/lib/bundle.ts';
import { OTHER_TRIGGERS } from '../../infra/lib/triggers.ts';

export interface PublishedPackage {
  /** Below the repository's top. */
  readonly folder: string;
  /** Adds files to what is packed. @default - none */
  readonly addTo?: (staging: string) => Promise<void>;
  /** Published file by file, with declarations of what it exports. @default - bundled */
  readonly isCommandLine?: boolean;
}

/** The functions as bundles, and the table of routes as data, for the constructs. */
async function addFunctions(staging: string): Promise<void> {
  const bundlesDir = path.join(staging, 'functions');
  await mkdir(bundlesDir, { recursive: true });
  const folders = ['pre-token', ...OTHER_TRIGGERS.map(({ folder }) => folder)];
  const entries = [
    ...folders.map((folder) => `${folder}/handler.ts`),
    ...['user-events/worker.ts', 'api/all.ts'],
    ...routes.map(({ entry }) => entry),
  ];
  for (const entry of entries) bundle(entry, { bundlesDir });
  const table = routes.map(({ schema: _, ...route }) => route);
  await writeFile(path.join(bundlesDir, 'routes.json'), JSON.stringify(table));
}

export const PACKAGES: readonly PublishedPackage[] = [
  { folder: 'client' },
  { folder: 'functions' },
  { folder: 'infra', addTo: addFunctions },
  { folder: 'cli', isCommandLine: true },
];
