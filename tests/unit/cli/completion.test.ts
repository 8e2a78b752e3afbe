/** Completion of the binary in shells. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

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

test('bash completes a command that is in PATH, as the help says', async () => {
  const { stdout: help } = await run(process.execPath, [MAIN, 'completion', '--help']);
  expect(help).toContain('bash-completion');
  const example = /Example, in bash:\n([\s\S]*)/.exec(help)?.[1] ?? '';
  const dir = await mkdtemp(path.join(tmpdir(), 'completion-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await symlink(path.join(MAIN, '../bin.mjs'), path.join(dir, 'cognito-supabase'));
  // Stands in for bash-completion, which reads the line that is typed.
  const typed = `_get_comp_words_by_ref() { words=(cognito-supabase do); cword=1; cur=do; prev=cognito-supabase; }`;
  const script = `${typed}\n${example.replace('$PWD/node_modules/.bin', dir)}\n__cognito_supabase_complete 2>&-\necho "\${COMPREPLY[*]}"`;
  const PATH = `${path.dirname(process.execPath)}:${process.env.PATH}`;
  const { stdout } = await run('bash', ['--norc', '-c', script], { env: { ...process.env, PATH } });
  expect(stdout).toBe('doctor\n');
});
