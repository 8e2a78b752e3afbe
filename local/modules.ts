/** Reads the modules of the database from supabase/modules/manifest.json. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { z } from 'zod';

/** The folder of this version of the kit. */
const KIT_DIR = path.resolve(import.meta.dirname, '..', 'supabase');
const manifestFile = (kitDir: string): string => path.join(kitDir, 'modules', 'manifest.json');
export const MANIFEST_FILE = manifestFile(KIT_DIR);

const moduleSchema = z.strictObject({
  name: z.string(),
  /** One sentence. */
  does: z.string(),
  /** Modules that are applied before it, and removed after it. */
  needs: z.array(z.string()),
  /** Migrations in supabase/migrations, in their order. */
  files: z.array(z.string()),
  /** Kind of object → names with schema. `changes` are settings that existed before. */
  makes: z.record(z.string(), z.array(z.string())),
});

const manifestSchema = z.strictObject({
  /** Each module comes after those that it needs. */
  modules: z.array(moduleSchema),
  /** pgTAP files in supabase/tests → modules with which they pass. */
  tests: z.record(z.string(), z.array(z.string())),
});

export type Module = z.infer<typeof moduleSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** A version of the kit. */
export interface Kit extends Manifest {
  /** Holds migrations/ and modules/. */
  readonly dir: string;
}

export async function readManifest(kitDir = KIT_DIR): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(manifestFile(kitDir), 'utf8')));
}

/** @param dir of another version. @default - this version */
export const readKit = async (dir = KIT_DIR): Promise<Kit> => ({
  ...(await readManifest(dir)),
  dir,
});

/**
 * The named modules and all that they need, in the order in which they are applied.
 *
 * @throws KitError MODULE_UNKNOWN
 */
export function withNeeds(modules: readonly Module[], names: readonly string[]): Module[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const found = modules.find((module) => module.name === name);
    if (!found) {
      const known = modules.map((module) => module.name).join(', ');
      throw new KitError(
        'MODULE_UNKNOWN',
        `there is no module ${name}`,
        `the modules are ${known}`,
      );
    }
    found.needs.forEach(add);
    wanted.add(name);
  };
  names.forEach(add);
  return modules.filter(({ name }) => wanted.has(name));
}

/** A migration of a module. */
export const readMigration = (file: string, kitDir = KIT_DIR): Promise<string> =>
  readFile(path.join(kitDir, 'migrations', file), 'utf8');

/** The script that removes a module. */
export const readRemoval = (name: string, kitDir = KIT_DIR): Promise<string> =>
  readFile(path.join(kitDir, 'modules', 'remove', `${name}.sql`), 'utf8');
