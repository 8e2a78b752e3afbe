/** As root, Postgres runs as another user. That user gains no rights by the files that it writes. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { serviceUser } from '@cognito-supabase/local/postgres/os';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newDir, removeDir, runStack } from '../support/stack.ts';

const run = promisify(execFile);
const asUser = async (line: string, ...args: readonly string[]) =>
  run('/bin/sh', ['-c', line, 'sh', ...args], { ...(await serviceUser()), cwd: '/' });

let dir: string;
let home: string;
let data: string;

beforeEach(async () => {
  dir = await newDir();
  home = path.join(dir, 'postgres');
  data = path.join(home, 'data');
});
afterEach(() => removeDir(dir));

/** A data folder of a stopped stack. */
async function stoppedStack(): Promise<void> {
  const stack = runStack(dir);
  await stack.ready();
  await stack.stop();
}

describe.runIf(process.getuid?.() === 0)('the user that Postgres runs as', () => {
  test('can make, replace and move nothing in the folder that root works in', async () => {
    await stoppedStack();
    const before = await readdir(home);
    const attempts = [
      'ln -s /etc/hosts "$1/password.new"',
      'rm "$1/postgres.log" && ln -s /etc/hosts "$1/postgres.log"',
      'mv "$1/data" "$1/elsewhere"',
      'mkdir "$1/data.new"',
      'mv "$1/runtime" "$1/runtime.old"',
      'echo "" >> "$1/runtime/bin/cognito-export.mjs"',
    ];
    for (const attempt of attempts) {
      await expect(asUser(attempt, home), attempt).rejects.toThrow(/denied|not permitted/);
    }
    expect(await readdir(home)).toEqual(before);
    expect((await lstat(home)).uid).toBe(0);
  });

  test('a link in place of a file of Postgres is not followed, and nothing of it is printed', async () => {
    await stoppedStack();
    const secret = path.join(dir, 'secret');
    await writeFile(secret, 'the words of root', { mode: 0o600 });
    await asUser('ln -sf "$2" "$1/PG_VERSION"', data, secret);
    const stack = runStack(dir);
    expect(await stack.exit).toBe(1);
    expect(stack.output()).toMatch(/^error DATA_DIR_WRONG_VERSION: /m);
    expect(stack.output()).not.toContain('the words of root');
    expect(await readFile(secret, 'utf8')).toBe('the words of root');
  });

  test('a pipe in place of a file of Postgres does not hold the start up', async () => {
    await stoppedStack();
    await asUser('rm -f "$1/postmaster.pid"; mkfifo "$1/postmaster.pid"', data);
    const stack = runStack(dir);
    await stack.ready();
    await stack.stop();
  });

  test('a process number that it writes ends no process but its own Postgres', async () => {
    await stoppedStack();
    const idle = ['-e', 'setInterval(() => {}, 1000); console.log("up")', data];
    const victims = [
      // The same command line, but another user.
      spawn(process.execPath, idle),
      // The same command line and user, but another program.
      spawn('/bin/sh', ['-c', 'echo up; while :; do sleep 1; done', data], {
        ...(await serviceUser()),
        cwd: '/',
      }),
    ];
    for (const victim of victims) {
      await once(victim.stdout, 'data');
      await asUser('echo "$2" > "$1/postmaster.pid"', data, String(victim.pid));
      const stack = runStack(dir);
      await stack.ready();
      expect([victim.exitCode, victim.signalCode]).toEqual([null, null]);
      await stack.stop();
      victim.kill('SIGKILL');
    }
  });

  test('--reset deletes links, and not their targets', async () => {
    await stoppedStack();
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'elsewhere-'));
    await writeFile(path.join(elsewhere, 'kept'), 'kept');
    await symlink(elsewhere, path.join(data, 'base', 'link'));
    const stack = runStack(dir, ['--port', '0', '--reset']);
    await stack.ready();
    await stack.stop();
    expect(await readdir(elsewhere)).toEqual(['kept']);
    await rm(elsewhere, { recursive: true });
  });
});

test('functions of postgres in public are not run by the superuser at the next start', async () => {
  const first = runStack(dir);
  const client = new pg.Client({ connectionString: (await first.ready()).SUPABASE_DB_URL });
  await client.connect();
  // A literal matches `text` better than the `name` of the original function.
  await client.query(`
    create table public.ran (as_role text);
    grant insert on public.ran to public;
    create function public.shobj_description(oid, text) returns text language plpgsql as $$
      begin
        insert into public.ran values (current_user);
        return pg_catalog.shobj_description($1, $2::name);
      end $$;`);
  await client.end();
  await first.stop();

  const second = runStack(dir);
  const again = new pg.Client({ connectionString: (await second.ready()).SUPABASE_DB_URL });
  await again.connect();
  expect((await again.query('select as_role from public.ran')).rows).toEqual([]);
  await again.end();
  await second.stop();
});
