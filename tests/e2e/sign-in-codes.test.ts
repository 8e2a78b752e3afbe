/** One-time codes by mail as a custom challenge, with Amplify's own library for it, and blocked people. */
import {
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createClient } from '@supabase/supabase-js';
import { afterAll, expect, test, vi } from 'vitest';
import { stackEnv } from '../support/stack.ts';
import { mailedCode } from './person.ts';
import { poolClient } from './pool.ts';
import { makeUser } from './users.ts';

const stack = stackEnv();
const pool = poolClient(stack);
const service = createClient(stack.SUPABASE_URL, stack.SUPABASE_SECRET_KEY);
afterAll(() => pool.destroy());

const begin = (email: string) =>
  pool.send(
    new InitiateAuthCommand({
      ClientId: stack.COGNITO_CLIENT_ID,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: email },
    }),
  );

const answer = (email: string, Session: string | undefined, ANSWER: string) =>
  pool.send(
    new RespondToAuthChallengeCommand({
      ClientId: stack.COGNITO_CLIENT_ID,
      ChallengeName: 'CUSTOM_CHALLENGE',
      ChallengeResponses: { USERNAME: email, ANSWER },
      Session,
    }),
  );

test('a code by mail signs in, after a wrong answer too', async () => {
  const { email, sub } = await makeUser(pool, stack);
  const begun = await begin(email);
  expect(begun.ChallengeName).toBe('CUSTOM_CHALLENGE');
  const code = await mailedCode(stack, email, 'SignInCode');
  const wrong = await answer(email, begun.Session, code === '00000000' ? '00000001' : '00000000');
  const done = await answer(email, wrong.Session, code);
  const [, payload = ''] = done.AuthenticationResult?.AccessToken?.split('.') ?? [];
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    sub,
    role: 'authenticated',
  });
});

test('an unknown person gets the same challenge, and no mail', async () => {
  const email = `nobody-${crypto.randomUUID()}@example.com`;
  const begun = await begin(email);
  expect(begun.ChallengeName).toBe('CUSTOM_CHALLENGE');
  let session = begun.Session;
  for (const attempt of [1, 2]) {
    const next = await answer(email, session, `0000000${attempt}`);
    session = next.Session;
  }
  await expect(answer(email, session, '00000003')).rejects.toThrow(/Incorrect username/);
  const mails = await fetch(`${stack.COGNITO_ENDPOINT}/_local/messages?to=${email}`);
  expect(await mails.json()).toEqual([]);
});

test('a blocked address and a disabled person do not sign in', async () => {
  const { email, password } = await makeUser(pool, stack);
  const signIn = () =>
    pool.send(
      new InitiateAuthCommand({
        ClientId: stack.COGNITO_CLIENT_ID,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: email, PASSWORD: password },
      }),
    );
  await signIn();
  await service.rpc('block_address', { address: email }).throwOnError();
  // The trigger keeps an answer for a second here.
  await vi.waitFor(() => expect(signIn()).rejects.toThrow('You cannot sign in.'), 5000);
  await service.rpc('unblock_address', { address: email }).throwOnError();
  await vi.waitFor(signIn, 5000);
});
