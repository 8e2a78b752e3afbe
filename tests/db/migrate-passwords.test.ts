/**
 * `migrate-users to-cognito` with the passwords of a real auth.users, an import job of the local pool and sign-ins with the
 * AWS SDK; and people who change between the reading of the list and their move.
 */
import { existsSync } from 'node:fs';
import { appendFile, readFile, stat } from 'node:fs/promises';
import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminUpdateUserAttributesCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { User } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AuthAdminOptions } from '../support/auth-admin.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { type OldPerson, peopleOf } from '../support/migrate-people.ts';
import {
  attributeOf,
  type MigrateWorld,
  rowsOf,
  startMigrateWorld,
} from '../support/migrate-world.ts';
import { authWith, type Env, fileOf, type Move, oldEnv, rowsIn, run } from './migrate-moves.ts';

const PASSWORD = 'Correct-horse-42';

let world: MigrateWorld;
beforeAll(async () => {
  world = await startMigrateWorld();
});
afterAll(() => world?.stop());

const toCognito = (env: Env, name: string): Move => ({
  ...{ direction: 'to-cognito', env, name },
  dir: world.dir,
});

const ownerOf = async (name: string): Promise<string | undefined> =>
  (await rowsOf(world.stack)).find((row) => row.name === name)?.owner;

const userOf = async (email: string) =>
  (await world.poolUsers()).find((user) => attributeOf(user, 'email') === email);

describe('passwords', () => {
  /** auth.users as Supabase Auth fills it, with a hash that Postgres makes. */
  const addToAuth = ({ user }: OldPerson, hash: string) =>
    world.stack.sql(
      `insert into auth.users (id, aud, role, email, email_confirmed_at, encrypted_password)
       values ($1, 'authenticated', 'authenticated', $2, now(), ${hash})`,
      [user.id, user.email],
    );

  test('people sign in with their old password, before and after their rows have moved', async () => {
    const emails = ['ada', 'bob', 'argon', 'none'].map((name) => `${name}@hashes.example`);
    const people = peopleOf(71, ...emails);
    const [ada, bob, argon, none] = people;
    if (!ada || !bob || !argon || !none) throw new Error('nobody was made');
    await addToAuth(ada, `extensions.crypt('${PASSWORD}', extensions.gen_salt('bf', 10))`);
    await addToAuth(bob, `extensions.crypt('short', extensions.gen_salt('bf', 5))`);
    await addToAuth(argon, `'$argon2id$v=19$m=16,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g'`);
    await addToAuth(none, 'null');
    await world.addRows(people);
    const OLD_SUPABASE_DB_URL = world.stack.env.SUPABASE_DB_URL;
    const move = toCognito(
      oldEnv(world, await authWith(people), { OLD_SUPABASE_DB_URL }),
      'hashes',
    );
    const csv = fileOf(move, 'import');

    const { isWhole, output } = await run(move, { csv, passwords: { column: undefined } });
    expect(isWhole).toBe(true);
    const text = await readFile(csv, 'utf8');
    expect(text.split('\n')[0]).toMatch(/,cognito:password_hash$/);
    expect(text.match(/,\$2a\$\d\d\$[./\w]{53}$/gm)).toHaveLength(2);
    expect(text).not.toContain('argon2');
    expect((await stat(csv)).mode & 0o777).toBe(0o600);
    for (const shown of [output, await readFile(fileOf(move, 'people'), 'utf8')])
      expect(shown).not.toMatch(/\$2a|\$argon/);
    expect(output).toMatch(/2 passwords in the file; 2 users must ask for a new password: 1 .* 1 /);
    expect(output).toMatch(/--password-hashing-algorithm BCRYPT/);
    expect(output).toMatch(/x-amz-server-side-encryption: aws:kms/);
    expect(output).toMatch(/unverified.*Delete the file/s);
    expect(existsSync(fileOf(move, 'journal'))).toBe(false);

    await world.importUsers(csv, 'BCRYPT');
    await world.signIn(emails[0] ?? '', PASSWORD);
    expect((await run(move)).isWhole).toBe(true);
    await world.signIn(emails[0] ?? '', PASSWORD);
    await world.signIn(emails[1] ?? '', 'short');
    await expect(world.signIn(emails[1] ?? '', PASSWORD)).rejects.toThrow(/Incorrect/);
    for (const email of emails)
      expect(await ownerOf(email)).toBe(attributeOf((await userOf(email)) ?? {}, 'sub'));
    const statuses = await Promise.all(
      emails.map(async (email) => (await userOf(email))?.UserStatus),
    );
    expect(statuses).toEqual(['CONFIRMED', 'CONFIRMED', 'RESET_REQUIRED', 'RESET_REQUIRED']);
    const met = new Map((await rowsIn(move, 'people')).map(([, email, words]) => [email, words]));
    expect(emails.map((email) => met.get(email))).toEqual([
      ...Array(2).fill(
        'keeps the password of the pool, or chooses a new password by "forgot password"',
      ),
      ...Array(2).fill('chooses a new password by "forgot password"'),
    ]);
  });

  test('the database of another project, and one that cannot be read, write nothing', async () => {
    const people = peopleOf(72, 'elsewhere@hashes.example');
    const url = new URL(world.stack.env.SUPABASE_DB_URL);
    const failWith = async (OLD_SUPABASE_DB_URL: string, name: string) => {
      const move = toCognito(oldEnv(world, await authWith(people), { OLD_SUPABASE_DB_URL }), name);
      const csv = fileOf(move, 'import');
      const error = await run(move, { csv, passwords: { column: undefined } }).catch(
        (caught) => caught,
      );
      for (const what of ['import', 'report', 'people', 'journal', 'journal.lock'])
        expect(existsSync(fileOf(move, what)), what).toBe(false);
      return error;
    };
    expect(await failWith(url.href, 'other-project')).toMatchObject({ code: 'PROJECT_MISMATCH' });
    await world.stack.sql(`drop role if exists hash_reader`);
    await world.stack.sql(`create role hash_reader login password 'hash-reader-secret'`);
    onTestFinished(async () => void (await world.stack.sql('drop role hash_reader')));
    [url.username, url.password] = ['hash_reader', 'hash-reader-secret'];
    const refused = await failWith(url.href, 'other-role');
    expect(refused).toMatchObject({ code: 'DATABASE_FAILED' });
    expect(refused.message).toMatch(/OLD_SUPABASE_DB_URL.*permission denied/);
    expect(`${refused.message} ${refused.hint}`).not.toContain('hash-reader-secret');
    expect(refused.hint).toMatch(/postgres/);
  });
});

