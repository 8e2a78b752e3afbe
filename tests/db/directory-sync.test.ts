/**
 * `npm run directory -- sync` as a command, on its own stack, because it reads other pools, and a
 * directory has one pool.
 */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStaging, type Staging } from '../../cli/directory/staging.ts';
import { type Run, runCommand, until } from '../support/directory-command.ts';
import { type FakePool, type FakePoolOptions, startFakePool } from '../support/fake-pool.ts';
import { makeUsers } from '../support/fake-users.ts';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';
import { makeWorld, type World } from '../unit/cli/directory/world.ts';

let dir: string;
let stack: StackProcess;
let env: StackEnv;
let db: pg.Client;
let pool: FakePool;
let world: World;
let staging: Staging;

beforeAll(async () => {
  dir = await newDir();
  stack = runStack(dir);
  env = await stack.ready();
  db = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await db.connect();
});
afterAll(async () => {
  await db?.end();
  await stack?.stop();
  await removeDir(await clusterHome(dir));
  await removeDir(dir);
});

beforeEach(async () => {
  await db.query('truncate cognito.directory, cognito.refresh_runs cascade');
  staging = await openStaging({ databaseUrl: env.SUPABASE_DB_URL, pool: poolSettings() }, false);
  world = await makeWorld(staging);
});
afterEach(async () => {
  await staging.close();
  await world.remove();
  await pool?.close();
});

const poolSettings = () => ({
  userPoolId: env.COGNITO_USER_POOL_ID,
  region: env.COGNITO_REGION,
  endpoint: undefined,
});

async function startPool(users: number, options: Partial<FakePoolOptions> = {}): Promise<FakePool> {
  pool = await startFakePool({ users, latencyMs: 0, rate: null, ...options });
  return pool;
}

const rows = async (text: string, values: unknown[] = []) => (await db.query(text, values)).rows;
const present = async (): Promise<string[]> =>
  (await rows('select sub from cognito.directory where deleted_at is null order by sub')).map(
    ({ sub }) => sub,
  );
const subsOf = ({ users }: FakePool): string[] => users.map(({ sub }) => sub).sort();
const lastRun = async () => (await rows('select * from cognito.refresh_runs order by id desc'))[0];

/** The command itself, on this stack and pool. */
const command = (...args: string[]): Run =>
  runCommand(env, pool, ['--state', world.stateFile, ...args]);

test('the whole pool, groups included, as cognito.users shows it', async () => {
  const fake = await startPool(500);
  fake.groups.set('support', new Set(fake.users.slice(60, 140).map(({ username }) => username)));
  fake.groups.set('admin', new Set(fake.users.slice(130, 150).map(({ username }) => username)));
  const run = command('--groups');
  expect([await run.exit, run.output()]).toEqual([
    0,
    expect.stringContaining('500 users in 9 pages'),
  ]);
  expect(await present()).toEqual(subsOf(fake));
  expect(await lastRun()).toMatchObject({
    ...{ source: 'sync', complete: true, with_groups: true, error: null },
    ...{ pages: 9, seen: '500', changed: '500', deleted: '0' },
  });
  const both = fake.users[135];
  expect(await rows('select * from cognito.directory where sub = $1', [both?.sub])).toMatchObject([
    {
      ...{ username: both?.username, email: both?.email, status: both?.status },
      ...{ email_verified: both?.emailVerified, enabled: both?.enabled },
      created_at: new Date((both?.createdAt ?? 0) * 1000),
      updated_at: new Date((both?.updatedAt ?? 0) * 1000),
      attributes: { sub: both?.sub, email: both?.email, given_name: both?.givenName },
      groups: ['admin', 'support'],
    },
  ]);
  expect(
    await rows("select count(*)::int as n from cognito.directory where groups = '{}'"),
  ).toEqual([{ n: 410 }]);

  // A refresh finds no differences after the sync.
  await db.query('begin');
  await db.query(
    "select vault.update_secret(id, $1) from vault.secrets where name = 'cognito_endpoint_url'",
    [fake.url],
  );
  await db.query('select cognito.connect()');
  await db.query('commit');
  expect(await rows('select (cognito.refresh()).*')).toMatchObject([
    { complete: true, seen: '500', changed: '0', deleted: '0' },
  ]);
});

test('a second run writes only changed rows', async () => {
  const fake = await startPool(2000);
  await world.run(fake, { staging });
  // A row's version names the transaction that wrote it.
  const versions = async () =>
    new Map(
      (await rows('select sub, xmin::text from cognito.directory')).map(({ sub, xmin }) => [
        sub,
        xmin,
      ]),
    );
  const before = await versions();
  for (const user of fake.users.slice(0, 20)) {
    user.enabled = !user.enabled;
    user.updatedAt += 60;
  }
  const { run } = await world.run(fake, { staging });
  expect(run).toMatchObject({ seen: '2000', changed: '20', deleted: '0' });
  const after = [...(await versions())];
  expect(after.filter(([sub, version]) => before.get(sub) !== version)).toHaveLength(20);
  expect(await rows('select count(*)::int as n from cognito.directory_history')).toEqual([
    { n: 20 },
  ]);
});

