import assert from 'node:assert';
import { after, test } from 'node:test';
import { startStack } from 'cognito-supabase/testing';

const stack = await startStack();
after(() => stack.stop());

test('people see their own letters', async () => {
  const alice = await stack.signIn('alice');
  const bob = await stack.signIn('bob', { groups: ['admin'] });
  await alice.supabase.from('letters').insert({ body: 'hers' }).throwOnError();
  assert.deepEqual((await alice.supabase.from('letters').select('body')).data, [{ body: 'hers' }]);
  assert.deepEqual((await bob.supabase.from('letters').select('body')).data, []);
});

test('nobody writes a letter of somebody else', async () => {
  const [alice, bob] = [await stack.signIn('alice'), await stack.signIn('bob')];
  const forged = { body: 'forged', owner_sub: alice.sub };
  assert.equal((await bob.supabase.from('letters').insert(forged)).error?.code, '42501');
});

test('people who are not signed in see nothing', async () => {
  assert.equal((await stack.anonymous.from('letters').select()).status, 401);
});

test('an ended session sees nothing', async () => {
  const carol = await stack.signIn('carol');
  await stack.revoke(carol);
  assert.equal((await carol.supabase.from('letters').select()).error?.code, 'PT401');
});
