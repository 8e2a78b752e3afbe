/** Starting the stack again, after a kill, and with wrong options. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { STACK_ENV_NAMES } from '@cognito-supabase/contract/settings';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import { commandLine, serviceUser } from '@cognito-supabase/local/postgres/os';
import pg from 'pg';
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

async function query(env: StackEnv, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Command lines of all processes that name this test's folder. */
async function processesOf(folder: string): Promise<string[]> {
  const lines =
    process.platform === 'linux'
      ? await Promise.all(
          (await readdir('/proc'))
            .filter((name) => /^\d+$/.test(name))
            .map((pid) => commandLine(Number(pid))),
        )
      : (await run('ps', ['-axo', 'args='])).stdout.split('\n');
  return lines.filter((line) => line?.includes(folder)).map(String);
}

const missing = (file: string): Promise<boolean> =>
  stat(file).then(
    () => false,
    () => true,
  );

describe('start, stop, start again', () => {
  test('Ctrl-C leaves no process and no stack.env; the next start has users, keys and rows', async () => {
    const first = runStack(dir);
    const env = await first.ready();
    expect(Object.keys(env).sort()).toEqual([...STACK_ENV_NAMES].sort());
    expect((await stat(path.join(dir, 'stack.env'))).mode & 0o777).toBe(0o600);
    await query(env, "insert into public.notes (owner_sub, body) values ('me', 'kept')");
    const users = await query(env, 'select username from cognito.users order by 1');
    expect(users).toHaveLength(2);
    const keys = await (await fetch(`${env.COGNITO_ISSUER}/.well-known/jwks.json`)).text();
    first.child.kill('SIGINT');
    expect(await first.exit).toBe(0);
    expect(await missing(path.join(dir, 'stack.env'))).toBe(true);
    expect(await processesOf(dir)).toEqual([]);

    const second = runStack(dir, []);
    const again = await second.ready();
    // The same ports give the same issuer, so a session in a browser stays.
    expect(again).toEqual(env);
    expect(await query(again, 'select body from public.notes')).toEqual([{ body: 'kept' }]);
    expect(await query(again, 'select username from cognito.users order by 1')).toEqual(users);
    expect(await (await fetch(`${again.COGNITO_ISSUER}/.well-known/jwks.json`)).text()).toBe(keys);
    await second.stop();

    const third = runStack(dir, ['--reset']);
    const anew = await third.ready();
    expect(await query(anew, 'select body from public.notes')).toEqual([]);
    expect(anew.SUPABASE_SECRET_KEY).not.toBe(env.SUPABASE_SECRET_KEY);
    await third.stop();
  });

  test('killed with SIGKILL, it comes up with all that was committed', async () => {
    const first = runStack(dir);
    const env = await first.ready();
    for (let i = 0; i < 50; i += 1) {
      await query(env, `insert into public.notes (owner_sub, body) values ('me', 'note ${i}')`);
    }
    first.child.kill('SIGKILL');
    expect(await first.exit).toBe('SIGKILL');
    // Postgres keeps running, and the next start ends it.
    expect(await processesOf(dir)).not.toEqual([]);

    const second = runStack(dir, []);
    const again = await second.ready();
    expect(await query(again, 'select count(*)::int as n from public.notes')).toEqual([{ n: 50 }]);
    expect(await query(again, 'select count(*)::int as n from cognito.users')).toEqual([{ n: 2 }]);
    await second.stop();
    expect(await processesOf(dir)).toEqual([]);
  });

  test('stopped while it starts, it stops', async () => {
    const stack = runStack(dir);
    await expect.poll(() => stack.output(), { timeout: 30_000 }).toContain('✓');
    stack.child.kill('SIGTERM');
    expect(await stack.exit).toBe(0);
    expect(await processesOf(dir)).toEqual([]);
    expect(await missing(path.join(dir, 'stack.env'))).toBe(true);
  });

  test('a second stack on the same folder is refused, and does not disturb the first', async () => {
    const first = runStack(dir);
    const env = await first.ready();
    const second = runStack(dir);
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(/^error DATA_DIR_IN_USE: .*\n {2}→ /m);
    expect(await query(env, 'select 1 as alive')).toEqual([{ alive: 1 }]);
    await first.stop();
  });

  test.runIf(process.getuid?.() === 0)(
    'as root, below a folder that others cannot enter',
    async () => {
      await chmod(dir, 0o700);
      const stack = runStack(dir);
      const env = await stack.ready();
      expect(await query(env, 'select count(*)::int as n from cognito.users')).toEqual([{ n: 2 }]);
      await stack.stop();
    },
  );
});

