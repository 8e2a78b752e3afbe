/** A move of one person that is killed at every step, before or after the step has worked, and run again. */
import { expect, test } from 'vitest';
import { Left } from '../../../../cli/migrate-users/person.ts';
import { FakeWorld, journalFile, Killed, PERSON, run } from './fake-world.ts';

/** More than a move has. */
const MOST_STEPS = 8;
const POINTS = Array.from({ length: MOST_STEPS }, (_, at) => at + 1).flatMap((at) => [
  [at, false] as const,
  [at, true] as const,
]);

test.each(POINTS)('step %i, killed after it: %s', async (killAt, isAfter) => {
  const [world, file] = [new FakeWorld(), await journalFile()];
  Object.assign(world, { killAt, isAfter });
  await run(world, file).catch((error) => {
    if (!(error instanceof Killed)) throw error;
  });
  // The person may be quick.
  if (world.password === 'move') world.password = 'person';
  world.killAt = Number.POSITIVE_INFINITY;
  await run(world, file);
  const [account] = world.accounts.values();
  expect(world.created).toBe(1);
  expect(account?.status).toBe('CONFIRMED');
  expect(world.owner).toBe(account?.sub);
  const { steps } = world;
  expect(await run(world, file)).toBeUndefined();
  expect(world.steps).toBe(steps);
});

test('a move has fewer steps than were killed', async () => {
  const world = new FakeWorld();
  await run(world, await journalFile());
  expect(world.steps).toBeGreaterThan(3);
  expect(world.steps).toBeLessThan(MOST_STEPS);
});

test('a user who was there keeps the password, and gets the rows', async () => {
  const [world, file] = [new FakeWorld(), await journalFile()];
  const { sub } = world.add('ada@example.com', 'CONFIRMED', true);
  expect(await run(world, file)).toBe('were there already');
  expect([world.owner, world.password, world.created]).toEqual([sub, 'nobody', 0]);
});

test.each([
  ['has not verified the address', 'CONFIRMED', false],
  ['is of an identity provider', 'EXTERNAL_PROVIDER', true],
  ['has never confirmed the account', 'UNCONFIRMED', true],
])('a user who %s gets no rows', async (_, status, isVerified) => {
  const [world, file] = [new FakeWorld(), await journalFile()];
  world.add('ada@example.com', status, isVerified);
  await expect(run(world, file)).rejects.toBeInstanceOf(Left);
  // Not in the second run either, which knows that a first one was there.
  await expect(run(world, file)).rejects.toBeInstanceOf(Left);
  expect([world.owner, world.password, world.waitsFor]).toEqual([PERSON.id, 'nobody', undefined]);
});

test.each([
  ['before the rows have moved', 2],
  ['after it', 4],
])(
  'an address that changes between two runs, %s: nobody can ask for a password at the old one',
  async (_, killAt) => {
    const [world, file] = [new FakeWorld(), await journalFile()];
    world.killAt = killAt;
    await expect(run(world, file)).rejects.toBeInstanceOf(Killed);
    world.killAt = Number.POSITIVE_INFINITY;
    const changed = { ...PERSON, email: 'new@example.com' };
    await expect(run(world, file, world.rows, changed)).rejects.toThrow(/address has changed/);
    expect(world.password).toBe('nobody');
    // As the hint says.
    const [account] = world.accounts.values();
    world.changeAddress('new@example.com');
    expect(await run(world, file, world.rows, changed)).toBe('made');
    expect([world.password, world.owner]).toEqual(['move', account?.sub]);
  },
);

test.each([
  ['before the rows are prepared', 3],
  ['before they are claimed', 4],
])(
  'a user who was there and has another address since gets no rows: the process ends %s',
  async (_, killAt) => {
    const [world, file] = [new FakeWorld(), await journalFile()];
    world.add('ada@example.com', 'CONFIRMED', true);
    world.killAt = killAt;
    await expect(run(world, file)).rejects.toBeInstanceOf(Killed);
    world.killAt = Number.POSITIVE_INFINITY;
    world.changeAddress('sold@example.com');
    await expect(run(world, file)).rejects.toThrow(/address has changed/);
    expect(world.owner).toBe(PERSON.id);
  },
);

test.each([
  ['the same number, and another address', 'other@example.com', '+49151', false],
  ['the same number, and no verified address', undefined, '+49151', false],
  ['the same address, and another number', 'ada@example.com', '+49160', true],
])('%s: the same person is %s', async (_, email, phone, isSame) => {
  const [world, file] = [new FakeWorld(), await journalFile()];
  const { sub, attributes: found } = world.add('ada@example.com', 'CONFIRMED', true);
  const attributes = found as Map<string, string>;
  attributes.set('phone_number', phone).set('phone_number_verified', 'true');
  if (email === undefined) attributes.set('email_verified', 'false');
  else attributes.set('email', email);
  // Cognito finds the user by the number.
  const find = world.pool.find;
  const byNumber = { ...world.pool, find: (name: string) => find(name === '+49151' ? sub : name) };
  Object.assign(world, { pool: byNumber });
  const person = { ...PERSON, phone: '+49151' };
  const moved = run(world, file, world.rows, person);
  if (isSame) expect(await moved).toBe('were there already');
  else await expect(moved).rejects.toThrow(/another verified address/);
  expect(world.owner).toBe(isSame ? sub : PERSON.id);
});

test('a user of the pool who was deleted is made anew before the rows have moved, and reported after it', async () => {
  for (const [killAt, isReported] of [
    [2, false],
    [4, true],
  ] as const) {
    const [world, file] = [new FakeWorld(), await journalFile()];
    Object.assign(world, { killAt });
    await expect(run(world, file)).rejects.toBeInstanceOf(Killed);
    world.accounts.clear();
    world.killAt = Number.POSITIVE_INFINITY;
    if (isReported) await expect(run(world, file)).rejects.toThrow(/was deleted after the rows/);
    else expect(await run(world, file)).toBe('made');
  }
});

test('rows that had moved to somebody who is gone are reported, in each run', async () => {
  const [world, file] = [new FakeWorld(), await journalFile()];
  world.owner = 'sub-of-somebody-gone';
  for (let runs = 0; runs < 2; runs += 1)
    await expect(run(world, file)).rejects.toThrow(/moved to another user of the pool/);
  expect(world.password).toBe('nobody');
});

test('a project that gets module accounts later: the rows follow, and the password stays', async () => {
  const [world, file] = [new FakeWorld(), await journalFile()];
  const withRows = world.rows;
  Object.assign(world, { rows: undefined });
  expect(await run(world, file)).toBe('made');
  const { steps } = world;
  expect(await run(world, file)).toBeUndefined();
  expect([world.steps, world.owner]).toEqual([steps, PERSON.id]);
  // lockPassword throws if there is a password.
  await run(world, file, withRows);
  expect(world.owner).toBe([...world.accounts.values()][0]?.sub);
  expect(await run(world, file, withRows)).toBeUndefined();
});
