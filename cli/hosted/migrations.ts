/** The project's migrations and those that its database has. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { failureOf, type MigrationHints } from '@cognito-supabase/local/migrate';
import { runSupabase } from '@cognito-supabase/local/supabase-cli';
import pg from 'pg';
import { forSupabaseCli } from '../secure-url.ts';
import { type Database, hasRelation } from './database.ts';
import { endsTransactions, isSplitByCli, statementsOf } from './sql-statements.ts';

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
  if (!(await hasRelation(db, 'supabase_migrations.schema_migrations'))) return [];
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

/** Without the byte order mark, which Postgres takes for a letter, and which the CLI leaves out, too. */
const textOf = async ({ file }: MigrationFile): Promise<string> =>
  (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');

/** SQLSTATE 25001, as in `CREATE INDEX CONCURRENTLY cannot run inside a transaction block`. */
const NEEDS_NO_TRANSACTION = /\b25001\b|cannot (?:run|be executed) (?:inside|within) a/;

const UNDO =
  'so a part of it may be applied: look in the database and undo that part, then correct the file and run it again';

/** What to do after a migration failed by the Management API, and what is left of it. */
function hintAfter(message: string, text: string): string {
  if (endsTransactions(text)) return `the file begins or ends transactions itself, ${UNDO}`;
  if (NEEDS_NO_TRANSACTION.test(message))
    return 'the Management API runs a file as one transaction, and nothing of this one is applied. Put the statement into a file of its own, and run it again with --db-url: the Supabase CLI runs it alone';
  return 'correct the file and run it again; the migrations before it are applied, and nothing of this one is';
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
    const text = await textOf(migration);
    await db.query(`${HISTORY}\n${text}\n;\n${recordOf(migration, text)}`).catch((error) => {
      if (!(error instanceof KitError) || error.code !== 'DATABASE_FAILED') throw error;
      throw new KitError(
        'MIGRATION_FAILED',
        `supabase/migrations/${file}: ${error.message}`,
        hintAfter(error.message, text),
      );
    });
  }
}

/**
 * The error of the CLI. Its own hint says that nothing of the file is applied.
 *
 * @param output of the CLI
 */
async function failureOfCli(output: string, pending: readonly MigrationFile[]): Promise<KitError> {
  const failure = failureOf(output, HINTS);
  const failed = pending.find(({ file }) => failure.message.includes(`/${path.basename(file)}:`));
  if (failure.code !== 'MIGRATION_FAILED' || failed === undefined) return failure;
  const text = await textOf(failed);
  if (endsTransactions(text))
    return new KitError(failure.code, failure.message, hintAfter(failure.message, text));
  if (isSplitByCli(text))
    return new KitError(
      failure.code,
      failure.message,
      `the file has a statement that runs in no transaction, ${UNDO}`,
    );
  return failure;
}

/**
 * Makes a project with these migrations and nothing else. With the project's own config.toml, the CLI would also write
 * the secrets of its `[db.vault]`, which no plan shows, and could leave all migrations out.
 *
 * @returns its folder, which is in the folder for temporary files
 */
async function copyOf(files: readonly MigrationFile[]): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'cognito-supabase-'));
  const folder = path.join(copy, 'supabase/migrations');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(copy, 'supabase/config.toml'), 'project_id = "connect"\n');
  for (const { file } of files) await copyFile(file, path.join(folder, path.basename(file)));
  return copy;
}

async function applyByCli(
  db: Database & { readonly url: string },
  workdir: string,
  pending: readonly MigrationFile[],
): Promise<void> {
  // The CLI also needs those that the database has. A file that is newer than the plan is left for the next run.
  const applied = new Set(await appliedVersions(db));
  const former = (await migrationFiles(workdir)).filter(({ version }) => applied.has(version));
  const copy = await copyOf([...former, ...pending]);
  try {
    const args = ['db', 'push', '--yes', `--workdir=${copy}`];
    const { code, output } = await runSupabase(forSupabaseCli(db.url), args);
    if (code !== 0) throw await failureOfCli(output, pending);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

const hasUrl = (db: Database): db is Database & { readonly url: string } => db.url !== undefined;

/**
 * Applies the files: by the Supabase CLI where the database has a URL, by the Management API otherwise. Nothing else of
 * the project is applied.
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
  if (!hasUrl(db)) return applyByApi(db, pending, onFile);
  onFile(`${pending.length} by supabase db push`);
  await applyByCli(db, workdir, pending);
}
