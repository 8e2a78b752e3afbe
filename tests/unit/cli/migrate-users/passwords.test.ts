/** Hashes of passwords in the file of an import job: which ones, under which name, and what is refused. */
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import bcrypt from 'bcryptjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isBcrypt, readHashes } from '../../../../cli/migrate-users/hashes.ts';
import { importText } from '../../../../cli/migrate-users/import-file.ts';
import { inWords, withStatus } from '../../../../cli/migrate-users/meets.ts';
import {
  type Direction,
  readOptions,
  type WrittenOptions,
} from '../../../../cli/migrate-users/options.ts';
import { columnFor, sortPasswords } from '../../../../cli/migrate-users/passwords.ts';
import type { Going } from '../../../../cli/migrate-users/person.ts';
import { writePrivate } from '../../../../cli/migrate-users/private-file.ts';
import { readSettings } from '../../../../cli/migrate-users/settings.ts';

const HASH = bcrypt.hashSync('a password', 4);

const person = (id: string): Going => ({
  ...{ id, foundBy: id, email: `${id}@example.com`, phone: undefined },
  ...{ profile: new Map(), isDisabled: false },
  meets: { first: 'chooses a new password by "forgot password"', more: ['more'] },
});

test('bcrypt in all its spellings and costs, and nothing else', () => {
  for (const kind of ['2a', '2b', '2y'])
    expect(isBcrypt(HASH.replace(/^\$2.\$/, `$${kind}$`))).toBe(true);
  for (const cost of ['04', '09', '10', '19', '29', '31'])
    expect(isBcrypt(HASH.replace('$04$', `$${cost}$`)), cost).toBe(true);
  for (const wrong of [
    ...['00', '03', '32', '99', '4', '010'].map((cost) => HASH.replace('$04$', `$${cost}$`)),
    HASH.replace(/^\$2.\$/, '$2x$'),
    HASH.slice(0, -1),
    `${HASH}a`,
    `${HASH}\n`,
    ` ${HASH}`,
    HASH.replace(/.$/, ','),
    '$argon2id$v=19$m=16,t=2,p=1$c2FsdA$aGFzaA',
    '$fbscrypt$v=1,n=14,r=8,p=1$c2FsdA$aGFzaA',
    '{"key_id":"x","alg":"aes-gcm-hkdf","data":"encrypted at rest"}',
    'a password',
    '',
  ])
    expect(isBcrypt(wrong), wrong).toBe(false);
});

test('the column: an option, or what Cognito says, or the usual one', () => {
  expect(columnFor(['email'], undefined)).toBe('cognito:password_hash');
  expect(columnFor(['email', 'cognito:PasswordHash'], undefined)).toBe('cognito:PasswordHash');
  expect(columnFor(['email', 'password_hash'], 'named')).toBe('named');
});

test('hashes go into their column, others leave it empty and are counted', () => {
  const going = ['a', 'b', 'c'].map(person);
  const stored = new Map([
    ['a', HASH],
    ['b', '$argon2id$v=19$m=16,t=2,p=1$c2FsdA$aGFzaA'],
    ['somebody else', HASH],
  ]);
  const { people, hashes, summary } = sortPasswords(going, stored);
  expect(hashes).toEqual(new Map([['a', HASH]]));
  expect(summary).toBe(
    '1 password in the file; 2 users must ask for a new password: 1 without one, 1 with a hash that is not bcrypt',
  );
  expect(people.map(({ meets }) => inWords(meets))).toEqual([
    'keeps the password, if the import job takes its hash; more',
    ...Array(2).fill('chooses a new password by "forgot password"; more'),
  ]);
  const header = ['cognito:username', 'email'];
  const text = (columns: readonly string[], column: string) =>
    importText(columns, new Set(['email']), people, { column, hashes });
  expect(text(header, 'x:hash')).toBe(
    `cognito:username,email,x:hash\na@example.com,a@example.com,${HASH}\nb@example.com,b@example.com,\nc@example.com,c@example.com,\n`,
  );
  // Cognito's own column stays in its place.
  const [first, line] = text(['x:hash', ...header], 'x:hash').split('\n');
  expect([first, line]).toEqual([
    'x:hash,cognito:username,email',
    `${HASH},a@example.com,a@example.com`,
  ]);
});

describe('options', () => {
  const rate = '20';

  const withColumn = (passwordColumn: string) => ({
    csv: 'x.csv',
    passwords: true,
    passwordColumn,
  });
  const refused: readonly (readonly [string, Partial<WrittenOptions>, RegExp])[] = [
    ['--passwords without --csv', { passwords: true }, /needs --csv/],
    ['a column without --passwords', { csv: 'x.csv', passwordColumn: 'x' }, /needs --passwords/],
    ['one file for two', { csv: 'x.csv', report: './x.csv' }, /the same file/],
    ['the column of another value', withColumn('email'), /--password-column/],
    ['the column of the username', withColumn('cognito:username'), /--password-column/],
    ['the column of an attribute', withColumn('custom:role'), /--password-column/],
    ['a column that needs quotes', withColumn('a,b'), /--password-column/],
    ['a column of two lines', withColumn('a\nb'), /--password-column/],
    ['a column without a name', withColumn(''), /--password-column/],
  ];
  test.each(refused)('%s: refused', (_, written, message) => {
    expect(() => readOptions({ rate, ...written })).toThrow(message);
  });

  test('a column of Cognito may be named', () => {
    const written = { rate, csv: 'x.csv', passwords: true };
    expect(readOptions(written).passwords).toEqual({ column: undefined });
    const passwordColumn = 'cognito:password_hash';
    expect(readOptions({ ...written, passwordColumn }).passwords?.column).toBe(passwordColumn);
  });
});

