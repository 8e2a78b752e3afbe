/** Limits that can be turned on: request rates, the delay of ListUsers, and the history of passwords. */
import {
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  ChangePasswordCommand,
  ListUsersCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { describe, expect, test, vi } from 'vitest';
import { addUser, PASSWORD, POOL, post, signIn, usePool } from './support.ts';

const UserPoolId = POOL;

describe('request rates', () => {
  const list = { UserPoolId };
  const nameOf = async (answer: Response) =>
    ((await answer.json()) as { readonly __type?: string }).__type;

  test('refuse what comes faster, by category', async () => {
    const pool = await usePool({ requestRates: true });
    // ListUsers may be called 30 times a second.
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => post(pool, 'ListUsers', list)),
    );
    const names = await Promise.all(answers.map(nameOf));
    const refused = names.filter((name) => name === 'TooManyRequestsException').length;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(30);
    // Another category is not affected, and the rate comes back.
    const user = new AdminGetUserCommand({ UserPoolId, Username: await addUser(pool) });
    await pool.aws.send(user);
    await vi.waitFor(() => pool.aws.send(new ListUsersCommand(list)), { timeout: 5000 });
  });

  test('are off by default', async () => {
    const pool = await usePool();
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => post(pool, 'ListUsers', list)),
    );
    expect(answers.every(({ ok }) => ok)).toBe(true);
  });
});

test('ListUsers can show new users later, as on AWS', async () => {
  const listingDelay = 300;
  const pool = await usePool({ listingDelay });
  const email = await addUser(pool);
  const list = async () => (await pool.aws.send(new ListUsersCommand({ UserPoolId }))).Users;
  expect(await list()).toEqual([]);
  // The user is there for everything else.
  expect((await signIn(pool, email)).id.email).toBe(email);
  await vi.waitFor(async () => expect(await list()).toHaveLength(1), { timeout: 5000 });
});

test('a person cannot choose one of the last passwords, if the policy says so', async () => {
  const pool = await usePool();
  await pool.aws.send(
    new UpdateUserPoolCommand({
      UserPoolId,
      AutoVerifiedAttributes: ['email'],
      Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 2 } },
    }),
  );
  const email = await addUser(pool);
  const { accessToken: AccessToken } = await signIn(pool, email);
  const change = (PreviousPassword: string, ProposedPassword: string) =>
    pool.aws.send(new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword }));
  const refused = { name: 'PasswordHistoryPolicyViolationException' };
  await expect(change(PASSWORD, PASSWORD)).rejects.toMatchObject(refused);
  await change(PASSWORD, 'second-one');
  await expect(change('second-one', PASSWORD)).rejects.toMatchObject(refused);
  await change('second-one', 'third-one');
  // Only the last two count, and an administrator may set any.
  await change('third-one', PASSWORD);
  await pool.aws.send(
    new AdminSetUserPasswordCommand({
      ...{ UserPoolId, Username: email },
      ...{ Password: PASSWORD, Permanent: true },
    }),
  );
});
