/** Applies the project's migrations with the real Supabase CLI, and puts its secrets into Vault. */
import { KitError } from '@cognito-supabase/contract/errors';
import { runSupabase } from './supabase-cli.ts';

export interface MigrateOptions {
  /** The folder that holds supabase/. */
  readonly workdir: string;
  /** Connects as `postgres`. */
  readonly databaseUrl: string;
  /** Variables that `[db.vault]` of config.toml names. */
  readonly vault: Readonly<Record<string, string>>;
}

/** The CLI's words on a failed migration: the file it was at, the error, the statement. */
export function failureOf(output: string): KitError {
  const file = [...output.matchAll(/Applying migration (\S+?)\.\.\./g)].at(-1)?.[1];
  const error = /^ERROR: .*$/m.exec(output)?.[0] ?? output.trim().split('\n').at(-1) ?? '';
  const at = /^At statement: (\d+)\n([\s\S]*?)(?:\nTry rerunning|$(?![\s\S]))/m.exec(output);
  const statement = at ? `\n  statement ${Number(at[1]) + 1}: ${at[2]?.trim()}` : '';
  return new KitError(
    'MIGRATION_FAILED',
    `${file === undefined ? 'migrations' : `supabase/migrations/${file}`}: ${error}${statement}`,
    'mend the file and start again: the migrations before it are applied, and nothing of this one is',
  );
}

/** @throws KitError MIGRATION_FAILED, with file and statement. */
export async function migrate({ workdir, databaseUrl, vault }: MigrateOptions): Promise<void> {
  const args = ['migration', 'up', '--yes', `--workdir=${workdir}`];
  const { code, output } = await runSupabase(databaseUrl, args, vault);
  if (code !== 0) throw failureOf(output);
}
