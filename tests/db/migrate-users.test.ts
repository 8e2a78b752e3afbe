/** `migrate-users` between the local user pool and a stand-in of Supabase Auth, with a real database. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AdminDisableUserCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { AuthAdmin } from '../support/auth-admin.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { type Kind, makeOldPeople, type OldPerson } from '../support/migrate-people.ts';
import {
  attributeOf,
  type MigrateWorld,
  rowsOf,
  startMigrateWorld,
} from '../support/migrate-world.ts';
import {
  authWith,
  csvRows,
  type Env,
  fileOf,
  killInTheMiddle,
  Meter,
  type Move,
  oldEnv,
  run,
  runWithStops,
} from './migrate-moves.ts';

/** The pool takes most of the time: it makes two verifiers of passwords for each user. */
const PEOPLE = 300;
const PASSWORD = 'Correct-horse-42';
const ODDS = { refuse: 0.03, fail: 0.03, drop: 0.03, lose: 0.04 };

let world: MigrateWorld;
beforeAll(async () => {
  world = await startMigrateWorld();
});
afterAll(() => world?.stop());

const moveOf = (direction: Move['direction'], env: Env, name: string): Move => ({
  ...{ direction, env, name },
  dir: world.dir,
});

const until = async <T extends { close(): Promise<void> }>(started: Promise<T>): Promise<T> => {
  const one = await started;
  onTestFinished(() => one.close());
  return one;
};

const proxyTo = (target: string, seed: number, onRequest: () => void): Promise<FaultyProxy> =>
  until(startFaultyProxy({ target, seed, odds: ODDS, onRequest }));

const newEnv = ({ url, secretKey }: AuthAdmin): Env => ({
  ...world.stack.env,
  SUPABASE_URL: url,
  SUPABASE_SECRET_KEY: secretKey,
});

const subsByEmail = async (): Promise<ReadonlyMap<string, string>> => {
  const users = await world.poolUsers();
  const pairs = users.map(
    (user) => [attributeOf(user, 'email') ?? '', attributeOf(user, 'sub') ?? ''] as const,
  );
  const subs = new Map(pairs);
  expect(subs.size, 'somebody is in the pool twice').toBe(users.length);
  return subs;
};

const GO: ReadonlySet<Kind> = new Set(['goes', 'known']);

test('to Cognito: nobody twice, nobody lost, rows under the right person', async () => {
  const people = makeOldPeople(PEOPLE, 7);
  const of = (kind: Kind) => people.filter((one) => one.kind === kind).map(({ user }) => user);
  const known = new Map<string, string>();
  for (const { email = '' } of of('known'))
    known.set(email, await world.addUser(email, true, PASSWORD));
  for (const { email = '' } of of('squatted')) await world.addUser(email, false);
  await world.addRows(people);
  const meter = new Meter();
  const auth = await authWith(people, { seed: 3, odds: ODDS });
  const cognito = await proxyTo(world.stack.env.COGNITO_ENDPOINT, 4, meter.tick);
  const data = await proxyTo(world.stack.env.SUPABASE_URL, 5, meter.tick);
  const env = { ...oldEnv(world, auth), COGNITO_ENDPOINT: cognito.url, SUPABASE_URL: data.url };
  const move = moveOf('to-cognito', env, 'there');

  await killInTheMiddle(move, meter);
  const { isWhole, output } = await runWithStops(move, meter, 11);
  expect(isWhole).toBe(false);
  expect(output).not.toContain(auth.secretKey);
  expect(output).not.toContain(world.stack.env.SUPABASE_SECRET_KEY);
  for (const { faults } of [cognito, data]) expect(faults.counts.get('lose')).toBeGreaterThan(0);

  const subs = await subsByEmail();
  const inPool = [...of('goes'), ...of('known'), ...of('squatted')].map(({ email }) => email);
  expect([...subs.keys()].sort()).toEqual(inPool.sort());
  for (const [email, sub] of known) expect(subs.get(email)).toBe(sub);
  const going = people.filter(({ kind }) => GO.has(kind)).map(({ user }) => user);
  const map = await csvRows(fileOf(move, 'map'));
  expect([...map].sort()).toEqual(going.map(({ id, email = '' }) => [id, subs.get(email)]).sort());

  const rows = await rowsOf(world.stack);
  expect(rows).toHaveLength(people.length);
  const owners = new Map(rows.map(({ name, ...row }) => [name, row]));
  for (const { user, kind } of people) {
    const owner = GO.has(kind) ? subs.get(user.email ?? '') : user.id;
    expect(owners.get(user.email || user.id), kind).toEqual({ owner, letters: 2, stamps: 1 });
  }

  const report = await csvRows(fileOf(move, 'report'));
  const staying = people.filter(({ kind }) => !GO.has(kind)).map(({ user }) => user.id);
  expect(report.map(([id]) => id).sort()).toEqual(staying.sort());

  // Everybody can ask for a new password, and whoever had one keeps it.
  const statuses = (await world.poolUsers()).filter((user) =>
    going.some(({ email }) => email === attributeOf(user, 'email')),
  );
  expect(new Set(statuses.map(({ UserStatus }) => UserStatus))).toEqual(new Set(['CONFIRMED']));
  for (const email of known.keys()) await world.signIn(email, PASSWORD);

  expect(await readFile(fileOf(move, 'journal'), 'utf8')).not.toContain('@');
  await run(move);
  expect(await csvRows(fileOf(move, 'map'))).toEqual(map);
  expect(await subsByEmail()).toEqual(subs);
  expect(await rowsOf(world.stack)).toEqual(rows);
});

