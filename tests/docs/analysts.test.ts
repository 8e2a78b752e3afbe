/** docs/connect-an-analyst.md, forget-a-person.md and analysts.md, on a stack of their own. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createClient } from '@supabase/supabase-js';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANALYST_PAGE, admit } from '../db/analytics-fixtures.ts';
import { type OwnStack, ownStack } from '../db/directory-fixtures.ts';
import { Page } from '../support/page.ts';

const forgetPage = await Page.read('docs/forget-a-person.md');
const questionsPage = await Page.read('docs/analysts.md');
const QUESTIONS = path.resolve(import.meta.dirname, '../../supabase/analytics');

let stack: OwnStack;
let ann: pg.Client;

beforeAll(async () => {
  stack = await ownStack();
  ann = await admit(stack, 'ann');
});
afterAll(async () => {
  await ann.end();
  await stack.stop();
});

const all = async (sql: string) => (await ann.query(sql)).rows;

describe('an analyst who logs in', () => {
  test.each([
    ['select * from cognito.directory', '42501'],
    ['select * from public.app_users', '42501'],
    ['select * from cognito_audit.events', '42501'],
    ['select * from vault.decrypted_secrets', '42501'],
    ['select cognito.refresh()', '42501'],
    ["update cognito_analytics.users set email = 'x'", '42501'],
    ['create temp table t (id int)', '25006'],
    ['set role service_role', '42501'],
  ])('is refused: %s', async (statement, code) => {
    await expect(ann.query(statement)).rejects.toMatchObject({ code });
  });

  test('has time limits, and no need to name the schema', async () => {
    for (const [setting, limit] of [
      ['statement_timeout', '1min'],
      ['idle_session_timeout', '30min'],
      ['idle_in_transaction_session_timeout', '30min'],
    ] as const)
      expect(await all(`show ${setting}`)).toEqual([{ [setting]: limit }]);
    await ann.query('select from users');
  });

  test('reads the totals', async () => {
    const rows = await all(ANALYST_PAGE.take('sql', 'cognito_analytics.totals'));
    expect(rows).toEqual([
      { users: expect.anything(), confirmed: expect.anything(), active_28_days: expect.anything() },
    ]);
  });

  test('may switch read-only off, and still writes nothing', async () => {
    await ann.query('begin; set transaction read write');
    await expect(ann.query("update users set email = 'x'")).rejects.toMatchObject({
      code: '42501',
    });
    await ann.query('rollback');
  });

  test('may take all settings off, and still reads and writes nothing else; and can be removed', async () => {
    const bea = await admit(stack, 'bea');
    const ended = new Promise((resolve) => bea.on('error', () => {}).once('end', resolve));
    await bea.query('set default_transaction_read_only = off');
    await bea.query('alter role bea set default_transaction_read_only = off');
    await bea.query('alter role bea set statement_timeout = 0');
    await bea.query('alter role bea set idle_session_timeout = 0');
    // What Postgres lets every role do.
    await bea.query('select lo_create(0)');
    for (const statement of [
      'select from cognito.directory',
      'select from public.app_users',
      'delete from cognito.directory',
      "update users set email = 'x'",
      'create temp table mine (id int)',
      'create table public.mine (id int)',
      'create table cognito_analytics.mine (id int)',
      'grant cognito_analyst to anon',
      'select cognito.refresh()',
    ])
      await expect(bea.query(statement), statement).rejects.toMatchObject({ code: '42501' });
    await expect(stack.db.query('drop role bea')).rejects.toMatchObject({ code: '2BP01' });
    const words = ANALYST_PAGE.take('sql', 'alter role ann nologin').replaceAll('ann', 'bea');
    for (const statement of words.split(';').slice(0, -1)) await stack.db.query(statement);
    await ended;
    const { rows } = await stack.db.query("select from pg_roles where rolname = 'bea'");
    expect(rows).toEqual([]);
  });
});

describe('forgetting a person', () => {
  test('finds who has been gone for longer than a year', async () => {
    await stack.db.query('truncate cognito.directory, cognito.directory_history');
    const deleted = "select cognito.record_event($1, 'deleted', null, null, now() - $2::interval)";
    await stack.db.query(deleted, ['long', '13 months']);
    await stack.db.query(deleted, ['lately', '11 months']);
    const rows = await all(forgetPage.take('sql', 'select sub, email, deleted_at'));
    expect(rows.map(({ sub }) => sub)).toEqual(['long']);
  });

  test('leaves the person in no table but that of revocations', async () => {
    const [sub, address] = ['sub-zoe', 'Zoe@example.com'];
    const owner = stack.db;
    await owner.query(
      "select cognito.record_event($1, 'signed_up', jsonb_build_object('email', $2::text))",
      [sub, address],
    );
    await owner.query("select cognito.record_event($1, 'confirmed', '{}')", [sub]);
    await owner.query(
      `with zoe as (insert into public.app_users (cognito_sub, email) values ($1, lower($2)) returning id),
         place as (insert into public.workspaces (name) values ('Place') returning id),
         other as (insert into public.app_users (cognito_sub, email) values ('other', null) returning id),
         note as (insert into public.notes (owner_sub, body) values ($1, 'note')),
         members as (insert into public.workspace_members (workspace_id, user_id, role)
           select place.id, other.id, 'owner' from place, other union all select place.id, zoe.id, 'admin' from place, zoe)
       insert into public.workspace_invites (workspace_id, email, role, token_hash, invited_by)
       select place.id, lower($2), 'member', 'a'::bytea, other.id from place, other
       union all select place.id, 'third@example.com', 'member', 'b'::bytea, zoe.id from place, zoe`,
      [sub, address],
    );
    const id = (await owner.query('select id from public.app_users where cognito_sub = $1', [sub]))
      .rows[0].id;
    await owner.query('select public.revoke_user($1)', [sub]);

    const { rows: tables } = await owner.query<{ name: string }>(
      `select format('%I.%I', c.relnamespace::regnamespace, c.relname) as name from pg_class as c
       where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text in ('public', 'cognito_supabase', 'cognito', 'cognito_audit', 'storage')`,
    );
    const traces = async () => {
      const found: string[] = [];
      for (const { name } of tables) {
        const { rows } = await owner.query(
          `select from ${name} as t where t::text ilike any (array['%' || $1 || '%', '%' || $2 || '%', '%' || $3 || '%'])`,
          [sub, address, id],
        );
        if (rows.length > 0) found.push(name);
      }
      return found.sort();
    };
    expect(await traces()).toEqual([
      'cognito.directory',
      'cognito.directory_history',
      'cognito_audit.events',
      'cognito_supabase.revoked_users',
      'public.app_users',
      'public.notes',
      'public.workspace_invites',
      'public.workspace_members',
    ]);
    const words = forgetPage.take('sql', 'select public.delete_profile');
    await owner.query(words.replaceAll('<sub>', sub).replaceAll('<address>', address));
    expect(await traces()).toEqual(['cognito_supabase.revoked_users']);

    // A month later the sweep takes that, and leaves no word of it.
    await owner.query(
      "update cognito_supabase.revoked_users set expires_at = now() - interval '1 second'",
    );
    await owner.query('select cognito_supabase.sweep_revocations()');
    expect(await traces()).toEqual([]);
  });
});

describe('docs/analysts.md', () => {
  test('a table of the project becomes a source, and is none any more', async () => {
    await stack.db.query(
      'create table public.bookmarks (owner_sub text, created_at timestamptz default now())',
    );
    await stack.db.query("insert into public.bookmarks values ('sub-yve')");
    await stack.db.query("select cognito.record_event('sub-yve', 'confirmed', '{}')");
    const traces = () =>
      all("select first_row_at is not null as active from activity where sub = 'sub-yve'");
    expect(await traces()).toEqual([{ active: false }]);
    await stack.db.query(questionsPage.take('sql', 'add_analytics_source'));
    expect(await traces()).toEqual([{ active: true }]);
    await expect(stack.db.query('drop table public.bookmarks')).rejects.toMatchObject({
      code: '2BP01',
    });
    await stack.db.query(questionsPage.take('sql', 'remove_analytics_source'));
    expect(await traces()).toEqual([{ active: false }]);
    await stack.db.query('drop table public.bookmarks');
  });

  test('a refresh with a limit of its own', async () => {
    const client = await stack.connect();
    await client.query(questionsPage.take('sql', "set statement_timeout = '30min'"));
    await client.end();
    const runs = await all('select complete, error from runs order by id desc limit 1');
    expect(runs).toEqual([{ complete: true, error: null }]);
  });

  test('an event, as a trigger of the pool reports it', async () => {
    const { SUPABASE_URL, SUPABASE_SECRET_KEY } = stack.env;
    const supabase = createClient(SUPABASE_URL, SUPABASE_SECRET_KEY);
    const userAttributes = { sub: 'sub-xav', email: 'xav@example.com', email_verified: 'true' };
    const body = questionsPage.take('ts', 'record_cognito_event').replace('await', 'return await');
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    const answer = await new AsyncFunction('supabase', 'event', body)(supabase, {
      request: { userAttributes },
    });
    expect(answer).toMatchObject({ data: true, error: null });
    expect(await all("select email, status from users where sub = 'sub-xav'")).toEqual([
      { email: 'xav@example.com', status: 'CONFIRMED' },
    ]);
  });

  test('its questions are those of supabase/analytics, which tests/db/analytics.test.ts runs', () => {
    for (const name of readdirSync(QUESTIONS)) {
      const sql = readFileSync(path.join(QUESTIONS, name), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .join('\n');
      expect(questionsPage.take('sql', sql)).toBe(`${sql}\n`);
      expect(questionsPage.text).toContain(`supabase/analytics/${name}`);
    }
    for (const words of ['as_of', 'more_than_before', 'first_row', 'for_example'])
      questionsPage.cannotRun('text', words, 'Results of the queries above them.');
  });
});

test('every block of the pages was taken', () => {
  for (const page of [ANALYST_PAGE, forgetPage, questionsPage]) expect(page.unused).toEqual([]);
});