test('killed half-way and run again, it completes and reads no page twice', async () => {
  const fake = await startPool(3000, { latencyMs: 5 });
  await world.run(fake, { staging });
  await staging.close();
  const before = fake.pages();
  const killed = command();
  await until(() => fake.pages() >= before + 30);
  killed.child.kill('SIGKILL');
  expect(await killed.exit).toBe('SIGKILL');
  expect(await present()).toEqual(subsOf(fake));

  const again = command();
  expect([await again.exit, again.output()]).toEqual([
    0,
    expect.stringContaining('going on after'),
  ]);
  const { pages, deleted } = await lastRun();
  expect(deleted).toBe('0');
  expect(await present()).toEqual(subsOf(fake));
  // Pages that were under way at the kill are requested again, at most one for each part.
  const asked = fake.log.slice(before).map(({ filter, token }) => `${filter} ${token}`);
  expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(16);
  expect(pages).toBe(new Set(asked).size);
});

test('Ctrl-C stops it cleanly, and the next run goes on', async () => {
  const fake = await startPool(3000, { latencyMs: 5 });
  const stopped = command();
  await until(() => fake.pages() >= 20);
  stopped.child.kill('SIGINT');
  expect([await stopped.exit, stopped.output()]).toEqual([
    130,
    expect.stringContaining('continues from here'),
  ]);
  expect(await lastRun()).toMatchObject({
    ...{ complete: false, ended_at: null, error: 'stopped by SIGINT' },
    pages: expect.any(Number),
  });
  expect(await present()).toEqual([]);
  const again = command();
  expect(await again.exit).toBe(0);
  expect(await present()).toEqual(subsOf(fake));
  expect(await rows('select complete, error from cognito.refresh_runs')).toEqual([
    { complete: true, error: null },
  ]);
});

test('the endpoint dies on page 700: nobody is deleted, and the next run mends it', async () => {
  let dead = false;
  let from = 0;
  const fake = await startPool(48_000, {
    fault: (page) => (dead && page >= from + 700 ? 'hang up' : undefined),
  });
  await world.run(fake, { staging });
  dead = true;
  from = fake.pages();
  await expect(world.run(fake, { staging })).rejects.toMatchObject({ code: 'POOL_UNREACHABLE' });
  expect(await lastRun()).toMatchObject({
    complete: false,
    error: expect.stringContaining('answer'),
  });
  expect((await present()).length).toBe(48_000);
  dead = false;
  expect(await world.run(fake, { staging })).toMatchObject({
    resumed: true,
    run: { complete: true, seen: '48000', deleted: '0' },
  });
}, 180_000);

test('too many missing: it marks nobody, unless it is allowed to', async () => {
  const fake = await startPool(300);
  await world.run(fake, { staging });
  const gone = fake.users.splice(0, 100);
  fake.changed();
  await staging.close();
  const asks = command();
  expect([await asks.exit, asks.output()]).toEqual([
    3,
    expect.stringMatching(/DELETES_REFUSED: 100 of 300 people[\s\S]*--allow-deletes/),
  ]);
  expect((await present()).length).toBe(300);
  const told = command('--allow-deletes');
  expect([await told.exit, told.output()]).toEqual([0, expect.stringContaining('100 deleted')]);
  expect(await present()).toEqual(subsOf(fake));
  expect(
    await rows('select count(*)::int as n from cognito.directory where deleted_at is not null'),
  ).toEqual([{ n: gone.length }]);
});

test('a user who changes pages is not deleted', async () => {
  let first = 0;
  const fake = await startPool(3000, {
    fault: (page, { users, changed }) => {
      if (first === 0 || page !== first + 20) return undefined;
      users.unshift(...users.splice(-30));
      changed();
      return undefined;
    },
  });
  await world.run(fake, { staging });
  first = fake.pages();
  const { run, foundLater } = await world.run(fake, { staging });
  expect(run).toMatchObject({ complete: true, deleted: '0' });
  expect(foundLater).toBeGreaterThan(0);
  expect(await present()).toEqual(subsOf(fake));
});

test('a person who signs up by an event during the run is not deleted', async () => {
  const [late] = makeUsers(1, 77);
  const event = () => rows("select cognito.record_event($1, 'signed_up')", [late?.sub]);
  let told: Promise<unknown> | undefined;
  const fake = await startPool(3000, {
    fault: (page) => {
      if (page === 20) told = event();
      return undefined;
    },
  });
  await world.run(fake, { staging });
  await told;
  expect(await present()).toEqual([...subsOf(fake), late?.sub].sort());
});

test('a second run at the same time is refused', async () => {
  await startPool(60);
  await staging.begin();
  const second = command();
  expect(await second.exit).toBe(1);
  expect(second.output()).toMatch(/error DATABASE_FAILED: .*another refresh or sync[\s\S]*→ /);
});

test("another pool than the database's is refused", async () => {
  await startPool(60);
  const other = command('--user-pool-id', 'local-1_Other', '--endpoint', pool.url);
  expect(await other.exit).toBe(1);
  expect(other.output()).toContain('user pool local-1_CognitoKit, not to local-1_Other');
  expect(pool.pages()).toBe(0);
});

test('--dry-run prints the cost, and reads nothing', async () => {
  await startPool(10_000);
  const dry = command('--dry-run');
  expect([await dry.exit, dry.output()]).toEqual([
    0,
    expect.stringMatching(/pages +176, in 16 parts/),
  ]);
  expect(pool.pages()).toBe(0);
  expect(await lastRun()).toBeUndefined();
});

test('no output holds the password', async () => {
  await startPool(60);
  const { password } = new URL(env.SUPABASE_DB_URL);
  const runs = [command(), command('--dry-run'), command('--user-pool-id', 'a-1_B')];
  for (const run of runs) {
    await run.exit;
    expect(run.output()).not.toContain(password);
    expect(run.child.spawnargs.join(' ')).not.toContain(password);
  }
});