describe('people who change after the list was read', () => {
  /** Calls `change` before the first single person is sent: the list has been read by then. */
  const once = (change: (users: Map<string, User>) => void): AuthAdminOptions => {
    let isDone = false;
    return {
      onPerson: (_, { users }) => {
        if (!isDone) change(users);
        isDone = true;
      },
    };
  };

  test('to Cognito: deleted and banned people do not go, and a new address is used', async () => {
    const emails = ['gone', 'banned', 'before', 'stays'].map((name) => `${name}@meanwhile.example`);
    const people = peopleOf(73, ...emails);
    const [gone, banned, before, stays] = people.map(({ user }) => user);
    if (!gone || !banned || !before || !stays) throw new Error('nobody was made');
    await world.addRows(people);
    const factor = { id: 'f', factor_type: 'totp' as const, status: 'verified' as const };
    const dates = { created_at: stays.created_at, updated_at: stays.created_at };
    const options = once((users) => {
      users.delete(gone.id);
      users.set(banned.id, { ...banned, banned_until: '2999-01-01T00:00:00Z' });
      users.set(before.id, { ...before, email: 'after@meanwhile.example' });
      users.set(stays.id, { ...stays, factors: [{ ...factor, ...dates }] });
    });
    const move = toCognito(oldEnv(world, await authWith(people, options)), 'meanwhile');

    expect((await run(move)).isWhole).toBe(false);
    const report = new Map((await rowsIn(move, 'report')).map(([id, , reason]) => [id, reason]));
    expect(report).toEqual(
      new Map([
        [gone.id, 'deleted from Supabase Auth after the list was read'],
        [banned.id, 'banned in Supabase Auth'],
      ]),
    );
    for (const email of ['gone', 'banned', 'before'])
      expect(await userOf(`${email}@meanwhile.example`), email).toBeUndefined();
    for (const { id, email = '' } of [gone, banned]) expect(await ownerOf(email)).toBe(id);
    const after = await userOf('after@meanwhile.example');
    expect(await ownerOf(before.email ?? '')).toBe(attributeOf(after ?? {}, 'sub'));
    const met = await rowsIn(move, 'people');
    const words = 'chooses a new password by "forgot password"';
    expect([...met].sort()).toEqual(
      [
        [before.id, 'after@meanwhile.example', words],
        [stays.id, stays.email, `${words}; sets up second factors again`],
      ].sort(),
    );
    expect((await stat(fileOf(move, 'people'))).mode & 0o777).toBe(0o600);
  });

  test('to Supabase Auth: a deleted user stays, and a disabled one is banned', async () => {
    const { COGNITO_USER_POOL_ID: UserPoolId } = world.stack.env;
    const names = ['gone-back', 'disabled-back', 'before-back'].map((name) => `${name}@x.example`);
    const [gone = '', disabled = '', before = ''] = names;
    const subs = new Map<string, string>();
    for (const email of names) subs.set(email, await world.addUser(email, true, PASSWORD));
    let changing: Promise<void> | undefined;
    // Nobody is asked for one by one before the list was read.
    const change = async (): Promise<void> => {
      await world.aws.send(new AdminDeleteUserCommand({ UserPoolId, Username: gone }));
      await world.aws.send(new AdminDisableUserCommand({ UserPoolId, Username: disabled }));
      const UserAttributes = [
        { Name: 'email', Value: 'after-back@x.example' },
        { Name: 'email_verified', Value: 'true' },
      ];
      const user = { UserPoolId, Username: before, UserAttributes };
      await world.aws.send(new AdminUpdateUserAttributesCommand(user));
    };
    const auth = await authWith([]);
    const env = {
      ...world.stack.env,
      ...{ SUPABASE_URL: auth.url, SUPABASE_SECRET_KEY: auth.secretKey },
    };
    const move: Move = { direction: 'to-supabase', env, name: 'back', dir: world.dir };
    const cognito = await startFaultyProxy({
      ...{ target: world.stack.env.COGNITO_ENDPOINT, seed: 1, odds: {} },
      onRequest: async (operation) => {
        if (operation === 'AdminGetUser') changing ??= change();
        await changing;
      },
    });
    onTestFinished(() => cognito.close());
    const ended = await run({ ...move, env: { ...env, COGNITO_ENDPOINT: cognito.url } });
    expect(ended.isWhole).toBe(false);
    const report = new Map((await rowsIn(move, 'report')).map(([id, , reason]) => [id, reason]));
    expect(report.get(subs.get(gone) ?? '')).toBe('deleted from the pool after the list was read');
    expect(auth.users.has(subs.get(gone) ?? '')).toBe(false);
    const made = auth.users.get(subs.get(disabled) ?? '');
    expect(Date.parse(made?.banned_until ?? '')).toBeGreaterThan(Date.now());
    expect(auth.users.get(subs.get(before) ?? '')?.email).toBe('after-back@x.example');
    const met = new Map((await rowsIn(move, 'people')).map(([id, , words]) => [id, words]));
    expect(met.get(subs.get(disabled) ?? '')).toMatch(/is disabled/);
  });
});