describe('the database of the hashes', () => {
  const own = {
    ...{ COGNITO_USER_POOL_ID: 'eu-central-1_AbC', SUPABASE_SECRET_KEY: 'sb_secret_1' },
    SUPABASE_URL: 'https://abcdefghijklmnopqrst.supabase.co',
  };
  const old = {
    OLD_SUPABASE_URL: 'https://old.example.com',
    OLD_SUPABASE_SECRET_KEY: 'sb_secret_2',
  };
  const options = readOptions({ rate: '20', dir: '/nowhere', csv: 'x.csv', passwords: true });
  const read = (env: Record<string, string>) => readSettings('to-cognito', options, env);

  test.each([
    ['of the project', own, 'SUPABASE_DB_URL'],
    [
      'of the old project, not the new one',
      { ...own, ...old, SUPABASE_DB_URL: 'postgres://a@b/c' },
      'OLD_SUPABASE_DB_URL',
    ],
  ])('%s: an error without it, and PGPASSWORD goes into it', async (_, env, variable) => {
    await expect(read(env)).rejects.toMatchObject({
      code: 'SETTING_MISSING',
      message: expect.stringMatching(`^${variable} is not set`),
    });
    const PGPASSWORD = 'only-for-this-test';
    const { hashes } = await read({
      ...env,
      [variable]: 'postgresql://postgres@host/db',
      PGPASSWORD,
    });
    expect(hashes).toMatchObject({ variable, databaseUrl: expect.stringContaining(PGPASSWORD) });
    expect(
      (await readSettings('to-cognito', readOptions({ rate: '20', dir: '/' }), env)).hashes,
    ).toBe(undefined);
  });

  test('the database with the rows is the one of the new project, and may be unknown', async () => {
    const withoutFile = readOptions({ rate: '20', dir: '/nowhere' });
    const transfersOf = async (direction: Direction, env: Record<string, string>) =>
      (await readSettings(direction, withoutFile, { ...own, ...old, ...env })).transfers;
    const OLD_SUPABASE_DB_URL = 'postgresql://a@old/db';
    expect(await transfersOf('to-cognito', { OLD_SUPABASE_DB_URL })).toBeUndefined();
    const SUPABASE_DB_URL = 'postgresql://a@new/db';
    expect(await transfersOf('to-supabase', { SUPABASE_DB_URL })).toBeUndefined();
    expect(await transfersOf('to-cognito', { OLD_SUPABASE_DB_URL, SUPABASE_DB_URL })).toEqual({
      ...{ databaseUrl: SUPABASE_DB_URL, variable: 'SUPABASE_DB_URL' },
      projectUrl: own.SUPABASE_URL,
    });
  });

  test.each([
    ['no URL of Postgres', 'https://secret-in-it@host/db', 'SETTING_INVALID'],
    [
      'of another hosted project',
      'postgresql://postgres:secret-in-it@db.zzzzzzzzzzzzzzzzzzzz.supabase.co/postgres',
      'PROJECT_MISMATCH',
    ],
    [
      'of another user of the pooler',
      'postgresql://postgres.zzzzzzzzzzzzzzzzzzzz:secret-in-it@aws-0-eu-central-1.pooler.supabase.com/postgres',
      'PROJECT_MISMATCH',
    ],
    [
      'that does not answer',
      'postgresql://postgres:secret-in-it@127.0.0.1:1/postgres',
      'DATABASE_FAILED',
    ],
  ])('%s: refused', async (_, databaseUrl, code) => {
    const source = { databaseUrl, variable: 'SUPABASE_DB_URL', projectUrl: own.SUPABASE_URL };
    const error = await readHashes(source, {
      people: [person('x')],
      isThere: async () => true,
    }).catch((caught) => caught);
    expect(error).toMatchObject({ code });
    expect(error.message).toContain('SUPABASE_DB_URL');
    expect(`${error.message} ${error.hint}`).not.toMatch(/secret-in-it|--db-url/);
  });
});

test('a file is for its owner alone, whatever was there', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'private-file-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const [file, other] = [path.join(dir, 'import.csv'), path.join(dir, 'other')];
  for (const name of [file, other, `${file}.tmp`]) await writeFile(name, 'old');
  await chmod(file, 0o666);
  await writePrivate(file, 'new', '--csv');
  expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['new', 0o600]);
  // A link that somebody has put there is replaced, and not followed.
  await rm(file);
  await symlink(other, file);
  await writePrivate(file, 'newer', '--csv');
  expect(await readFile(other, 'utf8')).toBe('old');
  expect((await readdir(dir)).sort()).toEqual(['import.csv', 'import.csv.tmp', 'other']);
  await mkdir(path.join(dir, 'folder'));
  const failed = writePrivate(path.join(dir, 'folder'), 'x', '--csv');
  await expect(failed).rejects.toMatchObject({ code: 'BAD_OPTION' });
  expect((await readdir(dir)).length).toBe(4);
});

test('a user of the pool keeps what the pool has', () => {
  const meets = { first: 'a new password', more: ['sets up second factors again'] };
  const words = ['CONFIRMED', 'RESET_REQUIRED', 'FORCE_CHANGE_PASSWORD'].map((status) =>
    inWords(withStatus(status, meets)),
  );
  const more = 'sets up second factors again, unless the pool has them';
  expect(words).toEqual([
    `keeps the password of the pool, or chooses a new password by "forgot password"; ${more}`,
    `a new password; ${more}`,
    `needs the temporary password of an invitation, or a new invitation; ${more}`,
  ]);
});
