/** The recipes of the documentation for a table of one's own, as they are pasted. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { expectPgtap, resolveIncludes } from '../support/pgtap.ts';
import { stackEnv } from '../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TESTS = path.join(ROOT, 'supabase/tests');

async function sqlBlocks(file: string): Promise<string[]> {
  const text = await readFile(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']) => sql);
}

const blocks = await sqlBlocks('docs/your-own-table.md');
const migration = blocks.find((sql) => sql.includes('create table public.bookmarks')) ?? '';
const ownTest = blocks.find((sql) => sql.includes('select plan(')) ?? '';

/** The migration inside of the test's transaction: nothing of it stays. */
const withMigration = (sql: string) =>
  resolveIncludes(
    sql.replace('select plan(', () => `${migration}\nselect plan(`),
    TESTS,
  );

test('the migration and its test, as docs/your-own-table.md has them', async () => {
  await expectPgtap(stackEnv().SUPABASE_DB_URL, await withMigration(ownTest));
});

test('the table refuses what does not count any more', async () => {
  const sql = `begin;
\\ir helpers/login.psql
select plan(8);
select tests.login('ada');
select public.ensure_profile();
insert into public.bookmarks (url) values ('https://example.com');
select isnt_empty('select 1 from public.bookmarks', 'Ada sees her own');
select throws_ok($$ insert into public.bookmarks (owner_sub, url) values ('bob', 'x') $$, '42501', null,
  'nobody writes for somebody else');

select tests.login_with_claims(tests.claims_of('ada') || '{"token_use": "id"}');
select ok(tests.sees_nothing('public.bookmarks'), 'an ID token');
select tests.login_with_claims(tests.claims_of('ada') || '{"client_id": "another"}');
select ok(tests.sees_nothing('public.bookmarks'), 'a token of another app client');

select tests.login_with_claims('{"role": "service_role"}');
select public.revoke_session('session-of-ada');
select tests.login('ada');
select ok(tests.sees_nothing('public.bookmarks'), 'an ended session');
select throws_ok($$ insert into public.bookmarks (url) values ('x') $$, '42501', null, 'which writes nothing');

select tests.as_owner();
select public.disable_user('ada');
select tests.login_with_claims(tests.claims_of('ada') || '{"origin_jti": "another"}');
select ok(tests.sees_nothing('public.bookmarks'), 'a disabled person');

select tests.login_with_claims('{"role": "anon"}');
select throws_ok('select 1 from public.bookmarks', '42501', null, 'nobody');
select * from finish();
rollback;`;
  await expectPgtap(stackEnv().SUPABASE_DB_URL, await withMigration(sql));
});

test('README shows the guarded form', async () => {
  const readme = await sqlBlocks('README.md');
  const policy = readme.find((sql) => sql.includes('create policy')) ?? '';
  expect(policy).toMatch(/^select cognito_supabase\.protect\('public\.notes'\);/);
});
