/** Who has the rows, and who has made a user: without proof, nobody gets a password or a line in the map of ids. */
import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { NO_PASSWORD_YET } from '../../../../cli/migrate-users/accounts.ts';
import { Journal } from '../../../../cli/migrate-users/journal.ts';
import type { Going } from '../../../../cli/migrate-users/person.ts';
import { isOwnWork, isSamePerson } from '../../../../cli/migrate-users/same-person.ts';
import { mapText } from '../../../../cli/migrate-users/tally.ts';
import { FakeWorld, journalFile, Killed, PERSON, run } from './fake-world.ts';

const mapOf = async (file: string): Promise<string> => {
  const journal = await Journal.open(file, 'a test');
  await journal.close();
  return mapText(journal.entries());
};

async function killedAt(killAt: number, isAfter = false) {
  const [world, file] = [new FakeWorld(), await journalFile()];
  Object.assign(world, { killAt, isAfter });
  await expect(run(world, file)).rejects.toBeInstanceOf(Killed);
  world.killAt = Number.POSITIVE_INFINITY;
  return { world, file };
}

describe('rows that somebody else has', () => {
  test('claimed between two runs: reported, and not in the map', async () => {
    // The transfer is prepared, and the process ends before the claim.
    const { world, file } = await killedAt(3);
    world.owner = 'sub-of-another';
    for (let runs = 0; runs < 2; runs += 1)
      await expect(run(world, file)).rejects.toMatchObject({
        message: 'the rows have moved to another user of the pool',
        todo: expect.stringMatching(/sub-of-another.*sub-1/),
      });
    expect(world.password).toBe('nobody');
    expect(await mapOf(file)).toBe('old_id,new_id\n');
  });

  test('claimed between the two requests of one run: reported, and not in the map', async () => {
    const [world, file] = [new FakeWorld(), await journalFile()];
    const { claim } = world.rows;
    const rows = {
      ...world.rows,
      claim: (transfer: Parameters<typeof claim>[0]) => {
        world.owner = 'sub-of-another';
        return claim(transfer);
      },
    };
    await expect(run(world, file, rows)).rejects.toThrow(/moved to another user/);
    expect(await mapOf(file)).toBe('old_id,new_id\n');
  });

  test('moved to a user who is gone, and the person has signed up again', async () => {
    const [world, file] = [new FakeWorld(), await journalFile()];
    world.add('ada@example.com', 'CONFIRMED', true);
    world.owner = 'sub-of-somebody-gone';
    await expect(run(world, file)).rejects.toThrow(/moved to another user/);
  });
});

describe('without the database nobody knows who has the rows', () => {
  test('a claim whose answer is lost waits for it, and then ends', async () => {
    const { world, file } = await killedAt(3, true);
    world.hasDatabase = false;
    await expect(run(world, file)).rejects.toMatchObject({
      message: expect.stringMatching(/only the database shows/),
      todo: expect.stringMatching(/SUPABASE_DB_URL/),
    });
    expect(world.password).toBe('nobody');
    expect(await mapOf(file)).toBe('old_id,new_id\n');
    world.hasDatabase = true;
    expect(await run(world, file)).toBe('made');
    expect(await mapOf(file)).toBe('old_id,new_id\nold-id,sub-1\n');
  });

  test('so does a move of the trigger', async () => {
    const [world, file] = [new FakeWorld(), await journalFile()];
    world.owner = world.add('ada@example.com', 'CONFIRMED', true).sub;
    world.hasDatabase = false;
    await expect(run(world, file)).rejects.toThrow(/only the database shows/);
    world.hasDatabase = true;
    expect(await run(world, file)).toBe('had moved before');
  });
});

