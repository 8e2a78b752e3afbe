/**
 * `migrate-users to-cognito` where another user takes the rows, the journal is lost, or an administrator invites
 * people meanwhile.
 */
import { rm } from 'node:fs/promises';
import {
  AdminCreateUserCommand,
  type AdminCreateUserCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openTransfers } from '../../cli/migrate-users/transfers.ts';
import type { AuthAdmin } from '../support/auth-admin.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { type OldPerson, peopleOf } from '../support/migrate-people.ts';
import {
  attributeOf,
  type MigrateWorld,
  rowsOf,
  startMigrateWorld,
} from '../support/migrate-world.ts';
import { authWith, type Env, fileOf, type Move, oldEnv, rowsIn, run } from './migrate-moves.ts';

class Stopped extends Error {}

let world: MigrateWorld;
beforeAll(async () => {
  world = await startMigrateWorld();
});
afterAll(() => world?.stop());

const moveOf = (auth: AuthAdmin, name: string, more: Env = {}): Move => ({
  ...{ direction: 'to-cognito', name, dir: world.dir },
  env: oldEnv(world, auth, more),
});

const ownerOf = async ({ user }: OldPerson): Promise<string | undefined> =>
  (await rowsOf(world.stack)).find(({ name }) => name === user.email)?.owner;

const userOf = async ({ user }: OldPerson) =>
  (await world.poolUsers()).find((one) => attributeOf(one, 'email') === user.email);

const subOf = async (person: OldPerson) => attributeOf((await userOf(person)) ?? {}, 'sub') ?? '';

/** One person with rows. */
async function onePerson(seed: number, email: string): Promise<OldPerson> {
  const [person] = peopleOf(seed, email);
  if (person === undefined) throw new Error('nobody was made');
  await world.addRows([person]);
  return person;
}

/** Calls `then` once, before a request reaches the pool or the project. */
async function disturb(
  target: 'COGNITO_ENDPOINT' | 'SUPABASE_URL',
  what: RegExp,
  then: () => unknown,
) {
  let isDone = false;
  const onRequest = async (operation: string): Promise<void> => {
    if (isDone || !what.test(operation)) return;
    isDone = true;
    await then();
  };
  const options = { target: world.stack.env[target] ?? '', seed: 1, odds: {}, onRequest };
  const proxy = await startFaultyProxy(options);
  onTestFinished(() => proxy.close());
  return { [target]: proxy.url };
}

/** Runs the move until a request that does not reach the pool any more, as a kill does. @returns the same move */
async function runUntil(auth: AuthAdmin, name: string, what: RegExp): Promise<Move> {
  const controller = new AbortController();
  const env = await disturb('COGNITO_ENDPOINT', what, () => {
    controller.abort(new Stopped());
    throw new Stopped();
  });
  const move = moveOf(auth, name, env);
  const stopped = run(move, { signal: controller.signal });
  await expect(stopped).rejects.toBeInstanceOf(Stopped);
  return move;
}

const OTHER = '99999999-9999-4999-8999-999999999999';

describe('another user who signs in between prepare and claim', () => {
  const claim = async (email: string) =>
    world.stack.sql('select public.claim_transfer($1, array[$2])', [OTHER, email]);

  test('takes no rows by the same verified address', async () => {
    const person = await onePerson(81, 'shared@proof.example');
    const env = await disturb('SUPABASE_URL', /^claim_transfer$/, () =>
      claim('shared@proof.example'),
    );
    const move = moveOf(await authWith([person]), 'shared', env);
    expect((await run(move)).isWhole).toBe(true);
    const sub = await subOf(person);
    expect(await ownerOf(person)).toBe(sub);
    expect(await rowsIn(move, 'map')).toEqual([[person.user.id, sub]]);
  });

  test('has the rows by a transfer of the trigger: reported, and not in the map', async () => {
    const person = await onePerson(82, 'taken@proof.example');
    const env = await disturb('SUPABASE_URL', /^claim_transfer$/, async () => {
      const values = [person.user.id, 'taken@proof.example'];
      await world.stack.sql('select public.prepare_transfer($1, $2)', values);
      await claim('taken@proof.example');
    });
    const auth = await authWith([person]);
    const move = moveOf(auth, 'taken', env);
    for (let runs = 0; runs < 2; runs += 1) {
      expect((await run(move)).isWhole).toBe(false);
      expect(await rowsIn(move, 'report')).toEqual([
        [
          person.user.id,
          'taken@proof.example',
          'the rows have moved to another user of the pool',
          `decide which user is the right one: the rows have the sub ${OTHER}, and ${await subOf(person)} has this address`,
        ],
      ]);
      expect(await rowsIn(move, 'map')).toEqual([]);
      expect(await ownerOf(person)).toBe(OTHER);
    }
    // Nobody can ask for a password of a user without the rows.
    expect((await userOf(person))?.UserStatus).toBe('FORCE_CHANGE_PASSWORD');
  });
});

