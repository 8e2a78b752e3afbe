/** A confirmed account has a profile and is in the directory at once, by the trigger of functions/ alone. */
import {
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stackEnv } from '../support/stack.ts';
import { poolClient } from './pool.ts';

const PASSWORD = 'Correct-horse-42';
const stack = stackEnv();
const pool = poolClient(stack);
const db = new pg.Client({ connectionString: stack.SUPABASE_DB_URL });
beforeAll(() => db.connect());
afterAll(async () => {
  await db.end();
  pool.destroy();
});

test('sign-up and sign-in by Cognito, rows in the database', async () => {
  const email = `Confirmed-${crypto.randomUUID()}@example.com`;
  const user = { ClientId: stack.COGNITO_CLIENT_ID, Username: email };
  const { UserSub: sub } = await pool.send(new SignUpCommand({ ...user, Password: PASSWORD }));
  const inbox = `${stack.COGNITO_ENDPOINT}/_local/messages?to=${encodeURIComponent(email)}`;
  const [message] = (await (await fetch(inbox)).json()) as { readonly code: string }[];
  await pool.send(new ConfirmSignUpCommand({ ...user, ConfirmationCode: message?.code }));
  const profiles = await db.query('select email from public.app_users where cognito_sub = $1', [
    sub,
  ]);
  expect(profiles.rows).toEqual([{ email: email.toLowerCase() }]);
  await vi.waitFor(async () => {
    const listed = await db.query(
      'select email, email_verified, status from cognito.directory where sub = $1',
      [sub],
    );
    expect(listed.rows).toEqual([{ email, email_verified: true, status: 'CONFIRMED' }]);
  });
  const lastActive = async (): Promise<Date> => {
    const text = 'select last_active_at from cognito.directory where sub = $1';
    return (await db.query(text, [sub])).rows[0].last_active_at;
  };
  const confirmed = await lastActive();
  await pool.send(
    new InitiateAuthCommand({
      ClientId: stack.COGNITO_CLIENT_ID,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD },
    }),
  );
  // Through the queue.
  await vi.waitFor(async () => expect((await lastActive()) > confirmed).toBe(true), 5000);
  const found = new AdminGetUserCommand({
    UserPoolId: stack.COGNITO_USER_POOL_ID,
    Username: email,
  });
  expect((await pool.send(found)).UserStatus).toBe('CONFIRMED');
});
