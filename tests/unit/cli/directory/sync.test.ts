/** A whole sync with the real SDK against a pool over HTTP with faults. The database is in memory. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadState } from '../../../../cli/directory/state.ts';
import { type FakePool, type FakePoolOptions, startFakePool } from '../../../support/fake-pool.ts';
import { makeUsers } from '../../../support/fake-users.ts';
import { type MemoryStaging, memoryStaging } from './memory-staging.ts';
import { makeWorld, type World } from './world.ts';

let world: World;
let staging: MemoryStaging;
let pool: FakePool | undefined;

beforeEach(async () => {
  staging = memoryStaging();
  world = await makeWorld(staging);
});
afterEach(async () => {
  await pool?.close();
  pool = undefined;
  await world.remove();
});

async function startPool(users: number, options: Partial<FakePoolOptions> = {}): Promise<FakePool> {
  pool = await startFakePool({ users, latencyMs: 0, rate: null, ...options });
  return pool;
}

/** A fault on one page, once. */
const once = <T>(page: number, fault: T) => {
  let done = false;
  return (at: number): T | undefined => {
    if (done || at !== page) return undefined;
    done = true;
    return fault;
  };
};

const subsOf = (fake: FakePool): string[] => fake.users.map(({ sub }) => sub).sort();
const known = (): string[] => [...staging.directory].sort();
const stateOf = () => loadState(world.stateFile, 'pool in database');

test.each([0, 1, 60, 61, 960, 961, 5000])(
  'a pool of %i users arrives whole, once',
  async (users) => {
    const fake = await startPool(users);
    const { run, resumed } = await world.run(fake);
    expect(known()).toEqual(subsOf(fake));
    expect(run).toMatchObject({ seen: String(users), pages: fake.pages() });
    expect(resumed).toBe(false);
    expect(await stateOf()).toBeUndefined();
  },
);

test('users come as the staging table takes them', async () => {
  const fake = await startPool(1);
  const seen: unknown[] = [];
  await world.run(fake, {
    staging: { ...staging, write: async (_run, { users }) => void seen.push(...users) },
  });
  const user = fake.users[0];
  expect(seen).toEqual([
    {
      ...{ sub: user?.sub, username: user?.username, email: user?.email },
      ...{ email_verified: user?.emailVerified, status: user?.status, enabled: user?.enabled },
      created_at: new Date((user?.createdAt ?? 0) * 1000).toISOString(),
      updated_at: new Date((user?.updatedAt ?? 0) * 1000).toISOString(),
      attributes: {
        ...{ sub: user?.sub, email: user?.email, given_name: user?.givenName },
        email_verified: String(user?.emailVerified),
      },
    },
  ]);
});

test('characters that Postgres does not accept are removed from names', async () => {
  const fake = await startPool(1);
  for (const user of fake.users) user.givenName = 'A\u0000da\ud800';
  fake.changed();
  const names: unknown[] = [];
  const write: typeof staging.write = async (_run, { users }) => {
    for (const { attributes } of users) names.push(attributes.given_name);
  };
  await world.run(fake, { staging: { ...staging, write } });
  expect(names).toEqual(['Ada\ufffd']);
});

describe('it mends by itself', () => {
  test.each(['hang up', 'malformed', 'shapeless', 'repeat'] as const)('%s', async (fault) => {
    const fake = await startPool(3000, { fault: once(30, fault) });
    await world.run(fake);
    expect(known()).toEqual(subsOf(fake));
  });

  test.each([
    { status: 400, type: 'TooManyRequestsException' },
    { status: 500, type: 'InternalErrorException' },
    { status: 503, type: 'ServiceUnavailable' },
  ])('$status $type', async (fault) => {
    const fake = await startPool(3000, { fault: once(30, fault) });
    await world.run(fake);
    expect(known()).toEqual(subsOf(fake));
  });

  test('a quota that others use up', async () => {
    const asked = new Set<string>();
    const fake = await startPool(3000, {
      fault: (_page, _pool, key) => {
        if (asked.has(key)) return undefined;
        asked.add(key);
        return { status: 400, type: 'TooManyRequestsException' };
      },
    });
    const { requests } = await world.run(fake);
    expect(known()).toEqual(subsOf(fake));
    expect(requests).toBe(1 + 2 * fake.pages());
  });
});

