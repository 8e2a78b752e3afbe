/** One edge function of the project, run by Deno, which Supabase's own runtime is made of. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../listen.ts';
import { printable } from '../printable.ts';
import { signalGroup } from '../process-group.ts';

/** Milliseconds. Deno loads what a function imports, at the first start from the network. */
const PATIENCE = 60_000;

export interface FunctionProcess {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

export interface FunctionOptions {
  readonly name: string;
  /** supabase/functions of the project. */
  readonly folder: string;
  /** The program. */
  readonly deno: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A free port. Deno listens at it again after each change of the function. */
async function freePort(): Promise<number> {
  const { port, close } = await listen(createServer(), 0);
  await close();
  return port;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });

/** @param onError is called when Deno says that the function has failed. It then waits for a change of the files. */
function printLines(name: string, child: ChildProcess, onError: () => void): void {
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      const lines = chunk.toString('utf8').split('\n').filter(Boolean);
      for (const line of lines) console.log(`  ${name}: ${printable(line)}`);
      if (lines.some((line) => line.startsWith('error: '))) onError();
    });
}

/**
 * Starts a function, and starts it again when its files change. It may use the network, its environment and the files of
 * supabase/functions, and nothing else.
 *
 * @throws Error if it does not listen
 */
export async function startFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const { name, folder, deno, env } = options;
  const port = await freePort();
  const { PATH = '', HOME = '', DENO_DIR } = process.env;
  const child = spawn(
    deno,
    [
      ...['run', '--watch', '--no-clear-screen', '--no-prompt', '--no-lock', '--quiet'],
      ...['--node-modules-dir=none', '--allow-env', '--allow-net', `--allow-read=${folder}`],
      path.join(folder, name, 'index.ts'),
    ],
    {
      cwd: path.join(folder, name),
      // Not the environment of the stack, which may have credentials.
      env: {
        ...{ PATH, HOME, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
        ...(DENO_DIR && { DENO_DIR }),
        ...env,
        DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
      },
      // A group of its own, because the program of npm's package starts the real one.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exited = once(child, 'exit').catch(() => undefined);
  let hasFailed = false;
  printLines(name, child, () => {
    hasFailed = true;
  });
  const stop = async (): Promise<void> => {
    signalGroup(child, 'SIGKILL');
    await exited;
  };
  for (const began = Date.now(); Date.now() - began < PATIENCE; await sleep(50)) {
    if (hasFailed || child.exitCode !== null || child.pid === undefined) break;
    if (await isListening(port)) return { port, stop };
  }
  await stop();
  throw new Error(`function ${name} does not listen: the output of the stack has the reason`);
}
