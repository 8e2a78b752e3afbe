/** Ctrl-C while the stack is busy: it ends, even with pending requests. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';

/** Much longer than a stop takes, much shorter than the requests wait; in milliseconds. */
const PATIENCE = 20_000;

let dir: string;
let stack: StackProcess;
let env: StackEnv;

beforeEach(async () => {
  dir = await newDir();
  stack = runStack(dir, ['--web', '--port', '0']);
  env = await stack.ready();
  await query(`
    create function public.slow() returns void language sql as 'select pg_sleep(120)';
    create function public.is_known() returns boolean language sql as 'select true';
    grant execute on function public.slow(), public.is_known() to service_role;
    notify pgrst, 'reload schema'`);
  // The Data API reads the notification some time later.
  await expect.poll(async () => (await call('is_known')).status, { timeout: 10_000 }).toBe(200);
});

afterEach(async () => {
  stack.child.kill('SIGKILL');
  await stack.exit;
  await removeDir(await clusterHome(dir));
  await removeDir(dir);
});

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const call = (name: string) =>
  fetch(`${env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
    method: 'POST',
    headers: { apikey: env.SUPABASE_SECRET_KEY },
  });

const sleeping = () =>
  query(`select pid from pg_stat_activity where query ~ 'slow' and pid <> pg_backend_pid()`);

/** Requests that wait in Postgres. Their result does not matter here. */
async function keepBusy(requests: number): Promise<void> {
  for (let at = 0; at < requests; at += 1) {
    void call('slow').catch(() => {});
  }
  // A caller has four connections; the other requests wait for one.
  await expect.poll(sleeping, { timeout: 10_000 }).toHaveLength(4);
}

/** Exit code, or 'still running'. */
const exitInTime = () => Promise.race([stack.exit, delay(PATIENCE, 'still running' as const)]);

/** A socket that requests an upgrade and sends nothing more. */
async function upgrade(address: string): Promise<string> {
  const { hostname, port, host } = new URL(address);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
  );
  await expect.poll(() => answer, { timeout: 10_000 }).not.toBe('');
  return answer.split('\r\n')[0] ?? '';
}

test('20 requests in flight', async () => {
  await keepBusy(20);
  stack.child.kill('SIGINT');
  expect(await exitInTime()).toBe(0);
});

test('a request to upgrade on every port is answered, and keeps nothing open', async () => {
  expect(await upgrade(env.WEB_URL)).toMatch(/^HTTP\/1.1 400/);
  expect(await upgrade(env.SUPABASE_URL)).toMatch(/^HTTP\/1.1 4/);
  expect(await upgrade(env.COGNITO_ENDPOINT)).toMatch(/^HTTP\/1.1 [24]/);
  stack.child.kill('SIGINT');
  expect(await exitInTime()).toBe(0);
});

test('sockets that are open and say nothing', async () => {
  for (const address of [env.WEB_URL, env.SUPABASE_URL, env.COGNITO_ENDPOINT]) {
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nHost: ');
  }
  await delay(200);
  stack.child.kill('SIGINT');
  expect(await exitInTime()).toBe(0);
});

test('the second signal ends it at once, and Postgres with it', async () => {
  await keepBusy(4);
  // Both signals while the stack stops. Two that are pending at once may come in either order.
  stack.child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 50));
  stack.child.kill('SIGTERM');
  expect([0, 143]).toContain(await exitInTime());
  const { hostname, port } = new URL(env.SUPABASE_DB_URL);
  await expect
    .poll(
      () =>
        new Promise((resolve) => {
          const socket = connect(Number(port), hostname, () => resolve('listens'));
          socket.on('error', () => resolve('gone'));
          socket.on('connect', () => socket.destroy());
        }),
      { timeout: 10_000 },
    )
    .toBe('gone');
  // Committed rows are there at the next start, which uses the folder without a message.
  const again = runStack(dir, []);
  env = await again.ready();
  expect(await query(`select count(*)::int as users from cognito.users`)).toEqual([{ users: 2 }]);
  await again.stop();
});
