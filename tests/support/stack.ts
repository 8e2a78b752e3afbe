/** Running stacks for tests, started by their command and found by their stack.env. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { readStackEnv } from '@cognito-supabase/local/stack-env';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    stack: StackEnv;
  }
}

const ENTRY = path.resolve(import.meta.dirname, '../../local/main.mjs');
/** Deadline for a start, in milliseconds. It usually takes about 2 s. */
const START_TIMEOUT = 90_000;

/** Settings of the stack that this run shares (global-setup.ts). */
export const stackEnv = (): StackEnv => inject('stack');

/**
 * A temporary folder for one stack. As root, Postgres runs as another user, who must be able to enter it.
 */
export async function newDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'cognito-supabase-'));
  await chmod(dir, 0o711);
  return dir;
}

export interface StackProcess {
  readonly child: ChildProcess;
  readonly dir: string;
  /** All that it has printed. */
  output(): string;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
  /** Resolves with the settings when it is ready; rejects with its output if it ends before. */
  ready(): Promise<StackEnv>;
  /** Sends Ctrl-C, and waits for the end. */
  stop(): Promise<void>;
}

/** Runs `local/main.mjs` with the given arguments on `dir`, by default on any free ports. */
export function runStack(dir: string, args: readonly string[] = ['--port', '0']): StackProcess {
  const child = spawn(process.execPath, [ENTRY, '--dir', dir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  const ready = new Promise<void>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`not ready in time:\n${output}`)),
      START_TIMEOUT,
    );
    const onData = (chunk: Buffer) => {
      output += chunk;
      if (!/^ready in /m.test(output)) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    void exit.then((how) => {
      clearTimeout(late);
      reject(new Error(`ended with ${how}:\n${output}`));
    });
  });
  // A test may wait for the exit only.
  ready.catch(() => {});
  return {
    child,
    dir,
    output: () => output,
    exit,
    ready: async () => {
      await ready;
      return readStackEnv(dir);
    },
    stop: async () => {
      child.kill('SIGINT');
      await exit;
    },
  };
}

/** Deletes a stack's folder. */
export const removeDir = (dir: string): Promise<void> => rm(dir, { recursive: true, force: true });
