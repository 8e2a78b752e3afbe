/** The commands of the Supabase CLI that work on containers: start, status, stop, test db. */
import { spawn } from 'node:child_process';
import { KitError } from '@cognito-supabase/contract/errors';
import { CLI } from '../supabase-cli.ts';

/** The CLI of this repository; SUPABASE_CLI names another, as a new version that is tried out. */
function executable(): readonly [string, ...string[]] {
  if (process.env.SUPABASE_CLI) return [process.env.SUPABASE_CLI];
  return [process.execPath, CLI];
}

export interface RunOptions {
  /** The folder that holds supabase/. */
  readonly workdir: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Shows what it writes to standard error as it comes: pulling images takes minutes. */
  readonly show?: boolean;
  /** Ends it when this process is told to stop; without it, it runs to its end. */
  readonly interruptible?: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws KitError START_FAILED with the CLI's last words */
export async function supabase(args: readonly string[], options: RunOptions): Promise<string> {
  const [command, ...first] = executable();
  const child = spawn(command, [...first, ...args, `--workdir=${options.workdir}`], {
    env: {
      ...process.env,
      SUPABASE_TELEMETRY_DISABLED: '1',
      // `supabase start` asks the emulator for its keys, and no proxy can.
      NO_PROXY: ['127.0.0.1', 'localhost', process.env.NO_PROXY].filter(Boolean).join(','),
      ...options.env,
    },
    // A session of its own: Ctrl-C reaches this process alone, which decides what it means.
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
  // The whole session: the CLI is a program behind a script.
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
    'as it says; `docker ps -a` and `docker logs` know more of a container that is not healthy',
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

/** What the running containers are called by. */
export interface Status {
  readonly apiUrl: string;
  readonly dbUrl: string;
  readonly publishableKey: string;
  readonly secretKey: string;
}

/**
 * Reads the output of `supabase status --output=json`.
 *
 * @throws KitError START_FAILED where a value is missing
 */
export function parseStatus(text: string): Status {
  let values: Record<string, unknown> = {};
  try {
    values = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  } catch {
    // Named below, by what is missing.
  }
  const read = (name: string): string => {
    const value = values[name];
    if (typeof value === 'string' && value !== '') return value;
    const message = `supabase status tells no ${name}`;
    throw new KitError(
      'START_FAILED',
      message,
      'run `npm ci`: the CLI is of another version (`supabase --version`)',
    );
  };
  return {
    apiUrl: read('API_URL'),
    dbUrl: read('DB_URL'),
    publishableKey: read('PUBLISHABLE_KEY'),
    secretKey: read('SECRET_KEY'),
  };
}
