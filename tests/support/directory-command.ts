/** `npm run directory -- sync` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import type { FakePool } from './fake-pool.ts';

const ENTRY = path.resolve(import.meta.dirname, '../../cli/directory/main.mjs');

export interface Run {
  readonly child: ChildProcess;
  /** All that it has printed. */
  output(): string;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

/** Reads `pool` into the stack's directory, by default at 30 requests a second. */
export function runCommand(env: StackEnv, pool: FakePool, args: readonly string[]): Run {
  const child = spawn(process.execPath, [ENTRY, 'sync', '--rate', '30', ...args], {
    env: {
      PATH: process.env.PATH,
      SUPABASE_DB_URL: env.SUPABASE_DB_URL,
      COGNITO_USER_POOL_ID: env.COGNITO_USER_POOL_ID,
      COGNITO_ENDPOINT: pool.url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  return { child, output: () => output, exit };
}

/** Checks every few milliseconds until it is true. The timeout of the test ends it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