describe('refused combinations', () => {
  /** It ends with 1, prints one line with a hint, and leaves no process and no settings. */
  async function refused(args: readonly string[], code: string): Promise<string> {
    const stack = runStack(dir, args);
    expect(await stack.exit).toBe(1);
    expect(stack.output()).toMatch(new RegExp(`^error ${code}: .+\\n[\\s\\S]*  → .+`, 'm'));
    expect(stack.output()).not.toMatch(/\n\s+at /);
    expect(await missing(path.join(dir, 'stack.env'))).toBe(true);
    expect(await processesOf(dir)).toEqual([]);
    return stack.output();
  }

  test('a taken port is named', async () => {
    // Below the ports that systems and other stacks take, so that its neighbours are free.
    const base = 10_000 + 10 * Math.floor(Math.random() * 900);
    const blocker = createServer().listen(base + 1, '127.0.0.1');
    await once(blocker, 'listening');
    const said = await refused(['--port', String(base)], 'PORT_TAKEN');
    expect(said).toContain(`port ${base + 1} (api) is taken`);
    blocker.close();
  });

  test('a data folder of another Postgres version', async () => {
    const data = path.join(dir, 'postgres', 'data');
    await mkdir(data, { recursive: true });
    await writeFile(path.join(data, 'PG_VERSION'), '16\n');
    if (process.getuid?.() === 0) await own(data);
    expect(await refused([], 'DATA_DIR_WRONG_VERSION')).toContain('Postgres 16');
    expect(await readFile(path.join(data, 'PG_VERSION'), 'utf8')).toBe('16\n');
  });

  async function own(folder: string): Promise<void> {
    const user = await serviceUser();
    if (user) await chown(folder, user.uid, user.gid);
  }

  test.runIf(process.getuid?.() === 0)('a data folder of another user', async () => {
    const data = path.join(dir, 'postgres', 'data');
    await mkdir(data, { recursive: true });
    await writeFile(path.join(data, 'PG_VERSION'), '17\n');
    await chown(data, 12_345, 12_345);
    expect(await refused([], 'DATA_DIR_FOREIGN_OWNER')).toContain('12345');
  });

  test('a broken migration: which file, which statement', async () => {
    const workdir = path.join(dir, 'project');
    await cp(path.join(REPOSITORY, 'supabase'), path.join(workdir, 'supabase'), {
      recursive: true,
    });
    await writeFile(
      path.join(workdir, 'supabase', 'migrations', '29990101000000_break.sql'),
      'create table public.half (id int);\nselect no_such_function();\n',
    );
    const output = await refused(['--port', '0', '--workdir', workdir], 'MIGRATION_FAILED');
    expect(output).toContain('29990101000000_break.sql');
    expect(output).toContain('statement 2: select no_such_function()');

    await writeFile(
      path.join(workdir, 'supabase', 'migrations', '29990101000000_break.sql'),
      'create table public.half (id int);\n',
    );
    const mended = runStack(dir, ['--workdir', workdir]);
    const env = await mended.ready();
    expect(await query(env, 'select * from public.half')).toEqual([]);
    await mended.stop();
  });

  test('keys that cannot be read', async () => {
    await writeFile(path.join(dir, 'state.json'), '{"publishableKey": ');
    expect(await refused([], 'DATA_DIR_UNREADABLE')).toContain('--reset');
  });

  test('an unknown option', async () => {
    expect(await refused(['--prot', '1'], 'BAD_OPTION')).toContain('--prot');
  });

  test('an old Node gets a sentence', async () => {
    const entry = path.join(REPOSITORY, 'local', 'main.mjs');
    // Runs the file with the version of an old host.
    const script = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); await import(${JSON.stringify(entry)});`;
    const result = await run(process.execPath, ['--input-type=module', '-e', script]).catch(
      (error) => error,
    );
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^error NODE_TOO_OLD: this is Node 20\.20\.2/);
  });
});