test('to Supabase Auth: the same ids, past faults and stops', async () => {
  const { COGNITO_USER_POOL_ID: UserPoolId, COGNITO_CLIENT_ID: ClientId } = world.stack.env;
  const [taken, there, disabled] = [
    'taken@example.com',
    'there@example.com',
    'disabled@example.com',
  ];
  await world.addUser(taken, true);
  const thereSub = await world.addUser(there, true);
  await world.addUser(disabled, true);
  await world.aws.send(new AdminDisableUserCommand({ UserPoolId, Username: disabled }));
  const signUp = { ClientId, Username: 'never-confirmed@example.com', Password: PASSWORD };
  await world.aws.send(new SignUpCommand(signUp));
  const before = await rowsOf(world.stack);

  const meter = new Meter();
  const options = { seed: 8, odds: ODDS, rate: 400, onRequest: meter.tick };
  const [someone] = makeOldPeople(1, 99);
  if (someone === undefined) throw new Error('nobody was made');
  const auth = await authWith([], options);
  auth.users.set(someone.user.id, { ...someone.user, email: taken });
  auth.users.set(thereSub, { ...someone.user, id: thereSub, email: there });
  const move = moveOf('to-supabase', newEnv(auth), 'back');

  await killInTheMiddle(move, meter);
  await runWithStops(move, meter, 12);
  expect(auth.faults.counts.get('lose')).toBeGreaterThan(0);

  const going = (await world.poolUsers()).filter(
    (user) =>
      attributeOf(user, 'email_verified') === 'true' && attributeOf(user, 'email') !== taken,
  );
  const wanted = going.map((user) => [attributeOf(user, 'sub'), attributeOf(user, 'email')]);
  const arrived = Array.from(auth.users.values(), ({ id, email }) => [id, email]);
  expect(arrived.sort()).toEqual([...wanted, [someone.user.id, taken]].sort());
  const byEmail = new Map(Array.from(auth.users.values(), (user) => [user.email, user]));
  expect(Date.parse(byEmail.get(disabled)?.banned_until ?? '')).toBeGreaterThan(Date.now());
  // Two were there, and every other one was made once.
  expect(auth.created()).toBe(auth.users.size - 2);

  const report = await readFile(fileOf(move, 'report'), 'utf8');
  expect(report).toMatch(/taken@example\.com,the project has another account of this address/);
  expect(report).toMatch(/never-confirmed@example\.com,has never confirmed the address/);
  const map = await csvRows(fileOf(move, 'map'));
  expect(map.map(([, id]) => id).sort()).toEqual(wanted.map(([sub]) => sub).sort());
  expect(map.every(([old, id]) => old === id)).toBe(true);
  // Rows stay as they are, because the ids do.
  expect(await rowsOf(world.stack)).toEqual(before);
});

/** Somebody who goes, with an address of the test's own. */
function personOf(seed: number, email: string): OldPerson {
  const person = makeOldPeople(50, seed).find(({ kind }) => kind === 'goes');
  if (person === undefined) throw new Error('nobody was made');
  return { ...person, user: { ...person.user, email } };
}

test('a person whose rows cannot move is reported, and goes when the reason is gone', async () => {
  const stuck = personOf(21, 'stuck@example.com');
  const fine = personOf(22, 'fine@example.com');
  const sub = await world.addUser('stuck@example.com', true, PASSWORD);
  await world.addRows([stuck, fine]);
  await world.stack.sql('insert into public.members values ($1, $2)', [sub, 'in the way']);
  const move = moveOf('to-cognito', oldEnv(world, await authWith([stuck, fine])), 'stuck');
  const ownerOf = async (name: string) =>
    (await rowsOf(world.stack)).find((row) => row.name === name)?.owner;
  expect((await run(move)).isWhole).toBe(false);
  expect(await readFile(fileOf(move, 'report'), 'utf8')).toMatch(
    new RegExp(`${stuck.user.id},stuck@example.com,.*members_pkey.*23505`),
  );
  expect(await ownerOf('stuck@example.com')).toBe(stuck.user.id);
  expect(await ownerOf('fine@example.com')).not.toBe(fine.user.id);
  await world.stack.sql('delete from public.members where user_id = $1', [sub]);
  expect((await run(move)).isWhole).toBe(true);
  expect(await ownerOf('stuck@example.com')).toBe(sub);
});

