/** Runs the real Supabase CLI against the database of a URL. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The script of the CLI that this repository has installed. */
export const CLI = path.join(
  path.dirname(fileURLToPath(import.meta.resolve('supabase/package.json'))),
  'dist',
  'supabase.js',
);

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  /** Standard output and standard error, in order. */
  readonly output: string;
}

/**
 * Runs `supabase <args> --db-url=<database>`.
 *
 * @param databaseUrl its password is passed by the environment, because every user can read arguments.
 * @param env added to this process's environment.
 */
export async function runSupabase(
  databaseUrl: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const target = new URL(databaseUrl);
  const password = decodeURIComponent(target.password);
  target.password = '';
  // Postgres on this machine has no TLS. Elsewhere the CLI decides.
  const plain = target.hostname === '127.0.0.1' ? { PGSSLMODE: 'disable' } : {};
  const child = spawn(process.execPath, [CLI, ...args, `--db-url=${target.href}`], {
    env: {
      ...process.env,
      ...plain,
      PGPASSWORD: password,
      SUPABASE_TELEMETRY_DISABLED: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, output] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
  return { code, stdout, output };
}
