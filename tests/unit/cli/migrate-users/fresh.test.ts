import type { User } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Account, Accounts } from '../../../../cli/migrate-users/accounts.ts';
import { freshOldPerson, freshPoolPerson } from '../../../../cli/migrate-users/fresh.ts';
import { type Going, Left } from '../../../../cli/migrate-users/person.ts';
import { type Project, ProjectError } from '../../../../cli/migrate-users/project.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const PERSON: Going = {
  ...{ id: ID, foundBy: 'Google_1', email: 'ada@example.com', phone: undefined },
  ...{ profile: new Map(), isDisabled: false, meets: { first: '', more: [] } },
};

const projectWith = (find: (id: string) => Promise<User | undefined>) =>
  ({ find, call: (send: (before: number) => unknown) => send(0) }) as unknown as Project;

test('a project that fails for one account: the person stays, and the run can count it', async () => {
  const failure = new ProjectError('Database error loading user', 500, 'unexpected_failure');
  const failing = projectWith(() => Promise.reject(failure));
  const error = await freshOldPerson(failing, PERSON).catch((caught) => caught);
  expect(error).toBeInstanceOf(Left);
  expect(error).toMatchObject({ cause: failure, message: expect.stringMatching(/Database error/) });
});

test('other errors end the run', async () => {
  const failing = projectWith(() => Promise.reject(new TypeError('a mistake')));
  await expect(freshOldPerson(failing, PERSON)).rejects.toThrow(TypeError);
});

test('a user of the pool is found by the username, and is the same by the sub', async () => {
  const account: Account = {
    ...{ sub: ID, username: 'Google_1', status: 'EXTERNAL_PROVIDER', enabled: false },
    ...{ hasFactors: false, createdAt: 0 },
    attributes: new Map([
      ['email', 'ada@example.com'],
      ['email_verified', 'true'],
    ]),
  };
  const poolWith = (found: Account | undefined) =>
    ({ find: async (name: string) => (name === 'Google_1' ? found : undefined) }) as Accounts;
  expect(await freshPoolPerson(poolWith(account), PERSON)).toMatchObject({ isDisabled: true });
  for (const other of [undefined, { ...account, sub: 'of somebody else' }])
    await expect(freshPoolPerson(poolWith(other), PERSON)).rejects.toBeInstanceOf(Left);
});