describe('it stops, says why, and the next run completes', () => {
  test('the endpoint dies on page 700', async () => {
    let dead = true;
    const fake = await startPool(60_000, {
      fault: (page) => (dead && page >= 700 ? 'hang up' : undefined),
    });
    await expect(world.run(fake)).rejects.toMatchObject({
      code: 'POOL_UNREACHABLE',
      hint: expect.stringContaining('continues from here'),
    });
    expect(staging.directory.size).toBe(0);
    expect(staging.errors).toHaveLength(1);
    const before = fake.pages();
    const state = await stateOf();
    const staged = Object.values(state?.parts ?? {}).reduce((sum, { pages }) => sum + pages, 0);
    expect(staged).toBeGreaterThan(600);

    dead = false;
    const { run, resumed } = await world.run(fake);
    expect(resumed).toBe(true);
    expect(known()).toEqual(subsOf(fake));
    // The last requests of the first run may reach the pool after its end, at most one for each part.
    expect(fake.pages() - before - ((run.pages ?? 0) - staged)).toBeLessThanOrEqual(16);
  }, 60_000);

  test('400: credentials, or a pool that is not there', async () => {
    const fault = { status: 400, type: 'ResourceNotFoundException', message: 'no such pool' };
    const fake = await startPool(3000, { fault: once(20, fault) });
    await expect(world.run(fake)).rejects.toMatchObject({
      code: 'POOL_REFUSED',
      message: expect.stringContaining('no such pool'),
      hint: expect.stringContaining('cognito-idp:ListUsers'),
    });
    expect((await world.run(fake)).resumed).toBe(true);
    expect(known()).toEqual(subsOf(fake));
  });

  test('pages repeat themselves', async () => {
    const fake = await startPool(5000, { fault: (page) => (page > 40 ? 'circle' : undefined) });
    await expect(world.run(fake)).rejects.toMatchObject({
      code: 'POOL_UNREACHABLE',
      message: expect.stringContaining('repeat themselves'),
    });
    expect(fake.pages()).toBeLessThan(150);
  });

  test('it is stopped', async () => {
    const fake = await startPool(3000, {
      fault: (page) => void (page === 25 && world.stop(new Error('stopped by SIGINT'))),
    });
    await expect(world.run(fake)).rejects.toThrow('stopped by SIGINT');
    expect(staging.errors).toEqual(['stopped by SIGINT']);
    expect((await world.run(fake)).resumed).toBe(true);
    expect(known()).toEqual(subsOf(fake));
  });
});

describe('going on', () => {
  /** A run that ends at page 40 of about 64. */
  async function interrupted(options: Partial<FakePoolOptions> = {}): Promise<FakePool> {
    const fake = await startPool(3000, {
      fault: once(40, { status: 400, type: 'NotAuthorizedException' }),
      ...options,
    });
    await expect(world.run(fake)).rejects.toMatchObject({ code: 'POOL_REFUSED' });
    return fake;
  }

  test('after Postgres has lost the staged rows, everything is read again', async () => {
    const fake = await interrupted();
    staging.loseStaged();
    await world.run(fake);
    expect(known()).toEqual(subsOf(fake));
  });

  test('with --fresh, too', async () => {
    const fake = await interrupted();
    const before = fake.pages();
    const { resumed, run } = await world.run(fake, { fresh: true });
    expect(resumed).toBe(false);
    expect(fake.pages() - before).toBeGreaterThanOrEqual(run.pages ?? 0);
  });

  test('page tokens that have expired cost their parts only', async () => {
    const fake = await interrupted();
    fake.expireTokens();
    await world.run(fake);
    expect(known()).toEqual(subsOf(fake));
  });

  test("another run came in between: its staging is not this one's", async () => {
    const fake = await interrupted();
    await staging.begin();
    await staging.write('2', { users: [], parts: [{ part: '0', pages: 9 }] });
    const { resumed } = await world.run(fake);
    expect(resumed).toBe(false);
    expect(known()).toEqual(subsOf(fake));
  });
});

describe('missing people', () => {
  test('are looked up again, so a user who changed pages stays', async () => {
    const fake = await startPool(3000, {
      fault: (page, { users, changed }) => {
        if (page !== 20) return undefined;
        // The last ones move to the front, which was read already.
        users.unshift(...users.splice(-30));
        changed();
        return undefined;
      },
    });
    for (const sub of subsOf(fake)) staging.directory.add(sub);
    const { run, foundLater } = await world.run(fake);
    expect(foundLater).toBeGreaterThan(0);
    expect(run.deleted).toBe('0');
    expect(known()).toEqual(subsOf(fake));
  });

  test('are marked as deleted if the pool does not have them', async () => {
    const fake = await startPool(3000);
    for (const { sub } of makeUsers(5, 99)) staging.directory.add(sub);
    const { run, requests } = await world.run(fake);
    expect(run.deleted).toBe('5');
    expect(known()).toEqual(subsOf(fake));
    expect(requests).toBe(1 + (run.pages ?? 0) + 5);
  });

  test('costs as many requests as the walk at most', async () => {
    const fake = await startPool(3000);
    for (const { sub } of makeUsers(2000, 99)) staging.directory.add(sub);
    const { run, requests } = await world.run(fake);
    expect(run.deleted).toBe('2000');
    expect(requests).toBeLessThanOrEqual(1 + 2 * (run.pages ?? 0));
  });
});

test('groups are read group by group', async () => {
  const fake = await startPool(500);
  fake.groups.set('admin', new Set(fake.users.slice(0, 70).map(({ username }) => username)));
  fake.groups.set('support', new Set(fake.users.slice(60, 80).map(({ username }) => username)));
  fake.groups.set('empty', new Set());
  await world.run(fake, { groups: true });
  expect(staging.groups.size).toBe(80);
  expect(staging.groups.get(fake.users[65]?.sub ?? '')?.sort()).toEqual(['admin', 'support']);
  expect(fake.calls.get('ListUsersInGroup')).toBe(4);
});
