/** Text from outside is printed without escape sequences. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';

let stack: StackProcess;
let env: StackEnv;

beforeAll(async () => {
  stack = runStack(await newDir());
  env = await stack.ready();
});
afterAll(async () => {
  await stack?.stop();
  if (stack) await removeDir(stack.dir);
});

const signUp = (email: string) =>
  fetch(env.COGNITO_ENDPOINT, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp',
    },
    body: JSON.stringify({
      ClientId: env.COGNITO_CLIENT_ID,
      Username: email,
      Password: 'Longer-than-8',
      UserAttributes: [{ Name: 'email', Value: email }],
    }),
  });

/** Everything but a line break, which the stack itself prints. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for them
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test.each([
  ['clears the screen', 'a\u001b[2J@example.com'],
  ['sets the clipboard', 'b\u001b]52;c;cm0gLXJm\u0007@example.com'],
  ['writes over the line', 'c\rready in 0 s@example.com'],
  ['adds a line', 'd\nerror START_FAILED: call +1@example.com'],
  ['C1', 'e\u009b2J@example.com'],
  ['turns the direction of writing', 'f\u202egpj.exe@example.com'],
])('a sign-up whose address %s', async (_, email) => {
  const before = stack.output().length;
  const answer = await signUp(email);
  await delay(300);
  const printed = stack.output().slice(before);
  expect(printed).not.toMatch(UNPRINTABLE);
  // One line for each mail, and none if the address was refused.
  expect(printed.split('\n').filter((line) => line !== '')).toHaveLength(answer.ok ? 1 : 0);
});

test('a refused origin is one line in the terminal, with the way to let it in', async () => {
  const origin = 'http://localhost:5173';
  for (const address of [env.SUPABASE_URL, env.SUPABASE_URL, env.COGNITO_ENDPOINT]) {
    const answer = await fetch(address, { headers: { origin } });
    expect(answer.status).toBe(403);
  }
  await expect
    .poll(() => stack.output())
    .toMatch(/^refused: a page of http:\/\/localhost:5173 called 127\.0\.0\.1:\d+$/m);
  expect(stack.output()).toContain(`--origin ${origin}`);
  await delay(200);
  expect(stack.output().match(/^refused: /gm)).toHaveLength(1);
});

test('a flood of made-up origins does not fill the terminal', async () => {
  for (let at = 0; at < 100; at += 1) {
    await fetch(env.SUPABASE_URL, { headers: { origin: `https://${at}.example` } });
  }
  await delay(200);
  expect(stack.output().match(/^refused: /gm)?.length).toBeLessThanOrEqual(20);
});
