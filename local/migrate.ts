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

/** What the CLI says last whatever has happened. */
const IS_ADVICE = /^(Try rerunning the command with --debug|Make sure Docker is running)/;

/** The line of the CLI that says what failed, or else its last line that is not advice. */
function reasonIn(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !IS_ADVICE.test(line));
  const stated = lines.find((line) => /^(failed|error|cannot|unable)\b/i.test(line));
  return stated ?? lines.at(-1) ?? 'the Supabase CLI gave no reason';
}

/** The CLI's words on a failed migration: the file it was at, the error, the statement. */
export function failureOf(output: string): KitError {
  const config = /^failed to (?:load|parse) config: (.*)$/m.exec(output)?.[1];
  if (config !== undefined) {
    const hint = 'correct the file, and start again; no migration was applied';
    return new KitError('SETTING_INVALID', `supabase/config.toml: ${config}`, hint);
  }
  const file = [...output.matchAll(/Applying migration (\S+?)\.\.\./g)].at(-1)?.[1];
  const error = /^ERROR: .*$/m.exec(output)?.[0] ?? reasonIn(output);
  const at = /^At statement: (\d+)\n([\s\S]*?)(?:\nTry rerunning|$(?![\s\S]))/m.exec(output);
  const statement = at ? `\n  statement ${Number(at[1]) + 1}: ${at[2]?.trim()}` : '';
  return new KitError(
    'MIGRATION_FAILED',
    `${file === undefined ? 'migrations' : `supabase/migrations/${file}`}: ${error}${statement}`,
    'mend the file and start again: the migrations before it are applied, and nothing of this one is',
  );
}

/** The CLI keeps a migration as its statements, without what stands between them. */
const bare = (sql: string): string => sql.replace(/[\s;]/g, '');

/** Files that are not what was applied under their name. The CLI compares names alone. */
export async function changedFiles({ workdir, databaseUrl }: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // The CLI makes the table with the first migration; an empty project has none.
    const table =
      "select to_regclass('supabase_migrations.schema_migrations') is not null as there";
    if (!(await client.query<{ there: boolean }>(table)).rows[0]?.there) return [];
    const { rows } = await client.query<{ file: string; applied: string }>(
      `select version || '_' || name || '.sql' as file, array_to_string(statements, ';') as applied
       from supabase_migrations.schema_migrations order by version`,
    );
    const changed = await Promise.all(
      rows.map(async ({ file, applied }) => {
        const text = await readFile(path.join(workdir, 'supabase/migrations', file), 'utf8').catch(
          () => undefined,
        );
        return text !== undefined && bare(text) !== bare(applied) ? [file] : [];
      }),
    );
    return changed.flat();
  } finally {
    await client.end();
  }
}

/**
 * Applies what is new. What was changed after it had been applied is only named: what came of it may
 * be in use.
 *
 * @throws KitError MIGRATION_FAILED, with file and statement.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { workdir, databaseUrl, vault } = options;
  const args = ['migration', 'up', '--yes', `--workdir=${workdir}`];
  const { code, output } = await runSupabase(databaseUrl, args, vault);
  if (code !== 0) throw failureOf(output);
  for (const file of await changedFiles(options)) {
    console.log(
      `  note: supabase/migrations/${file} has changed since it was applied here, and is not applied again\n  → put the change into a new migration, or begin anew with ${RESET}`,
    );
  }
}
