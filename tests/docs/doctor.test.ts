/** docs/doctor.md: its commands against a stack, and its table against the code. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CATALOGUE } from '../../cli/doctor/catalogue/index.ts';
import { type OwnStack, ownStack } from '../db/directory-fixtures.ts';
import { Page, runInShell } from '../support/page.ts';
import { newPerson } from '../support/people.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const page = await Page.read('docs/doctor.md');
let stack: OwnStack;

beforeAll(async () => {
  stack = await ownStack();
});
afterAll(() => stack?.stop());

/** The binary of this checkout, the folder of this stack, and a file with a token. */
const here = (command: string): string =>
  command
    .replaceAll('npx cognito-supabase', `node ${path.join(ROOT, 'cli/main.ts')}`)
    .replaceAll('--stack', `--stack ${stack.dir}`);

test('token: the commands explain a token, and read as its person', async () => {
  const person = await newPerson('reader', stack.env);
  await writeFile(path.join(stack.dir, 'token.txt'), person.accessToken);
  await stack.db.query(
    `insert into public.notes (owner_sub, body) values ($1, 'of the person'), ('x', 'of another')`,
    [person.sub],
  );
  const commands = page.take('sh', 'cognito-supabase token').trim().split('\n');
  const [explained, asked] = await Promise.all(
    commands.map((command) => runInShell(here(command), { cwd: stack.dir })),
  );
  expect(explained?.code, explained?.output).toBe(0);
  expect(explained?.output).toMatch(/public\.notes {2}1 rows/);
  expect(explained?.output).not.toContain(person.accessToken.split('.')[2]);
  expect(asked?.code, asked?.output).toBe(0);
  expect(asked?.output).toContain('of the person');
  expect(asked?.output).not.toContain('of another');
});

test('doctor: its command finds that a new stack has an empty directory', async () => {
  const command = here(page.take('sh', 'cognito-supabase doctor'));
  const { code, output } = await runInShell(command);
  expect(code, output).toBe(1);
  expect(output).toContain('directory-never-filled');
  await stack.db.query('select cognito.refresh()');
  const after = await runInShell(command);
  expect(after.code, after.output).toBe(0);
  expect(after.output).toContain('nothing is wrong');
});

test('every finding is in the table, as the code has it', () => {
  const rows = [...page.text.matchAll(/^\| `([\w-]+)` \| (error|warning|note) \| (.+) \|$/gm)].map(
    ([, id = '', severity = '', rest = '']) => [
      id,
      severity,
      ...rest.replaceAll('\\|', '|').split(' | '),
    ],
  );
  const known = Object.entries(CATALOGUE).map(([id, { severity, title, cure }]) => [
    ...[id, severity, title, cure],
  ]);
  expect(rows).toEqual(known);
});

test('every block of the page was taken', () => {
  page.cannotRun('yaml', 'upload-sarif', 'It needs a workflow of GitHub.');
  expect(page.unused).toEqual([]);
});
