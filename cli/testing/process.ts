/** A stack in a process of its own, as `cognito-supabase dev` starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { readStackEnv } from '@cognito-supabase/local/stack-env';

const ENTRY = fileURLToPath(new URL('../../local/main.mjs', import.meta.url));

/** A start takes about 3 s. In ms. */
const PATIENCE = 90_000;

export interface StackProcess {
  readonly env: StackEnv;
  /** Ends it, and deletes its data. */
  stop(): Promise<void>;
}

/** Resolves when it says that it is ready. @throws Error with its output */
function untilReady(child: ChildProcess): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the stack ${why}:\n${output}`));
    const late = setTimeout(fail, PATIENCE, 'was not ready in time');
    const read = (chunk: Buffer) => {
      output += chunk;
      if (!/^ready in /m.test(output)) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('exit', (code) => {
      clearTimeout(late);
      fail(`ended with ${code}`);
    });
  });
}

/**
 * @param workdir The folder that has supabase/.
 * @param origins Of web apps that may call the stack.
 */
export async function startProcess(
  workdir: string,
  origins: readonly string[],
): Promise<StackProcess> {
  const dir = await mkdtemp(path.join(tmpdir(), 'cognito-supabase-'));
  // As root, Postgres runs as another user, who must be able to enter it.
  await chmod(dir, 0o711);
  const places = ['--dir', dir, '--port', '0', '--workdir', workdir];
  const child = spawn(
    process.execPath,
    [ENTRY, ...places, ...origins.flatMap((origin) => ['--origin', origin])],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    await rm(await clusterHome(dir), { recursive: true, force: true });
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await untilReady(child);
    return { env: await readStackEnv(dir), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
