import type { User } from '@supabase/supabase-js';
import { describe, expect, test } from 'vitest';
import type { PoolUser } from '../../../../cli/directory/pool.ts';
import { importText, withFileValues } from '../../../../cli/migrate-users/import-file.ts';
import { inWords } from '../../../../cli/migrate-users/meets.ts';
import { sortOldPeople } from '../../../../cli/migrate-users/old-people.ts';
import { sortPoolPeople } from '../../../../cli/migrate-users/pool-people.ts';
import { usernameOf, withNames } from '../../../../cli/migrate-users/to-cognito.ts';

const NOW = Date.parse('2026-01-01');
const NOTHING = { first: '', more: [] };
const ID = '11111111-1111-4111-8111-111111111111';

const oldUser = (changes: Partial<User>): User => ({
  ...{ id: ID, aud: 'authenticated', email: 'Ada@Example.com', phone: '' },
  ...{ email_confirmed_at: '2025-01-01', created_at: '2025-01-01' },
  ...{ app_metadata: { provider: 'email', providers: ['email'] }, user_metadata: {} },
  ...changes,
});

describe('accounts of Supabase Auth', () => {
  const sortOne = (changes: Partial<User>) => sortOldPeople([oldUser(changes)], NOW);

  test.each([
    ['deleted', { deleted_at: '2025-01-01' }, /deleted/],
    ['banned', { banned_until: '2026-02-01' }, /banned/],
    ['anonymous', { is_anonymous: true }, /anonymous/],
    ['of SSO', { app_metadata: { provider: 'sso:1' } }, /SSO/],
    ['of SSO among others', { app_metadata: { providers: ['email', 'sso:1'] } }, /SSO/],
    ['not verified', { email_confirmed_at: undefined as never }, /no verified address/],
    ['with an unverified number only', { email: '', phone: '49151' }, /no verified address/],
  ])('%s: stays', (_, changes, reason) => {
    const { going, left } = sortOne(changes);
    expect(going).toEqual([]);
    expect(left.map((one) => one.left.message)).toEqual([expect.stringMatching(reason)]);
    expect(left[0]?.left.todo).not.toBe('');
  });

  test('a ban whose end cannot be read counts, and so does one letter that is not of ASCII', () => {
    expect(sortOne({ banned_until: 'for ever' }).going).toEqual([]);
    // In lower case, the sign of Kelvin is a `k`.
    expect(sortOne({ email: '\u212Aate@Example.com' }).going[0]?.email).toBe(
      '\u212Aate@example.com',
    );
  });

  test('second factors and each provider are named', () => {
    const changes = {
      app_metadata: { provider: 'google', providers: ['email', 'google', 'github'] },
      factors: [{ status: 'unverified' }, { status: 'verified' }] as never,
    };
    expect(inWords(sortOne(changes).going[0]?.meets ?? NOTHING)).toBe(
      'chooses a new password by "forgot password"; signs in by google only after it is linked in the pool; signs in by github only after it is linked in the pool; sets up second factors again',
    );
    expect(
      inWords(sortOne({ factors: [{ status: 'unverified' }] as never }).going[0]?.meets ?? NOTHING),
    ).not.toMatch(/factors/);
  });

  test('a ban that has ended does not count', () => {
    expect(sortOne({ banned_until: '2025-12-31' }).going).toHaveLength(1);
  });

  test('only verified addresses go along, in the form of Cognito', () => {
    const phone = { phone: '4915112345', phone_confirmed_at: '2025-01-01' };
    const [both] = sortOne(phone).going;
    expect(both).toMatchObject({ email: 'ada@example.com', phone: '+4915112345' });
    const [number] = sortOne({ ...phone, email_confirmed_at: undefined as never }).going;
    expect(number).toMatchObject({ email: undefined, phone: '+4915112345' });
    expect(inWords(number?.meets ?? NOTHING)).toMatch(/phone number only.*SMS/);
    expect(sortOne({ phone: '4915112345' }).going[0]?.phone).toBeUndefined();
  });

  test('the profile has texts that Cognito takes', () => {
    const user_metadata = {
      full_name: 'Ada',
      avatar_url: 'x'.repeat(2049),
      locale: 7,
      role: 'admin',
    };
    expect(sortOne({ user_metadata }).going[0]?.profile).toEqual(new Map([['name', 'Ada']]));
  });

  test('people of a provider are told so', () => {
    const app_metadata = { provider: 'google', providers: ['google'] };
    expect(inWords(sortOne({ app_metadata }).going[0]?.meets ?? NOTHING)).toMatch(
      /forgot password.*signs in by google only after it is linked/,
    );
  });

  test('names follow the settings of the pool', () => {
    const [person] = sortOne({ phone: '49151', phone_confirmed_at: '2025-01-01' }).going;
    if (person === undefined) throw new Error('nobody goes');
    expect(usernameOf(new Set(['email']), person)).toBe('ada@example.com');
    expect(usernameOf(new Set(['phone_number']), person)).toBe('+49151');
    expect(usernameOf(new Set(), person)).toBe(ID);
    const noNumber = { ...person, phone: undefined };
    const { going, left } = withNames(new Set(['phone_number']), { going: [noNumber], left: [] });
    expect(going).toEqual([]);
    expect(left).toMatchObject([{ id: ID, address: 'ada@example.com' }]);
  });
});

