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

/** Secrets that a URL may have as parameters, and the variables that the CLI reads in their place. */
const SECRETS = [
  ['password', 'PGPASSWORD'],
  ['sslpassword', 'PGSSLPASSWORD'],
] as const;

/**
 * The URL as an argument, and its secrets as variables, because every user can read arguments.
 *
 * @throws URIError if the password is not percent-encoded
 */
export function withoutSecrets(databaseUrl: string): {
  readonly argument: string;
  readonly env: Readonly<Record<string, string>>;
} {
  const target = new URL(databaseUrl);
  const env: Record<string, string> = { PGPASSWORD: decodeURIComponent(target.password) };
  target.password = '';
  for (const [name, variable] of SECRETS) {
    const value = target.searchParams.get(name);
    if (value === null) continue;
    env[variable] = value;
    target.searchParams.delete(name);
  }
  // Postgres on this machine has no TLS. Elsewhere the CLI decides.
  if (target.hostname === '127.0.0.1') env.PGSSLMODE = 'disable';
  return { argument: `--db-url=${target.href}`, env };
}

/**
 * Runs `supabase <args> --db-url=<database>`.
 *
 * @param databaseUrl its secrets are passed by the environment.
 * @param env added to this process's environment.
 */
export async function runSupabase(
  databaseUrl: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const { argument, env: own } = withoutSecrets(databaseUrl);
  const child = spawn(process.execPath, [CLI, ...args, argument], {
    env: { ...process.env, ...own, SUPABASE_TELEMETRY_DISABLED: '1', ...env },
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
