/** Runs the commands of the Supabase CLI that use containers: start, status, stop, test db. */
import { spawn } from 'node:child_process';
import { KitError } from '@cognito-supabase/contract/errors';
import { CLI } from '../supabase-cli.ts';

/** The CLI of this repository. SUPABASE_CLI names another one, to try a new version. */
function executable(): readonly [string, ...string[]] {
  if (process.env.SUPABASE_CLI) return [process.env.SUPABASE_CLI];
  return [process.execPath, CLI];
}

export interface RunOptions {
  /** The folder that holds supabase/. */
  readonly workdir: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Prints its standard error at once, because pulling images takes minutes. */
  readonly show?: boolean;
  /** Ends the command when this process is told to stop. Without it, the command runs to its end. */
  readonly interruptible?: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws KitError START_FAILED with the last output of the CLI */
export async function supabase(args: readonly string[], options: RunOptions): Promise<string> {
  const [command, ...first] = executable();
  const child = spawn(command, [...first, ...args, `--workdir=${options.workdir}`], {
    env: {
      ...process.env,
      SUPABASE_TELEMETRY_DISABLED: '1',
      // `supabase start` fetches the emulator's keys, which a proxy cannot reach.
      NO_PROXY: ['127.0.0.1', 'localhost', process.env.NO_PROXY].filter(Boolean).join(','),
      ...options.env,
    },
    // A session of its own, so that Ctrl-C reaches this process only.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (options.show) process.stderr.write(chunk);
  });
  // The whole session, because the CLI is a program behind a script.
  const interrupt = () => void (child.pid && process.kill(-child.pid, 'SIGINT'));
  if (options.interruptible) for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve(status ?? 1));
    });
    if (code === 0) return stdout;
  } catch (cause) {
    const message = `the Supabase CLI does not run: ${(cause as Error).message}`;
    throw new KitError('START_FAILED', message, 'run `npm ci`', { cause });
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
  throw new KitError(
    'START_FAILED',
    `supabase ${args[0]}: ${lastWords(stderr || stdout)}`,
    'do what it says; `docker ps -a` and `docker logs` show more about a container that is not healthy',
  );
}

/** Its last lines without the one that offers --debug. */
const lastWords = (text: string): string =>
  text
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('Try rerunning the command with --debug'))
    .slice(-3)
    .join('\n');

/** URLs and keys of the running containers. */
export interface Status {
  readonly apiUrl: string;
  readonly dbUrl: string;
  readonly publishableKey: string;
  readonly secretKey: string;
}

/**
 * Reads the output of `supabase status --output=json`.
 *
 * @throws KitError START_FAILED if a value is missing
 */
export function parseStatus(text: string): Status {
  let values: Record<string, unknown> = {};
  try {
    values = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  } catch {
    // Reported below as a missing value.
  }
  const read = (name: string): string => {
    const value = values[name];
    if (typeof value === 'string' && value !== '') return value;
    const message = `the output of supabase status has no ${name}`;
    throw new KitError(
      'START_FAILED',
      message,
      'run `npm ci`, because the CLI has another version (`supabase --version`)',
    );
  };
  return {
    apiUrl: read('API_URL'),
    dbUrl: read('DB_URL'),
    publishableKey: read('PUBLISHABLE_KEY'),
    secretKey: read('SECRET_KEY'),
  };
}