test('a person whom the trigger has moved is done', async () => {
  const person = personOf(31, 'earlier@example.com');
  const sub = await world.addUser('earlier@example.com', true, PASSWORD);
  await world.addRows([person]);
  await world.stack.sql('select public.prepare_transfer($1, $2)', [
    person.user.id,
    'earlier@example.com',
  ]);
  await world.stack.sql('select public.claim_transfer($1, $2)', [sub, ['earlier@example.com']]);
  const env = oldEnv(world, await authWith([person]));
  const move = moveOf('to-cognito', env, 'earlier');
  const { isWhole, output } = await run(move);
  expect(isWhole).toBe(true);
  expect(output).toMatch(/1 {2}had moved before/);
  expect(await csvRows(fileOf(move, 'map'))).toEqual([[person.user.id, sub]]);
});

test('a file for an import job; then the command moves the rows of the users that the job has made', async () => {
  const [ada, bob] = [personOf(61, 'csv-ada@example.com'), personOf(62, 'csv-bob@example.com')];
  const full_name = '=Bob, "the" builder';
  const quoted = { ...bob, user: { ...bob.user, user_metadata: { full_name } } };
  await world.addRows([ada, quoted]);
  const move = moveOf('to-cognito', oldEnv(world, await authWith([ada, quoted])), 'csv');
  const csv = fileOf(move, 'import');
  // Nobody loses a name: the next run makes this user by a request.
  expect((await run(move, { csv })).isWhole).toBe(false);
  expect(await readFile(fileOf(move, 'report'), 'utf8')).toMatch(
    /csv-bob@example\.com,the name has a character/,
  );
  expect(existsSync(fileOf(move, 'journal'))).toBe(false);
  expect(await world.importUsers(csv)).toBe(1);
  const { isWhole, output } = await run(move);
  expect(isWhole).toBe(true);
  expect(output).toMatch(/1 {2}were there already/);
  const users = new Map(
    (await world.poolUsers()).map((user) => [attributeOf(user, 'email'), user] as const),
  );
  expect(attributeOf(users.get('csv-bob@example.com') ?? {}, 'name')).toBe(full_name);
  // They may have another address in the pool by now, so no job makes them again.
  expect((await run(move, { csv })).output).toMatch(/^2 users of an earlier run stay out/m);
  expect((await readFile(csv, 'utf8')).trim().split('\n')).toHaveLength(1);
  for (const email of ['csv-ada@example.com', 'csv-bob@example.com'])
    expect((await rowsOf(world.stack)).find(({ name }) => name === email)?.owner).toBe(
      attributeOf(users.get(email) ?? {}, 'sub'),
    );
});

test('two runs of one move: the second is refused, and changes nothing', async () => {
  let second: Promise<unknown> | undefined;
  const onPage = (): void => {
    second ??= run(move).catch((error) => error);
  };
  const auth = await authWith([personOf(75, 'twice@example.com')], { onPage });
  const move = moveOf('to-cognito', oldEnv(world, auth), 'twice');
  expect((await run(move)).isWhole).toBe(true);
  expect(await second).toMatchObject({ code: 'RUN_IN_PROGRESS' });
  expect(existsSync(fileOf(move, 'journal.lock'))).toBe(false);
});

test('a dry run writes nothing', async () => {
  const person = personOf(41, 'dry@example.com');
  const env = oldEnv(world, await authWith([person]));
  const move = moveOf('to-cognito', env, 'dry');
  const { output } = await run(move, { isDryRun: true });
  expect(output).toMatch(/^1 user would go$/m);
  for (const what of ['journal', 'map', 'report'])
    expect(existsSync(fileOf(move, what))).toBe(false);
  expect((await subsByEmail()).has('dry@example.com')).toBe(false);
});

test('a wrong key stops at once, and is not printed', async () => {
  const auth = await authWith([personOf(51, 'key@example.com')]);
  const env = { ...oldEnv(world, auth), OLD_SUPABASE_SECRET_KEY: 'sb_secret_wrong' };
  const failed = await run(moveOf('to-cognito', env, 'key')).catch((error) => error);
  expect(failed).toMatchObject({ code: 'SUPABASE_KEY_REFUSED' });
  expect(`${failed.message} ${failed.hint}`).not.toContain('sb_secret_wrong');
});

test('the Data API has a code of its own for a module that is not there', async () => {
  const { error } = await world.stack.service.rpc('no_such_function', { address: 'x' });
  expect(error?.code).toBe('PGRST202');
});
