/**
 * A Data API that loses its database connections: it answers 503, keeps acknowledged rows, and works
 * again as soon as the database does. A relay between the two cuts the connections.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { type DataApi, startDataApi } from '@cognito-supabase/local/data-api/server';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Relay, startRelay } from '../support/relay.ts';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';

/** Only the introspection reads this catalog. */
const INTROSPECTION = 'pg_timezone_names';

let stack: StackProcess;
let env: StackEnv;
let db: pg.Client;
let relay: Relay;
let api: DataApi;
let key: string;

beforeAll(async () => {
  stack = runStack(await newDir());
  env = await stack.ready();
  db = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await db.connect();
  await db.query(`
    create table public.received (id bigint primary key);
    grant select, insert on public.received to service_role`);
});

afterAll(async () => {
  await db?.end();
  await stack?.stop();
  if (stack) await removeDir(stack.dir);
});

beforeEach(async () => {
  const state = JSON.parse(await readFile(path.join(stack.dir, 'state.json'), 'utf8'));
  const { hostname: host, port } = new URL(env.SUPABASE_DB_URL);
  relay = await startRelay({ host, port: Number(port) });
  const through = (user: string, password: string) =>
    `postgresql://${user}:${password}@127.0.0.1:${relay.port}/postgres`;
  key = env.SUPABASE_SECRET_KEY;
  api = await startDataApi({
    port: 0,
    publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
    secretKey: key,
    issuer: env.COGNITO_ISSUER,
    jwksUri: `${env.COGNITO_ISSUER}/.well-known/jwks.json`,
    allowedOrigins: [],
    authenticatorUrl: through('authenticator', state.passwords.authenticator),
    databaseUrl: through('postgres', state.passwords.postgres),
  });
});

afterEach(async () => {
  await api?.close();
  await relay?.close();
});

async function read(table: string): Promise<number> {
  const answer = await fetch(`${api.url}/rest/v1/${table}?select=id&limit=1`, {
    headers: { apikey: key },
  });
  await answer.text();
  return answer.status;
}

async function write(id: number): Promise<{ status: number; code?: string }> {
  const answer = await fetch(`${api.url}/rest/v1/received`, {
    method: 'POST',
    headers: { apikey: key, 'content-type': 'application/json' },
    body: JSON.stringify({ id }),
  });
  const text = await answer.text();
  return { status: answer.status, ...(text === '' ? {} : { code: JSON.parse(text).code }) };
}

/** Waits until the answer is right, for up to 10 s. */
async function until(status: number, table: string): Promise<void> {
  for (let left = 100; (await read(table)) !== status; left -= 1) {
    if (left === 0) throw new Error(`${table} never answered ${status}`);
    await delay(100);
  }
}

test('200 cold requests at once share one introspection', async () => {
  const before = relay.count(INTROSPECTION);
  await db.query('create table public.cold (id int); grant select on public.cold to service_role');
  await db.query(`notify pgrst, 'reload schema'`);
  await until(200, 'cold');
  const [warm] = [relay.count(INTROSPECTION)];
  expect(warm - before, 'read again after the announcement').toBeLessThanOrEqual(2);

  const answers = await Promise.all(Array.from({ length: 200 }, () => read('cold')));

  expect(new Set(answers)).toEqual(new Set([200]));
  expect(relay.count(INTROSPECTION), 'introspections').toBe(warm);
});

test('the first requests of all share one introspection', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => read('received')));

  expect(new Set(answers)).toEqual(new Set([200]));
  expect(relay.count(INTROSPECTION), 'introspections').toBe(1);
});

test('connections lost under load: answers of 201 or 503, and every acknowledged row is there', async () => {
  const acknowledged: number[] = [];
  const others = new Map<string, number>();
  let next = 1;
  let stop = false;
  const worker = async () => {
    while (!stop) {
      const id = next++;
      const { status, code } = await write(id);
      if (status === 201) acknowledged.push(id);
      else others.set(`${status} ${code}`, (others.get(`${status} ${code}`) ?? 0) + 1);
    }
  };
  const workers = Array.from({ length: 24 }, worker);
  for (let cuts = 0; cuts < 25; cuts += 1) {
    await delay(40);
    relay.cut();
  }
  stop = true;
  await Promise.all(workers);

  const lost = [...others.keys()].filter((answer) => !/^503 PGRST00[12]$/.test(answer));
  expect(lost, 'answers that are neither 201 nor 503').toEqual([]);
  const { rows } = await db.query('select id::int from public.received');
  const there = new Set(rows.map(({ id }) => id));
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(0);
});

test('a database that cannot be reached is 503, and works again afterwards', async () => {
  relay.shut();
  expect((await write(-1)).status).toBe(503);
  relay.open();
  await until(200, 'received');
});

test('a change that was announced during a lost connection is known afterwards', async () => {
  relay.shut();
  await db.query(
    'create table public.later (id int); grant select on public.later to service_role',
  );
  await db.query(`notify pgrst, 'reload schema'`);
  relay.open();
  await until(200, 'later');

  await db.query(
    'create table public.heard (id int); grant select on public.heard to service_role',
  );
  await delay(500);
  await db.query(`notify pgrst, 'reload schema'`);
  await until(200, 'heard');
});

test('the stack itself lives on when Postgres ends its connections', async () => {
  const get = () =>
    fetch(`${env.SUPABASE_URL}/rest/v1/received?select=id&limit=1`, { headers: { apikey: key } });
  let stop = false;
  const seen = new Set<number>();
  const workers = Array.from({ length: 20 }, async () => {
    while (!stop) seen.add((await get()).status);
  });
  for (let times = 0; times < 20; times += 1) {
    await db.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and usename in ('authenticator', 'postgres')`);
    await delay(50);
  }
  stop = true;
  await Promise.all(workers);

  expect([...seen].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(stack.child.exitCode).toBeNull();
  expect(stack.output()).not.toMatch(/TypeError|at async|node:internal/);
  await expect.poll(async () => (await get()).status).toBe(200);
});
