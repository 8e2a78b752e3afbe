/** The user migration trigger: whose account becomes a user of the pool, and whose does not. */
import type { UserMigrationTriggerEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RefusedError } from '../../../../functions/service/data-api.ts';
import {
  type MigrationOutcome,
  type UserMigrationParts,
  userMigration,
} from '../../../../functions/user-migration/core.ts';
import { oldAccounts } from '../../../../functions/user-migration/old-accounts.ts';
import {
  type OldAccount,
  passwordChecker,
} from '../../../../functions/user-migration/supabase-auth.ts';
import { type OldProject, startOldProject } from '../../../support/old-project.ts';
import { fakeSupabase, ok, reset, silence, status } from '../service/supabase.ts';

/** As in Cognito's guide, with the values of this pool. */
const golden: UserMigrationTriggerEvent = {
  version: '1',
  triggerSource: 'UserMigration_Authentication',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_a1B2c3D4e',
  userName: 'Ada@example.com',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'web' },
  request: { password: 'Old-password-1', validationData: {}, clientMetadata: {} },
  response: {
    userAttributes: {},
    finalUserStatus: undefined,
    messageAction: undefined,
    desiredDeliveryMediums: [],
    forceAliasCreation: undefined,
  },
} as unknown as UserMigrationTriggerEvent;

const ID = '00000000-0000-4000-8000-00000000000a';
const ada: OldAccount = {
  id: ID,
  email: 'ada@example.com',
  phone: undefined,
  isEmailVerified: true,
  isPhoneVerified: false,
};

function world(changes: Partial<UserMigrationParts> = {}) {
  const prepared: [string, string][] = [];
  const outcomes: MigrationOutcome[] = [];
  const lines: string[] = [];
  const handler = userMigration({
    checkPassword: async () => ada,
    findAccount: async () => ada,
    prepare: async (...call) => void prepared.push(call),
    count: (outcome) => void outcomes.push(outcome),
    warn: (line) => void lines.push(line),
    ...changes,
  });
  return { handler, prepared, outcomes, lines };
}

const refused = 'Incorrect username or password.';

describe('the right password', () => {
  test('makes a confirmed user without a mail, and prepares the transfer', async () => {
    const { handler, prepared, outcomes } = world();
    const answer = await handler(golden);
    expect(answer.response).toMatchObject({
      userAttributes: { email: 'ada@example.com', email_verified: 'true' },
      finalUserStatus: 'CONFIRMED',
      messageAction: 'SUPPRESS',
    });
    expect(prepared).toEqual([[ID, 'ada@example.com']]);
    expect(outcomes).toEqual(['migrated']);
  });

  test('of a telephone number', async () => {
    const account = { ...ada, email: undefined, phone: '+49301', isPhoneVerified: true };
    const { handler, prepared } = world({ checkPassword: async () => account });
    const answer = await handler({ ...golden, userName: '+49301' });
    expect(answer.response.userAttributes).toEqual({
      phone_number: '+49301',
      phone_number_verified: 'true',
    });
    expect(prepared).toEqual([[ID, '+49301']]);
  });
});

test('a forgotten password makes a user who has to choose one', async () => {
  const { handler, prepared } = world({ checkPassword: expect.unreachable });
  const event = { ...golden, triggerSource: 'UserMigration_ForgotPassword' } as const;
  const { response } = await handler(event as unknown as UserMigrationTriggerEvent);
  expect(response.finalUserStatus).toBeUndefined();
  expect(response.messageAction).toBe('SUPPRESS');
  expect(response.userAttributes).toEqual({ email: 'ada@example.com', email_verified: 'true' });
  expect(prepared).toHaveLength(1);
});

test('a forgotten password of nobody is left to Cognito, which answers as for everybody', async () => {
  for (const account of [undefined, { ...ada, isEmailVerified: false }]) {
    const { handler, prepared, outcomes } = world({ findAccount: async () => account });
    const event = { ...golden, triggerSource: 'UserMigration_ForgotPassword' } as const;
    const forgotten = event as unknown as UserMigrationTriggerEvent;
    expect(await handler(forgotten)).toBe(forgotten);
    expect(prepared).toEqual([]);
    expect(outcomes).toEqual(['refused']);
  }
});

describe('nobody is made, and the answer is the same, for', () => {
  test.each<[string, Partial<UserMigrationParts>, MigrationOutcome]>([
    ['a wrong password', { checkPassword: async () => undefined }, 'refused'],
    [
      'an address that was never verified',
      { checkPassword: async () => ({ ...ada, isEmailVerified: false }) },
      'refused',
    ],
    [
      'an account with another address',
      { checkPassword: async () => ({ ...ada, email: 'eve@example.com' }) },
      'refused',
    ],
    [
      'an old project that is down',
      { checkPassword: () => Promise.reject(new Error('ada@example.com')) },
      'failed',
    ],
    [
      'a database that is down',
      { prepare: () => Promise.reject(new Error('ada@example.com')) },
      'failed',
    ],
    [
      'an account that was moved before',
      { prepare: () => Promise.reject(new RefusedError(409, 'PT409')) },
      'failed',
    ],
  ])('%s', async (_, changes, outcome) => {
    const { handler, outcomes, lines } = world(changes);
    await expect(handler(golden)).rejects.toThrow(new Error(refused));
    expect(outcomes).toEqual([outcome]);
    expect(lines.join()).not.toMatch(/ada@|Old-password/);
  });

  test('an event that is nonsense', async () => {
    for (const event of [{}, null, { ...golden, userName: '' }, { ...golden, userName: 7 }])
      await expect(world().handler(event as UserMigrationTriggerEvent)).rejects.toThrow(refused);
  });
});

describe("Supabase Auth's own answer", () => {
  let old: OldProject;
  beforeAll(async () => {
    old = await startOldProject();
  });
  afterAll(() => old.close());

  test('to the right password, a wrong one and an unknown name', async () => {
    const id = await old.signUp('ada@example.com', 'Old-password-1');
    const check = passwordChecker(old);
    expect(await check('ada@example.com', 'Old-password-1')).toEqual({ ...ada, id });
    expect(await check('ada@example.com', 'wrong')).toBeUndefined();
    expect(await check('nobody@example.com', 'Old-password-1')).toBeUndefined();
  });

  test.each([
    ['500', status(500)],
    ['429', status(429)],
    ['a reset', reset],
    ['silence', silence],
    ['no account', ok],
  ])('when it is %s', async (_, answer) => {
    const { url } = await fakeSupabase(answer);
    const check = passwordChecker({ url, publishableKey: 'key', timeout: 100 });
    const error = await check('ada@example.com', 'Old-password-1').catch((one: unknown) => one);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toMatch(/ada@|Old-password/);
  });
});

test('the database knows the account of an address', async () => {
  const row = { id: ID, email: 'ada@example.com', phone: null, email_verified: true };
  const rpc = async (name: string) => (name === 'old_account' ? row : null);
  expect(await oldAccounts(rpc, rpc).findAccount('ada@example.com')).toEqual(ada);
  const nobody = async () => null;
  expect(await oldAccounts(nobody, nobody).findAccount('x@example.com')).toBeUndefined();
});
