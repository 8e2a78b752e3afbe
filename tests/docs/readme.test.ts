/** README.md: its recipe, pasted into the project of a newcomer, and the rest of its commands. */
import {
  type CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OwnProject } from '../support/own-project.ts';
import { Page, runInShell } from '../support/page.ts';
import { cognitoClient, newPerson, type Person } from '../support/people.ts';
import type { StackProcess } from '../support/stack.ts';

const page = await Page.read('README.md');
const recipe = page.take('sql', 'cognito_supabase.protect');

let project: OwnProject;
let stack: StackProcess;
let env: StackEnv;

beforeAll(async () => {
  project = await OwnProject.make();
  await project.takeModules('trust');
  await project.write('migrations/20270101000000_bookmarks.sql', recipe);
  stack = project.start();
  env = await stack.ready();
});
afterAll(async () => {
  await stack?.stop();
  await project?.remove();
});

const asToken = (token: string) =>
  createClient(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, { accessToken: async () => token });
const asService = () => createClient(env.SUPABASE_URL, env.SUPABASE_SECRET_KEY);

/** Reading and writing, each as the code of its error, null where it is allowed. */
async function bothWith(token: string): Promise<(string | null)[]> {
  const client = asToken(token);
  const read = await client.from('bookmarks').select('url');
  const write = await client.from('bookmarks').insert({ url: 'https://example.com' });
  return [read.error?.code ?? null, write.error?.code ?? null];
}

/** A new sign-in: a session of its own. */
async function signIn(person: Person, ClientId = env.COGNITO_CLIENT_ID) {
  const cognito: CognitoIdentityProviderClient = cognitoClient(env);
  const { AuthenticationResult: tokens } = await cognito.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: person.email, PASSWORD: person.password },
    }),
  );
  return tokens?.AccessToken ?? '';
}

describe('the recipe', () => {
  test('gives people their own rows', async () => {
    const [ada, bob] = [await newPerson('ada', env), await newPerson('bob', env)];
    expect(await bothWith(ada.accessToken)).toEqual([null, null]);
    const seen = async (person: Person) =>
      (await asToken(person.accessToken).from('bookmarks').select('owner_sub')).data;
    expect(await seen(ada)).toEqual([{ owner_sub: ada.sub }]);
    expect(await seen(bob)).toEqual([]);
    const forBob = { url: 'https://example.com', owner_sub: bob.sub };
    expect((await asToken(ada.accessToken).from('bookmarks').insert(forBob)).error?.code).toBe(
      '42501',
    );
    const anon = await createClient(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY)
      .from('bookmarks')
      .select();
    expect(anon.error?.code).toBe('42501');
  });

  test('refuses an ID token', async () => {
    const { idToken } = await newPerson('id', env);
    expect(await bothWith(idToken)).toEqual(['PT403', 'PT403']);
  });

  test('refuses a token of another app client', async () => {
    const person = await newPerson('elsewhere', env);
    const { UserPoolClient } = await cognitoClient(env).send(
      new CreateUserPoolClientCommand({
        UserPoolId: env.COGNITO_USER_POOL_ID,
        ClientName: 'another',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      }),
    );
    const token = await signIn(person, UserPoolClient?.ClientId);
    expect(token).not.toBe('');
    expect(await bothWith(token)).toEqual(['PT403', 'PT403']);
  });

  test('refuses a session that was ended, and takes the next one', async () => {
    const person = await newPerson('ended', env);
    const { origin_jti } = JSON.parse(atob(person.accessToken.split('.')[1] ?? ''));
    expect(await bothWith(person.accessToken)).toEqual([null, null]);
    expect((await asService().rpc('revoke_session', { origin_jti })).error).toBeNull();
    expect(await bothWith(person.accessToken)).toEqual(['PT401', 'PT401']);
    expect(await bothWith(await signIn(person))).toEqual([null, null]);
  });

  test('refuses a disabled person until they are enabled', async () => {
    const { accessToken, sub } = await newPerson('disabled', env);
    expect((await asService().rpc('disable_user', { sub })).error).toBeNull();
    expect(await bothWith(accessToken)).toEqual(['PT403', 'PT403']);
    expect((await asService().rpc('enable_user', { sub })).error).toBeNull();
    expect(await bothWith(accessToken)).toEqual([null, null]);
  });

  test('leaves nothing unguarded, so the start names nothing', () => {
    expect(stack.output()).not.toContain('bookmarks');
  });
});

test('the address of the database is found in stack.env', async () => {
  const command = page.take('sh', 'SUPABASE_DB_URL');
  const [inner = ''] = /sed [^)]+/.exec(command) ?? [];
  const { output } = await runInShell(inner.replace('.local', project.dir));
  expect(output.trim()).toBe(env.SUPABASE_DB_URL);
});

test('every other block runs elsewhere', () => {
  page.cannotRun(
    'sh',
    'npm ci --omit=dev',
    'It installs: tests/unit/repository reads what it would.',
  );
  page.cannotRun('sh', 'npm ci && npm test', 'This test is a part of it.');
  page.cannotRun(
    'ts',
    'createCognitoSupabase<Database>',
    'tests/docs/use-it-in-your-app.test.ts runs the same code.',
  );
  page.cannotRun('', 'pre-token trigger adds', 'A drawing.');
  expect(page.unused).toEqual([]);
});
