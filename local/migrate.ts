/** Applies the project's migrations with the real Supabase CLI, and puts its secrets into Vault. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import { RESET } from './progress.ts';
import { runSupabase } from './supabase-cli.ts';

export interface MigrateOptions {
  /** The folder that holds supabase/. */
  readonly workdir: string;
  /** Connects as `postgres`. */
  readonly databaseUrl: string;
  /** Variables that `[db.vault]` of config.toml names. */
  readonly vault: Readonly<Record<string, string>>;
}

/** The last line of the CLI after any error. */
const IS_ADVICE = /^(Try rerunning the command with --debug|Make sure Docker is running)/;

/** The line of the CLI with the error, or else its last line that is not advice. */
function reasonIn(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !IS_ADVICE.test(line));
  const stated = lines.find((line) => /^(failed|error|cannot|unable)\b/i.test(line));
  return stated ?? lines.at(-1) ?? 'the Supabase CLI gave no reason';
}

/** What to do after a failed migration. */
export interface MigrationHints {
  readonly again: string;
  readonly otherMigrations: string;
  readonly noExtension: string;
}

const STACK_HINTS: MigrationHints = {
  again: 'start again',
  otherMigrations: `use another data folder for this project with --dir, or begin anew with ${RESET}`,
  noExtension:
    'the embedded Postgres does not have this extension: start with --docker, or leave it out here (docs/local-vs-hosted.md)',
};

/**
 * The CLI's messages about a failed migration: file, error, statement.
 *
 * @param hints @default - those of the stack on this machine
 */
export function failureOf(output: string, hints = STACK_HINTS): KitError {
  const config = /^failed to (?:load|parse) config: (.*)$/m.exec(output)?.[1];
  if (config !== undefined) {
    const hint = `correct the file, and ${hints.again}; no migration was applied`;
    return new KitError('SETTING_INVALID', `supabase/config.toml: ${config}`, hint);
  }
  if (/^Remote migration versions not found/m.test(output)) {
    const message = 'the database has migrations that this project does not have';
    return new KitError('MIGRATION_FAILED', message, hints.otherMigrations);
  }
  const [, kind, file] =
    [
      ...output.matchAll(/^(?:Applying (migration)|Seeding (?:data|globals) from) (\S+?)\.\.\./gm),
    ].at(-1) ?? [];
  const error = /^ERROR: .*$/m.exec(output)?.[0] ?? reasonIn(output);
  const at = /^At statement: (\d+)\n([\s\S]*?)(?:\nTry rerunning|$(?![\s\S]))/m.exec(output);
  const statement = at ? `\nstatement ${Number(at[1]) + 1}: ${at[2]?.trim()}` : '';
  return new KitError(
    'MIGRATION_FAILED',
    `${file === undefined ? 'migrations' : kind ? `supabase/migrations/${file}` : file}: ${error}${statement}`,
    /extension "\S+" is not available/.test(error)
      ? hints.noExtension
      : `correct the file and ${hints.again}; the migrations before it are applied, and nothing of this one is`,
  );
}

/** The CLI stores a migration as its statements, without the text between them. */
const bare = (sql: string): string => sql.replace(/[\s;]/g, '');

export interface Changes {
  /** Files that have changed since they were applied. The CLI compares names only. */
  readonly changed: readonly string[];
  /** Files that were applied and do not exist any more. */
  readonly missing: readonly string[];
}

/** Compares the folder with the applied migrations. New files do not count. */
export async function changesSince({ workdir, databaseUrl }: MigrateOptions): Promise<Changes> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // The CLI makes this table with the first migration. An empty project has none.
    const table =
      "select to_regclass('supabase_migrations.schema_migrations') is not null as there";
    if (!(await client.query<{ there: boolean }>(table)).rows[0]?.there) {
      return { changed: [], missing: [] };
    }
    const { rows } = await client.query<{ file: string; applied: string }>(
      `select version || '_' || name || '.sql' as file, array_to_string(statements, ';') as applied
       from supabase_migrations.schema_migrations order by version`,
    );
    const found = await Promise.all(
      rows.map(async ({ file, applied }) => {
        const name = path.join(workdir, 'supabase/migrations', file);
        const text = await readFile(name, 'utf8').catch(() => undefined);
        return { file, text, differs: text !== undefined && bare(text) !== bare(applied) };
      }),
    );
    return {
      changed: found.filter(({ differs }) => differs).map(({ file }) => file),
      missing: found.filter(({ text }) => text === undefined).map(({ file }) => file),
    };
  } finally {
    await client.end();
  }
}

/**
 * Applies new migrations, and the seed files of config.toml that were not run yet. A migration that was
 * changed after it was applied is only reported, because its tables may be in use.
 *
 * @throws KitError MIGRATION_FAILED, with file and statement.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { workdir, databaseUrl, vault } = options;
  const args = ['db', 'push', '--yes', '--include-seed', `--workdir=${workdir}`];
  const { code, output } = await runSupabase(databaseUrl, args, vault);
  if (code !== 0) throw failureOf(output);
  for (const file of (await changesSince(options)).changed) {
    console.log(
      `  note: supabase/migrations/${file} has changed since it was applied here, and is not applied again\n  → write the change as a new migration, or begin anew with ${RESET}`,
    );
  }
}
