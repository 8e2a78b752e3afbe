/** What the migrations of a project say of the kit's modules, by the names and texts of the files. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest, Module } from '@cognito-supabase/local/modules';

/** `20261121110000_trust_tokens.sql` → its version and the rest. */
const NAME = /^(\d{14})_(.+\.sql)$/;
const REMOVAL = /^remove_(.+)\.sql$/;

export interface Migration {
  readonly version: string;
  /** The name without its version. */
  readonly rest: string;
  readonly text: string;
}

export interface History {
  /** Modules that are added and not removed afterwards, with the project's copies of their files. */
  readonly installed: ReadonlyMap<string, readonly Migration[]>;
  /** Version of the last migration; undefined in a project without any. */
  readonly newest: string | undefined;
}

/** The name of a file of the kit without its version. */
export const restOf = (file: string): string => NAME.exec(file)?.[2] ?? file;

export const removalName = ({ name }: Module): string => `remove_${name}.sql`;

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
      return { version, rest, text };
    }),
  );
}

/** Reads the folder of migrations in their order. */
export async function readHistory(folder: string, { modules }: Manifest): Promise<History> {
  const migrations = await readMigrations(folder);
  const byFile = new Map(modules.flatMap((m) => m.files.map((file) => [restOf(file), m] as const)));
  const installed = new Map<string, Migration[]>();
  for (const migration of migrations) {
    const removed = REMOVAL.exec(migration.rest)?.[1];
    if (removed !== undefined) installed.delete(removed);
    const module = byFile.get(migration.rest);
    if (module) installed.set(module.name, [...(installed.get(module.name) ?? []), migration]);
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