const poolUser = (
  changes: Partial<PoolUser>,
  attributes: Record<string, string> = {},
): PoolUser => ({
  ...{ sub: ID, username: ID, email: 'ada@example.com', email_verified: true },
  ...{ status: 'CONFIRMED', enabled: true, created_at: null, updated_at: null },
  attributes: { sub: ID, email: 'ada@example.com', email_verified: 'true', ...attributes },
  ...changes,
});

describe('users of a pool', () => {
  const reasonsOf = (...users: readonly PoolUser[]) =>
    sortPoolPeople(users).left.map(({ left }) => left.message);

  test('who stays', () => {
    expect(reasonsOf(poolUser({ status: 'UNCONFIRMED' }))).toEqual([
      expect.stringMatching(/never confirmed/),
    ]);
    expect(reasonsOf(poolUser({}, { email_verified: 'false' }))).toEqual(['no verified address']);
    expect(reasonsOf(poolUser({ email: null, attributes: { sub: ID } }))).toEqual([
      expect.stringMatching(/machine/),
    ]);
    expect(reasonsOf(poolUser({ sub: 'nightly' }))).toEqual([expect.stringMatching(/no UUID/)]);
  });

  test('a disabled user goes with a ban, and a number with its plus', () => {
    const number = {
      email_verified: 'false',
      phone_number: '+49151',
      phone_number_verified: 'true',
    };
    const { going } = sortPoolPeople([poolUser({ enabled: false }, number)]);
    expect(going).toMatchObject([{ id: ID, email: undefined, phone: '+49151', isDisabled: true }]);
  });

  test('each is told how to sign in', () => {
    const wordsOf = (changes: Partial<PoolUser>, attributes: Record<string, string> = {}) =>
      inWords(sortPoolPeople([poolUser(changes, attributes)]).going[0]?.meets ?? NOTHING);
    const identities = JSON.stringify([{ providerName: 'Google' }, { providerName: 'Acme' }]);
    const external = { status: 'EXTERNAL_PROVIDER', username: 'Other_123' };
    expect(wordsOf({})).toBe('chooses a new password by "forgot password"');
    expect(wordsOf({ enabled: false })).toBe('is disabled in the pool, so banned in Supabase Auth');
    expect(wordsOf(external)).toBe('signs in by Other, if Supabase Auth has it');
    expect(wordsOf(external, { identities: 'no JSON' })).toMatch(/^signs in by Other,/);
    expect(wordsOf(external, { identities })).toMatch(/^signs in by Google, .*; signs in by Acme,/);
    expect(wordsOf({}, { identities })).toMatch(/^chooses .*; signs in by Google, .*by Acme,/);
    const number = { phone_number: '+49151', phone_number_verified: 'true' };
    expect(wordsOf({}, { ...number, email_verified: 'false' })).toMatch(/phone number only.*SMS/);
  });

  test('of two users with one address, the local one goes, in whatever order', () => {
    const other = '22222222-2222-4222-8222-222222222222';
    const ofProvider = poolUser({ sub: other, status: 'EXTERNAL_PROVIDER' });
    for (const users of [
      [ofProvider, poolUser({})],
      [poolUser({}), ofProvider],
    ]) {
      const { going, left } = sortPoolPeople(users);
      expect(going.map(({ id }) => id)).toEqual([ID]);
      expect(left).toMatchObject([{ id: other, left: { message: expect.stringContaining(ID) } }]);
    }
  });
});

describe('a file for an import job', () => {
  const all = ['name', 'locale', 'email', 'email_verified', 'phone_number', 'custom:x'];
  const header = [...all, 'cognito:mfa_enabled', 'cognito:username'];

  test('nobody loses a value that the file cannot have: such people stay out and are reported', () => {
    const named = (id: string, user_metadata: Record<string, string>) =>
      oldUser({ id, email: `${id}@example.com`, user_metadata });
    const users = [
      oldUser({}),
      oldUser({ id: '2', email: '"a,b"@example.com' }),
      named('comma', { name: 'Smith, Jo' }),
      named('quote', { full_name: 'Jo "the" Smith' }),
      named('lines', { locale: 'en\nde' }),
      // The file has no column for it.
      named('other', { picture: 'data:image/png;base64,AAAA' }),
    ];
    const sorted = withFileValues(header, sortOldPeople(users, NOW));
    expect(sorted.going.map(({ id }) => id)).toEqual([ID, 'other']);
    expect(sorted.left.map(({ id, left }) => [id, left.message.split(' ')[1]])).toEqual([
      ...[
        ['2', 'address'],
        ['comma', 'name'],
      ],
      ...[
        ['quote', 'name'],
        ['lines', 'locale'],
      ],
    ]);
    expect(sorted.left.every(({ left }) => /without --csv/.test(left.todo))).toBe(true);
    const withPicture = withFileValues([...header, 'picture'], sortOldPeople(users, NOW));
    expect(withPicture.left.map(({ id }) => id)).toContain('other');
  });

  test('it has no quotes, and its numbers keep their plus', () => {
    const data = { name: 'Ada', locale: 'en' };
    const changes = { user_metadata: data, phone: '49151', phone_confirmed_at: '2025-01-01' };
    const { going } = sortOldPeople([oldUser(changes)], NOW);
    expect(importText(header, new Set(['email']), going)).toBe(
      `${header.join(',')}\nAda,en,ada@example.com,TRUE,+49151,,FALSE,ada@example.com\n`,
    );
    expect(() => importText(all, new Set(), going)).toThrow(/no cognito:username/);
  });
});
