/** docs/user-pool-emulator.md: its commands are run, and its code blocks start a pool. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Page, runInShell } from '../support/page.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const page = await Page.read('docs/user-pool-emulator.md');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'emulator-docs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const commands = page
  .take('sh', 'npm run cognito')
  .trim()
  .split('\n')
  .map((line) => line.replace(/ +#.*/, ''));

test('the commands start a pool, or say how', async () => {
  expect(commands).toHaveLength(5);
  for (const command of commands) {
    if (command.endsWith('--help')) {
      const { code, output } = await runInShell(command);
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('--dir') });
      continue;
    }
    // Any free port in place of the one of the page.
    const args = (command.split(' -- ')[1]?.split(' ') ?? []).map((one) =>
      one.replace('9443', '0'),
    );
    const child = spawn(process.execPath, [
      path.join(ROOT, 'local/cognito/main.ts'),
      ...args,
      ...['--port', '0', '--dir', path.join(folder, 'alone')],
    ]);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(line.toString()).toMatch(/endpoint +http:\/\/127\.0\.0\.1:\d+/);
    child.kill('SIGINT');
    expect((await once(child, 'exit'))[0]).toBe(0);
  }
});

/** Runs a module that starts a pool, and returns the value of `print`. */
async function run(code: string, print: string): Promise<unknown> {
  const module = code
    .replace("'./local/", `'${ROOT}/local/`)
    .replace(/'\/tmp\/pool'/, `'${await mkdtemp(path.join(folder, 'pool-'))}'`);
  const file = path.join(await mkdtemp(path.join(folder, 'module-')), 'module.ts');
  await writeFile(
    file,
    `${module}\nconsole.log(JSON.stringify(${print}));\nawait cognito.close();\n`,
  );
  const { output } = await runInShell(`"${process.execPath}" "${file}"`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

const SIGN_UP = `await cognito.call('SignUp', {
  ClientId: 'localclient', Username: 'ann@example.com', Password: 'Correct-horse-42',
})`;

test('a pool starts in the same process, with triggers', async () => {
  const plain = page.take('ts', 'port: 0, // any free port');
  expect(await run(plain, SIGN_UP)).toMatchObject({ UserConfirmed: false });
  const [, options = ''] = /startCognito\((\{[\s\S]*?\n\})\)/.exec(plain) ?? [];
  const [head] = plain.split('\n\n');
  const triggers = `${head}\nconst options = ${options};\n${page.take('ts', 'triggers: {')}`;
  expect(await run(triggers, SIGN_UP)).toMatchObject({ UserConfirmed: true });
});

test('no block of the page is left', () => {
  expect(page.unused).toEqual([]);
});