test('somebody who is deleted in the middle of the own move: the report names what an earlier run has made', async () => {
  const [first, second] = peopleOf(76, 'first@midway.example', 'second@midway.example');
  if (!first || !second) throw new Error('nobody was made');
  const auth = await authWith([first], {
    onPerson: (id, { users }) => void (id === second.user.id && users.delete(id)),
  });
  const move = toCognito(oldEnv(world, auth), 'midway');
  await run(move);
  const begun = {
    id: second.user.id,
    state: 'created',
    newId: 'the-sub',
    username: 'u',
    own: true,
  };
  await appendFile(fileOf(move, 'journal'), `${JSON.stringify(begun)}\n`);
  // It is in the list, and then it is gone.
  auth.users.set(second.user.id, second.user);
  expect((await run(move)).isWhole).toBe(false);
  expect(await rowsIn(move, 'report')).toEqual([
    [
      second.user.id,
      'second@midway.example',
      'deleted from Supabase Auth after the list was read',
      'an earlier run has begun: user the-sub of the pool may have the rows',
    ],
  ]);
  // Of the earlier run.
  expect((await rowsIn(move, 'people')).map(([id]) => id)).toEqual([first.user.id]);
});

test('a pool where nobody could sign in by an address is refused', async () => {
  const { UserPool } = await world.aws.send(new CreateUserPoolCommand({ PoolName: 'names' }));
  const env = { ...oldEnv(world, await authWith([])), COGNITO_USER_POOL_ID: UserPool?.Id ?? '' };
  const failed = run(toCognito(env, 'names'));
  await expect(failed).rejects.toMatchObject({
    code: 'POOL_REFUSED',
    message: expect.stringMatching(/by a username only/),
  });
});

test('a dry run writes the file of people only if it is named', async () => {
  const people = peopleOf(74, '=dry@meanwhile.example');
  const move = toCognito(oldEnv(world, await authWith(people)), 'dry');
  expect((await run(move, { isDryRun: true })).output).toMatch(/^nothing was written$/m);
  expect(existsSync(fileOf(move, 'people'))).toBe(false);
  const { output } = await run(move, { isDryRun: true, people: fileOf(move, 'people') });
  expect(output).toMatch(/^nothing else was written$/m);
  for (const what of ['journal', 'map', 'report', 'journal.lock'])
    expect(existsSync(fileOf(move, what)), what).toBe(false);
  expect(await rowsIn(move, 'people')).toEqual([
    [people[0]?.user.id, "'=dry@meanwhile.example", 'chooses a new password by "forgot password"'],
  ]);
});