describe('users who wait for a first password', () => {
  test.each([
    ['before the rows have moved', 2],
    ['after it', 4],
  ])(
    'the journal is lost, %s: the rows move, and the person is reported until the first sign-in',
    async (_, killAt) => {
      const { world, file } = await killedAt(killAt);
      await rm(file);
      for (let runs = 0; runs < 2; runs += 1)
        await expect(run(world, file)).rejects.toMatchObject({
          message: expect.stringMatching(/waits for the first sign-in/),
          todo: expect.stringMatching(/sub-1.*RESEND/),
        });
      expect([world.password, world.owner, world.created]).toEqual(['nobody', 'sub-1', 1]);
      expect(await mapOf(file)).toBe('old_id,new_id\nold-id,sub-1\n');
      world.setStatus('CONFIRMED');
      expect(await run(world, file)).toBe('were there already');
      expect(await run(world, file)).toBeUndefined();
    },
  );

  test('a journal of an earlier version that calls such a person done is looked at again', async () => {
    const [world, file] = [new FakeWorld(), await journalFile()];
    const { sub, username } = world.add('ada@example.com', NO_PASSWORD_YET, true);
    world.owner = sub;
    const journal = await Journal.open(file, 'a test');
    const done = { id: PERSON.id, state: 'done', newId: sub, username, withRows: true } as const;
    await journal.write({ ...done, own: false, status: NO_PASSWORD_YET });
    await journal.close();
    await expect(run(world, file)).rejects.toThrow(/waits for the first sign-in/);
  });

  test('a temporary password that an administrator gives after the move stays', async () => {
    const [world, file] = [new FakeWorld(), await journalFile()];
    const { rows } = world;
    Object.assign(world, { rows: undefined });
    expect(await run(world, file)).toBe('made');
    world.setStatus(NO_PASSWORD_YET);
    world.password = 'person';
    await expect(run(world, file, rows)).rejects.toThrow(/waits for the first sign-in/);
    expect(world.password).toBe('person');
  });

  test('an invitation after a run that was killed keeps its temporary password', async () => {
    const { world, file } = await killedAt(1);
    world.add('ada@example.com', NO_PASSWORD_YET, true, {
      ...PERSON,
      profile: new Map([['name', 'of the administrator']]),
    });
    await expect(run(world, file)).rejects.toThrow(/waits for the first sign-in/);
    expect(world.password).toBe('nobody');
  });

  test('so does one right before the first run, with the same attributes', async () => {
    const [world, file] = [new FakeWorld(), await journalFile()];
    world.add('ada@example.com', NO_PASSWORD_YET, true, PERSON);
    await expect(run(world, file)).rejects.toThrow(/waits for the first sign-in/);
    expect(world.password).toBe('nobody');
  });

  test('a user is of this command with its attributes, and made at its time', () => {
    const person: Going = { ...PERSON, profile: new Map([['name', 'Ada']]) };
    const account = new FakeWorld().add('ada@example.com', NO_PASSWORD_YET, true, person);
    const with_ = (...more: readonly (readonly [string, string])[]) => ({
      ...account,
      attributes: new Map([...account.attributes, ['sub', 'x'], ...more]),
    });
    const [now, hour] = [account.createdAt, 3_600_000];
    expect(isOwnWork(with_(), person, [now])).toBe(true);
    expect(isOwnWork(with_(['phone_number_verified', 'false']), person, [now])).toBe(true);
    // The second of two runs that got no answer.
    expect(isOwnWork(with_(), person, [now - hour, now - 1000])).toBe(true);
    expect(isOwnWork(with_(), person, [])).toBe(false);
    expect(isOwnWork(with_(), person, [now - hour])).toBe(false);
    expect(isOwnWork(with_(), person, [now + hour])).toBe(false);
    expect(isOwnWork(with_(['name', 'Eve']), person, [now])).toBe(false);
    expect(isOwnWork(with_(['custom:team', 'x']), person, [now])).toBe(false);
    expect(isOwnWork(with_(), PERSON, [now])).toBe(false);
  });
});

describe('the same person', () => {
  const [EMAIL, PHONE] = ['ada@example.com', '+49151'];
  const both = { ...PERSON, phone: PHONE };
  const noEmail = { ...both, email: undefined };
  const email = [
    ['email', EMAIL],
    ['email_verified', 'true'],
  ] as const;
  const number = [
    ['phone_number', PHONE],
    ['phone_number_verified', 'true'],
  ] as const;

  test.each([
    ['has the verified email address', both, email, true],
    ['has both', both, [...email, ...number], true],
    ['has the number only, which may have had another owner', both, number, false],
    [
      'has the number, and the email address without a proof',
      both,
      [...number, ['email', EMAIL], ['email_verified', 'false']],
      false,
    ],
    ['has the number, and the person has no email address', noEmail, number, true],
    [
      'has the number without a proof',
      noEmail,
      [...number, ['phone_number_verified', 'false']],
      false,
    ],
    ['has another address', noEmail, email, false],
  ] as const)('%s: %#', (_, person, attributes, isSame) => {
    const account = new FakeWorld().add('', 'CONFIRMED', false);
    const found = { ...account, attributes: new Map<string, string>(attributes) };
    expect(isSamePerson(found, person)).toBe(isSame);
    for (const status of ['UNCONFIRMED', 'EXTERNAL_PROVIDER'])
      expect(isSamePerson({ ...found, status }, person)).toBe(false);
  });
});
