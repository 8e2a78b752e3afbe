/** Applies the project's migrations with the real Supabase CLI, and puts its secrets into Vault. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError } from '@cognito-supabase/contract/errors';

export interface MigrateOptions {
  /** The folder that holds supabase/. */
  readonly workdir: string;
  /** Port on 127.0.0.1, and the password of `postgres`, which goes by environment, not by argument. */
  readonly port: number;
  readonly password: string;
  /** Variables that `[db.vault]` of config.toml names. */
  readonly vault: Readonly<Record<string, string>>;
}

const CLI = path.join(
  path.dirname(fileURLToPath(import.meta.resolve('supabase/package.json'))),
  'dist',
  'supabase.js',
);

/** The CLI's words on a failed migration: the file it was at, the error, the statement. */
function failureOf(output: string): KitError {
  const file = [...output.matchAll(/Applying migration (\S+?)\.\.\./g)].at(-1)?.[1];
  const error =
    /^ERROR: .*$/m.exec(output)?.[0] ?? output.trim().split('\n').at(-1) ?? 'no reason given';
  const at = /^At statement: (\d+)\n([\s\S]*?)(?:\nTry rerunning|$)/m.exec(output);
  const statement = at ? `\n  statement ${Number(at[1]) + 1}: ${at[2]?.trim()}` : '';
  return new KitError(
    'MIGRATION_FAILED',
    `${file === undefined ? 'migrations' : `supabase/migrations/${file}`}: ${error}${statement}`,
    'mend the file and start again: the migrations before it are applied, and nothing of this one is',
  );
}

/** @throws KitError MIGRATION_FAILED, with file and statement. */
export async function migrate(options: MigrateOptions): Promise<void> {
  const target = `postgresql://postgres@127.0.0.1:${options.port}/postgres`;
  const child = spawn(
    process.execPath,
    [CLI, 'migration', 'up', `--remote=${target}`, '--yes', `--workdir=${options.workdir}`],
    {
      env: {
        ...process.env,
        ...options.vault,
        PGPASSWORD: options.password,
        PGSSLMODE: 'disable',
        SUPABASE_TELEMETRY_DISABLED: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw failureOf(output);
}
