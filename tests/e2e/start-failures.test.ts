/** Failing starts: one sentence with a code, a hint, exit code 1, and nothing lost. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newDir, removeDir, runStack } from '../support/stack.ts';

const run = promisify(execFile);
const REPOSITORY = path.resolve(import.meta.dirname, '../..');
let dir: string;

beforeEach(async () => {
  dir = await newDir();
});
afterEach(async () => {
  await removeDir(await clusterHome(dir));
  await removeDir(dir);
});

/** Runs until the end, which must be an error: its code, and all that was printed. */
async function failure(folder: string, args: readonly string[] = ['--port', '0']) {
  const stack = runStack(folder, args);
  expect(await stack.exit).toBe(1);
  const output = stack.output();
  // A sentence, and what to do; no stack trace.
  expect(output).toMatch(/^ {2}→ \S/m);
  expect(output).not.toMatch(/^ {4}at |node:internal/m);
  return { code: /^error ([A-Z_]+): /m.exec(output)?.[1], output };
}

describe('the data folder', () => {
  test.each([
    ['--dir is a file', ''],
    ['--dir is below a file', '/below'],
  ])('%s', async (_, below) => {
    await writeFile(path.join(dir, 'file'), 'mine');
    const { code, output } = await failure(path.join(dir, 'file') + below);
    expect(code).toBe('DATA_DIR_NOT_A_FOLDER');
    expect(output).toContain(`${path.join(dir, 'file')}: a file has the name`);
    expect(await readFile(path.join(dir, 'file'), 'utf8')).toBe('mine');
  });

  test.each(['', 'null', '[]', '"text"', '{', '{"publishableKey":"x"}', '{"passwords":null}'])(
    'state.json holds %j',
    async (text) => {
      await writeFile(path.join(dir, 'state.json'), text);
      const { code, output } = await failure(dir);
      expect(code).toBe('DATA_DIR_UNREADABLE');
      expect(output, 'the way out means this folder').toContain(`--dir ${dir} --reset`);
      expect(await readFile(path.join(dir, 'state.json'), 'utf8')).toBe(text);
    },
  );

  test.each(['', 'null', '{"pid":0}'])(
    'stack.lock holds %j, which nobody holds: it starts',
    async (text) => {
      await writeFile(path.join(dir, 'stack.lock'), text);
      const stack = runStack(dir);
      await stack.ready();
      expect(stack.output()).toContain(`--dir ${dir} --reset`);
      await stack.stop();
    },
  );

  test.each(['a"quote', 'a$dollar', 'a`tick', 'a\\slash', 'a\nline'])(
    'a name that initdb would give to a shell: %j',
    async (name) => {
      const { code, output } = await failure(path.join(dir, name));
      expect(code).toBe('BAD_OPTION');
      expect(output).toContain('initdb');
    },
  );

  test('a single quote, a space and a semicolon work, and cognito.users answers', async () => {
    const folder = path.join(dir, "it's; a b");
    await mkdir(folder, { mode: 0o711 });
    const stack = runStack(folder);
    const env = await stack.ready();
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
    await client.connect();
    const { rows } = await client.query('select count(*)::int as users from cognito.users');
    await client.end();
    await stack.stop();
    expect(rows).toEqual([{ users: 2 }]);
  });
});

/** A small file system. Only root may mount one, if the kernel allows it. */
async function mounted(options: string): Promise<string | undefined> {
  const place = path.join(dir, 'mounted');
  await mkdir(place);
  const done = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place]).then(
    () => true,
    () => false,
  );
  return done ? place : undefined;
}

describe('the disk', () => {
  test.each([
    ['full at once', 'size=64k', 'DISK_FULL'],
    ['full while Postgres is placed', 'size=20m', 'DISK_FULL'],
    ['read-only', 'ro', 'DATA_DIR_READ_ONLY'],
  ])('%s', async (_, options, wanted) => {
    const place = await mounted(options);
    if (place === undefined) return; // Nobody else may mount; the sentences are tested without it.
    try {
      expect((await failure(place)).code).toBe(wanted);
    } finally {
      await run('umount', [place]);
    }
  });
});

describe('--reset', () => {
  test('prints what it deletes, and the next start begins anew', async () => {
    const first = runStack(dir);
    await first.ready();
    await first.stop();
    const again = runStack(dir, ['--reset', '--port', '0']);
    await again.ready();
    await again.stop();
    const deleted = again
      .output()
      .split('\n')
      .filter((line) => /^ {2}deleted /.test(line));
    expect(deleted.join('\n')).toMatch(/postgres: the database\n.*cognito: users.*\n.*state\.json/);
  });

  test('a folder that no stack has made is left as it is', async () => {
    await mkdir(path.join(dir, 'postgres'));
    await writeFile(path.join(dir, 'postgres', 'mine'), 'mine');
    const { code } = await failure(dir, ['--reset', '--port', '0']);
    expect(code).toBe('DATA_DIR_NOT_OURS');
    expect(await readFile(path.join(dir, 'postgres', 'mine'), 'utf8')).toBe('mine');
  });

  test('a folder with files of somebody else is refused, and gets no file', async () => {
    await writeFile(path.join(dir, 'notes.txt'), 'mine');
    const { code, output } = await failure(dir, ['--reset', '--port', '0']);
    expect(code).toBe('DATA_DIR_NOT_OURS');
    expect(output).toContain('notes.txt');
    expect(await readdir(dir)).toEqual(['notes.txt']);
  });

  test('files that a reset leaves are no hindrance', async () => {
    await writeFile(path.join(dir, 'machines.json'), '[]');
    await writeFile(path.join(dir, '.gitignore'), '*\n');
    const stack = runStack(dir, ['--reset', '--port', '0']);
    await stack.ready();
    await stack.stop();
  });
});

describe('other commands', () => {
  test('types:generate without a stack', async () => {
    const script = path.join(REPOSITORY, 'local/generate-types.ts');
    const types = await readFile(path.join(REPOSITORY, 'web/src/data/database.types.ts'), 'utf8');
    const result = await run(process.execPath, [script, '--dir', dir]).catch((error) => error);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^error STACK_NOT_RUNNING: .*\n {2}→ start one/);
    expect(await readFile(path.join(REPOSITORY, 'web/src/data/database.types.ts'), 'utf8')).toBe(
      types,
    );
  });
});