test('without the URL of the database, rows that have moved before are reported', async () => {
  const person = await onePerson(83, 'unseen@proof.example');
  const sub = await world.addUser('unseen@proof.example', true, 'Correct-horse-42');
  const values = [person.user.id, 'unseen@proof.example'];
  await world.stack.sql('select public.prepare_transfer($1, $2)', values);
  await world.stack.sql('select public.claim_transfer($1, array[$2])', [sub, values[1]]);
  const auth = await authWith([person]);
  const unseen = moveOf(auth, 'unseen', { SUPABASE_DB_URL: undefined });
  const { isWhole, output } = await run(unseen);
  expect(isWhole).toBe(false);
  expect(output).toMatch(/^note: SUPABASE_DB_URL is not set/m);
  expect((await rowsIn(unseen, 'report')).map(([, , , todo]) => todo)).toEqual([
    expect.stringMatching(/^set SUPABASE_DB_URL/),
  ]);
  expect(await rowsIn(unseen, 'map')).toEqual([]);
  const seen = await run(moveOf(auth, 'unseen'));
  expect(seen.isWhole).toBe(true);
  expect(seen.output).not.toMatch(/note: SUPABASE_DB_URL/);
  expect(await rowsIn(unseen, 'map')).toEqual([[person.user.id, sub]]);
});

test('a connection that was ended after a long wait is made anew', async () => {
  const person = await onePerson(89, 'idle@proof.example');
  const values = [person.user.id, 'idle@proof.example'];
  const sub = '88888888-8888-4888-8888-888888888888';
  const url = new URL(world.stack.env.SUPABASE_DB_URL);
  url.searchParams.set('application_name', 'idle-proof');
  const source = { databaseUrl: url.href, variable: 'SUPABASE_DB_URL', projectUrl: 'http://x' };
  const transfers = openTransfers(source);
  onTestFinished(() => transfers.close());
  const ask = () => Promise.all([1, 2].map(() => transfers.ownerOf(person.user.id)));
  await world.stack.sql('select public.prepare_transfer($1, $2)', values);
  expect(await ask()).toEqual([undefined, undefined]);
  await world.stack.sql('select public.claim_transfer($1, array[$2])', [sub, values[1]]);
  const ended = await world.stack.sql(
    `select pg_terminate_backend(pid, 5000) as ok from pg_stat_activity where application_name = 'idle-proof'`,
  );
  expect(ended).toEqual([{ ok: true }]);
  expect(await ask()).toEqual([sub, sub]);
});

describe('the journal is lost', () => {
  test('in the middle of a move: the person is reported until the first sign-in', async () => {
    const person = await onePerson(84, 'middle@proof.example');
    const auth = await authWith([person]);
    const move = await runUntil(auth, 'middle', /AdminSetUserPassword/);
    await rm(fileOf(move, 'journal'));
    const { isWhole, output } = await run(move);
    expect(isWhole).toBe(false);
    expect(output).toMatch(/1 user did not go/);
    const sub = await subOf(person);
    expect(await rowsIn(move, 'report')).toEqual([
      [
        person.user.id,
        'middle@proof.example',
        expect.stringMatching(/waits for the first sign-in/),
        expect.stringMatching(`${sub}.*RESEND`),
      ],
    ]);
    expect(await rowsIn(move, 'map')).toEqual([[person.user.id, sub]]);
    expect(await ownerOf(person)).toBe(sub);
  });

  test('after a move: nobody is told to have the old password', async () => {
    const person = await onePerson(85, 'after@proof.example');
    const move = moveOf(await authWith([person]), 'after');
    expect((await run(move)).output).toMatch(
      new RegExp(`^journal +${fileOf(move, 'journal')}$`, 'm'),
    );
    await rm(fileOf(move, 'journal'));
    const { isWhole, output } = await run(move);
    expect(isWhole).toBe(true);
    expect(output).toMatch(/1 {2}had moved before/);
    expect((await rowsIn(move, 'people')).map(([, , words]) => words)).toEqual([
      'keeps the password of the pool, or chooses a new password by "forgot password"',
    ]);
  });
});

describe('a run ends before it knows whether the user was made', () => {
  async function runTwice(
    seed: number,
    name: string,
    make: (person: OldPerson) => Promise<unknown>,
  ) {
    const person = await onePerson(seed, `${name}@proof.example`);
    const auth = await authWith([person]);
    const move = await runUntil(auth, name, /AdminCreateUser/);
    await make(person);
    return { person, ended: await run(move) };
  }

  test('an administrator has invited the person: the temporary password stays', async () => {
    const make = ({ user }: OldPerson) => world.addUser(user.email ?? '', true);
    const { person, ended } = await runTwice(86, 'invited', make);
    expect(ended.isWhole).toBe(false);
    expect((await userOf(person))?.UserStatus).toBe('FORCE_CHANGE_PASSWORD');
    expect(await ownerOf(person)).toBe(await subOf(person));
  });

  test('the request has made the user: the person can ask for a new password', async () => {
    const make = ({ user }: OldPerson) => {
      const attributes = {
        email: user.email,
        email_verified: 'true',
        name: user.user_metadata.full_name,
      };
      const request: AdminCreateUserCommandInput = {
        UserPoolId: world.stack.env.COGNITO_USER_POOL_ID,
        Username: user.email,
        MessageAction: 'SUPPRESS',
        UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
      };
      return world.aws.send(new AdminCreateUserCommand(request));
    };
    const { person, ended } = await runTwice(87, 'lost', make);
    expect(ended.isWhole).toBe(true);
    expect(ended.output).toMatch(/1 {2}made/);
    expect((await userOf(person))?.UserStatus).toBe('CONFIRMED');
  });
});
