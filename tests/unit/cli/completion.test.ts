/** Completion of the binary in shells. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const MAIN = path.resolve(import.meta.dirname, '../../../cli/main.ts');

/** What a shell asks for, and the words of the answer. */
async function suggestions(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run(process.execPath, [MAIN, 'complete', '--', ...words]);
  const lines = stdout.trim().split('\n');
  // The last one tells the shell what else it may offer.
  return lines.slice(0, -1).map((line) => line.split('\t')[0] ?? '');
}

test.each([
  [['do'], ['doctor']],
  [
    ['migrate-users', 'to'],
    ['to-cognito', 'to-supabase'],
  ],
  [['connect', '--da'], []],
])('%j', async (words, wanted) => {
  expect(await suggestions(...words)).toEqual(wanted);
});

test('options of a command', async () => {
  expect(await suggestions('init', '--w')).toEqual(['--workdir', '--with']);
});

test('bash takes the script', async () => {
  const { stdout } = await run(process.execPath, [MAIN, 'completion', 'bash']);
  const script = `${stdout}\ncomplete -p cognito-supabase`;
  const { stdout: said } = await run('bash', ['--norc', '-c', script]);
  expect(said).toContain('cognito-supabase');
});
