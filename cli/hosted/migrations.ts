/** The project's migrations and those that its database has. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { failureOf, type MigrationHints } from '@cognito-supabase/local/migrate';
import { runSupabase } from '@cognito-supabase/local/supabase-cli';
import pg from 'pg';
import { forSupabaseCli } from '../secure-url.ts';
import type { Database } from './database.ts';
import { statementsOf } from './sql-statements.ts';

/** For a database that Supabase hosts. */
const HINTS: MigrationHints = {
  again: 'run it again',
  otherMigrations: 'check --project and --workdir, or fetch them: npx supabase migration fetch',
  noExtension: 'enable the extension in the dashboard (Database, Extensions), and run it again',
};

/** As the CLI reads the names. */
const NAME = /^(\d+)_(.*)\.sql$/;

export interface MigrationFile {
  readonly version: string;
  readonly name: string;
  readonly file: string;
}

export async function migrationFiles(workdir: string): Promise<readonly MigrationFile[]> {
  const folder = path.join(workdir, 'supabase/migrations');
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause;
  });
  return names.toSorted().flatMap((file) => {
    const [, version, name] = NAME.exec(file) ?? [];
    return version === undefined || name === undefined
      ? []
      : [{ version, name, file: path.join(folder, file) }];
  });
}

/** Versions that the database has, in order. */
export async function appliedVersions(db: Database): Promise<readonly string[]> {
  const table = "select to_regclass('supabase_migrations.schema_migrations') is not null as there";
  const [found] = await db.query<{ there: boolean }>(table);
  if (!found?.there) return [];
  const rows = await db.query<{ version: string }>(
    'select version from supabase_migrations.schema_migrations order by version',
  );
  return rows.map(({ version }) => version);
}

/**
 * The files that the database does not have. Refuses as `supabase db push` does.
 *
 * @throws KitError MIGRATION_FAILED
 */
export async function pendingMigrations(
  db: Database,
  workdir: string,
): Promise<readonly MigrationFile[]> {
  const [files, applied] = await Promise.all([migrationFiles(workdir), appliedVersions(db)]);
  const known = new Set(files.map(({ version }) => version));
  const strange = applied.filter((version) => !known.has(version));
  if (strange.length > 0)
    throw new KitError(
      'MIGRATION_FAILED',
      `the database has migrations that this project does not have: ${strange.join(', ')}`,
      HINTS.otherMigrations,
    );
  const has = new Set(applied);
  const pending = files.filter(({ version }) => !has.has(version));
  const newest = applied.at(-1) ?? '';
  const late = pending.filter(({ version }) => version < newest);
  if (late.length > 0)
    throw new KitError(
      'MIGRATION_FAILED',
      `these migrations are older than the last one of the database: ${late.map(({ version }) => version).join(', ')}`,
      'give them newer versions, or apply them yourself: npx supabase db push --include-all',
    );
  return pending;
}

/** The table of the CLI, as it makes it. */
const HISTORY = `
  create schema if not exists supabase_migrations;
  create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
  alter table supabase_migrations.schema_migrations add column if not exists statements text[];
  alter table supabase_migrations.schema_migrations add column if not exists name text;`;

/** The row of a migration, as the CLI records it. */
function recordOf({ version, name }: MigrationFile, text: string): string {
  const [v, n] = [version, name].map((value) => pg.escapeLiteral(value));
  const statements = statementsOf(text).map((one) => pg.escapeLiteral(one));
  return `insert into supabase_migrations.schema_migrations (version, name, statements)
    values (${v}, ${n}, array[${statements.join(', ')}]::text[]);`;
}

/** Applies each file together with its row in one transaction. */
async function applyByApi(
  db: Database,
  pending: readonly MigrationFile[],
  onFile: (file: string) => void,
): Promise<void> {
  for (const migration of pending) {
    const file = path.basename(migration.file);
    onFile(file);
    const text = await readFile(migration.file, 'utf8');
    await db.query(`${HISTORY}\n${text}\n;\n${recordOf(migration, text)}`).catch((error) => {
      if (!(error instanceof KitError) || error.code !== 'DATABASE_FAILED') throw error;
      throw new KitError(
        'MIGRATION_FAILED',
        `supabase/migrations/${file}: ${error.message}`,
        'correct the file and run it again; the migrations before it are applied, and nothing of this one is',
      );
    });
  }
}

/**
 * Applies the files: by the Supabase CLI where the database has a URL, by the Management API otherwise.
 *
 * @param onFile is called before each file.
 * @throws KitError MIGRATION_FAILED, with the file
 */
export async function applyMigrations(
  db: Database,
  workdir: string,
  pending: readonly MigrationFile[],
  onFile: (file: string) => void,
): Promise<void> {
  if (db.url === undefined) return applyByApi(db, pending, onFile);
  onFile(`${pending.length} by supabase db push`);
  const { code, output } = await runSupabase(forSupabaseCli(db.url), [
    'db',
    'push',
    '--yes',
    `--workdir=${workdir}`,
  ]);
  if (code !== 0) throw failureOf(output, HINTS);
}
