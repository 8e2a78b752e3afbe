/** docs/your-own-table.md: its migration and its test, as they are pasted. */
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { Page } from '../support/page.ts';
import { expectPgtap, resolveIncludes } from '../support/pgtap.ts';
import { stackEnv } from '../support/stack.ts';

const TESTS = path.resolve(import.meta.dirname, '../../supabase/tests');

const page = await Page.read('docs/your-own-table.md');
const migration = page.take('sql', 'create table public.bookmarks');
const ownTest = page.take('sql', 'select plan(');

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

test('nothing is unguarded', async () => {
  const client = new pg.Client({ connectionString: stackEnv().SUPABASE_DB_URL });
  await client.connect();
  const { rows } = await client.query(page.take('sql', '-- no rows')).finally(() => client.end());
  expect(rows).toEqual([]);
});

test('every block of the page was taken', () => {
  expect(page.unused).toEqual([]);
});
