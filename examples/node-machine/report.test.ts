import assert from 'node:assert';
import { after, test } from 'node:test';
import { machineAuth } from '@cognito-supabase/client/machine';
import { startStack } from 'cognito-supabase/testing';
import { countLetters } from './report.ts';

const stack = await startStack();
after(() => stack.stop());
const { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: publishableKey } = stack.env;

test('the program counts the letters of all people', async () => {
  for (const name of ['alice', 'bob']) {
    const { supabase } = await stack.signIn(name);
    await supabase
      .from('letters')
      .insert({ body: `of ${name}` })
      .throwOnError();
  }
  assert.equal(await countLetters({ url, publishableKey }, stack.machine('reports')), 2);
});

test('a program that shows a wrong secret gets no token', async () => {
  const credentials = { ...stack.machine('reports'), clientSecret: 'wrong' };
  await assert.rejects(machineAuth(credentials).tokens(false), /invalid_client/);
});
