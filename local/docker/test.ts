/**
 * `npm run test:docker`: the suites of the database and the Data API against Supabase's own containers.
 * It uses an empty database in a folder of its own and deletes it afterwards. Arguments are passed on to
 * vitest: `npm run test:docker -- tests/db/schema.test.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { printError } from '../progress.ts';
import { supabase } from './cli.ts';
import { projectDir } from './stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Below the repository, because Docker's virtual machine shares that folder with the containers. */
const DIR = path.join(ROOT, '.local', 'test-docker');
const VITEST = path.join(
  path.dirname(fileURLToPath(import.meta.resolve('vitest'))),
  '..',
  'vitest.mjs',
);

const node = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const exitOf = async (child: ChildProcess): Promise<number> => {
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  return code ?? 1;
};

/** Resolves when the stack is ready, rejects if it ends before. */
async function startStack(): Promise<ChildProcess> {
  const entry = path.join(ROOT, 'local', 'main.mjs');
  const args = ['--docker', '--web', '--reset', '--port', '0', '--dir', DIR];
  // The pool of the tests is always the emulator, because tests make and delete people.
  const noPool = { COGNITO_USER_POOL_ID: '', COGNITO_REGION: '', COGNITO_CLIENT_ID: '' };
  const stack = node([entry, ...args], noPool);
  await new Promise<void>((resolve, reject) => {
    let output = '';
    stack.stdout?.on('data', (chunk) => {
      process.stdout.write(chunk);
      output += chunk;
      if (/^ready in /m.test(output)) resolve();
    });
    stack.once('exit', () => reject(new Error('the stack did not start')));
  });
  return stack;
}

async function runVitest(extra: readonly string[]): Promise<number> {
  const projects = ['db', 'docs', 'security', 'e2e'].map((name) => `--project=${name}`);
  // These tests start and stop the embedded stack. tests/unit/local/docker has those of this stack.
  const args = [VITEST, 'run', ...projects, '--exclude=tests/e2e/stack-life.test.ts', ...extra];
  const vitest = node(args, { STACK_ENV: path.join(DIR, 'stack.env') });
  vitest.stdout?.pipe(process.stdout);
  return exitOf(vitest);
}

/** pgTAP by pg_prove in a container, as the CLI has it. */
async function runPgTap(): Promise<number> {
  try {
    console.log(await supabase(['test', 'db'], { workdir: projectDir(DIR), show: true }));
    return 0;
  } catch (error) {
    printError(error);
    return 1;
  }
}

let code = 1;
try {
  const stack = await startStack();
  try {
    code = Math.max(await runVitest(process.argv.slice(2)), await runPgTap());
  } finally {
    stack.kill('SIGINT');
    await exitOf(stack);
    await supabase(['stop', '--no-backup'], { workdir: projectDir(DIR) });
    await rm(DIR, { recursive: true, force: true });
  }
} catch (error) {
  printError(error);
}
process.exit(code);
