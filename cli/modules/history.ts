/** Which modules of the kit a project has, by the names of its migrations. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest, Module } from '@cognito-supabase/local/modules';

/** A migration's version and the rest of its name. */
const NAME = /^(\d{14})_(.+\.sql)$/;

/** In the names of copies. A project may have a migration `…_profiles.sql` of its own. */
const PREFIX = 'cognito_supabase_';
const REMOVAL = new RegExp(`^${PREFIX}remove_(.+)\\.sql$`);

export interface Migration {
  readonly name: string;
  readonly version: string;
  /** The name without its version. */
  readonly rest: string;
  readonly text: string;
}

export interface History {
  /** Module → the kit's file → the project's copy, of modules that are added and not removed afterwards. */
  readonly installed: ReadonlyMap<string, ReadonlyMap<string, Migration>>;
  /** Version of the last migration; undefined in a project without any. */
  readonly newest: string | undefined;
}

/** The name of a copy, without its version. */
export const copyName = (file: string): string => PREFIX + (NAME.exec(file)?.[2] ?? file);

export const removalName = ({ name }: Module): string => `${PREFIX}remove_${name}.sql`;

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause;
  });
  const found = names.toSorted().flatMap((name) => {
    const [, version, rest] = NAME.exec(name) ?? [];
    return version && rest ? [{ name, version, rest }] : [];
  });
  return Promise.all(
    found.map(async ({ name, version, rest }) => {
      const text = await readFile(path.join(folder, name), 'utf8');
      return { name, version, rest, text };
    }),
  );
}

/**
 * Reads the folder of migrations in their order. A file is the kit's where it has the name of a copy, or
 * the whole name that it has in the kit, as in a project that began as a clone of the kit.
 */
export async function readHistory(folder: string, { modules }: Manifest): Promise<History> {
  const migrations = await readMigrations(folder);
  const kits = new Map(
    modules.flatMap(({ name, files }) =>
      files.flatMap((file) => [file, copyName(file)].map((key) => [key, { name, file }] as const)),
    ),
  );
  const installed = new Map<string, Map<string, Migration>>();
  for (const migration of migrations) {
    const removed = REMOVAL.exec(migration.rest)?.[1];
    if (removed !== undefined) installed.delete(removed);
    const kit = kits.get(migration.name) ?? kits.get(migration.rest);
    if (!kit) continue;
    const copies = installed.get(kit.name) ?? new Map<string, Migration>();
    installed.set(kit.name, copies.set(kit.file, migration));
  }
  return { installed, newest: migrations.at(-1)?.version };
}

const DIGITS = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

/** The version a second later. */
export function after(version: string): string {
  const [, y, mo, d, h, mi, s] = DIGITS.exec(version) ?? [];
  const time = new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  // Some projects number their files without a meaning as a time.
  if (Number.isNaN(time.getTime())) return String(BigInt(version) + 1n).padStart(14, '0');
  return new Date(time.getTime() + 1000).toISOString().replace(/\D/g, '').slice(0, 14);
}
