/** Schema analytics: each question of supabase/analytics, and numbers that are right. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OwnStack, ownStack, refresh } from './directory-fixtures.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DIR = path.join(ROOT, 'supabase/analytics');
const files = readdirSync(DIR).filter((name) => name.endsWith('.sql'));

let stack: OwnStack;
let ann: pg.Client;

beforeAll(async () => {
  stack = await ownStack();
  await stack.db.query("create role ann login password 'ann-2026'");
  await stack.db.query("select cognito.admit_analyst('ann')");
  const url = new URL(stack.env.SUPABASE_DB_URL);
  [url.username, url.password] = ['ann', 'ann-2026'];
  ann = new pg.Client({ connectionString: url.href });
  await ann.connect();
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
    ['select * from audit.events', '42501'],
    ['select * from vault.decrypted_secrets', '42501'],
    ['select cognito.refresh()', '42501'],
    ["update analytics.users set email = 'x'", '42501'],
    ['create temp table t (id int)', '25006'],
    ['set role service_role', '42501'],
  ])('is refused: %s', async (statement, code) => {
    await expect(ann.query(statement)).rejects.toMatchObject({ code });
  });

  test('has a time limit, and no need to name the schema', async () => {
    expect(await all('show statement_timeout')).toEqual([{ statement_timeout: '1min' }]);
    await ann.query('select from users');
  });

  test('may switch read-only off, and still writes nothing', async () => {
    await ann.query('begin; set transaction read write');
    await expect(ann.query("update users set email = 'x'")).rejects.toMatchObject({
      code: '42501',
    });
    await ann.query('rollback');
  });
});

describe('the questions', () => {
  beforeAll(() => refresh(stack.db));

  test('are ten or more', () => expect(files.length).toBeGreaterThanOrEqual(10));

  test.each(files)('%s runs as an analyst, and is in docs/analysts.md', async (name) => {
    const sql = await readFile(path.join(DIR, name), 'utf8');
    expect(sql).toMatch(/^-- [A-Z].*\?/);
    const { fields } = await ann.query(sql);
    expect(fields.length).toBeGreaterThan(0);
    const docs = await readFile(path.join(ROOT, 'docs/analysts.md'), 'utf8');
    expect(docs).toContain(sql.trim().split('\n').slice(1).join('\n'));
    expect(docs).toContain(`supabase/analytics/${name}`);
  });
});

describe('the numbers', () => {
  const DAY = 86_400_000;
  const ago = (days: number) => new Date(Date.now() - days * DAY);
  const event = (
    sub: string,
    kind: string,
    days: number,
    more: object | null = null,
    groups: string[] | null = null,
  ) =>
    stack.db.query('select cognito.record_event($1, $2, $3, $4, $5)', [
      sub,
      kind,
      more,
      groups,
      ago(days),
    ]);

  beforeEach(async () => {
    await stack.db.query(
      'truncate cognito.directory, cognito.directory_history, cognito.refresh_runs, cognito.forgotten',
    );
    await stack.db.query('truncate public.app_users, public.notes cascade');
    // Ada came all the way; Bob stopped after his profile and was disabled; Cyd never confirmed; Dan is
    // gone; Eve is in the application only.
    for (const [sub, email, days] of [
      ['ada', 'ada@Example.com', 60],
      ['bob', 'bob@example.com', 60],
      ['cyd', 'cyd@other.example', 2],
      ['dan', 'dan@example.com', 60],
    ] as const)
      await event(sub, 'signed_up', days, { email, email_verified: 'true' });
    for (const sub of ['ada', 'bob', 'dan']) await event(sub, 'confirmed', 59);
    await event('ada', 'signed_in', 3, null, ['editors', 'admins']);
    await event('bob', 'disabled', 30, null, []);
    await event('dan', 'deleted', 20);
    await stack.db.query(
      "insert into public.app_users (cognito_sub, email) values ('ada', 'ada@elsewhere.example'), ('bob', 'bob@example.com'), ('eve', 'eve@example.com'), ('pending:f@example.com', 'f@example.com')",
    );
    await stack.db.query(
      "insert into public.notes (owner_sub, body, created_at, updated_at) values ('ada', 'x', now() - interval '50 days', now() - interval '50 days')",
    );
  });

  test('totals, without personal data', async () => {
    const [row] = await all('select * from totals');
    expect(row).toMatchObject({
      users: '3',
      confirmed: '2',
      disabled: '1',
      gone: '1',
      signed_up_ever: '4',
      signed_up_7_days: '1',
      active_7_days: '2',
      active_28_days: '2',
      profiles: '3',
      drift: '3',
    });
    expect(JSON.stringify(row)).not.toMatch(/ada|bob|cyd|@/);
  });

  test('the funnel loses people at each step', async () => {
    const sum =
      'sum(signed_up)::int as signed_up, sum(confirmed)::int as confirmed, sum(profile)::int as profile, sum(first_row)::int as first_row, sum(active_28_days)::int as active_28, sum(active_7_days)::int as active_7';
    expect(await all(`select ${sum} from funnel`)).toEqual([
      { signed_up: 4, confirmed: 3, profile: 2, first_row: 1, active_28: 2, active_7: 2 },
    ]);
  });

  test('sign-ups by day and by week', async () => {
    const day = 'select signed_up::int, confirmed::int, gone::int from signups_by_day order by day';
    expect(await all(day)).toEqual([
      { signed_up: 3, confirmed: 3, gone: 1 },
      { signed_up: 1, confirmed: 0, gone: 0 },
    ]);
    expect(
      await all(
        'select sum(signed_up)::int as n, count(*)::int as weeks, bool_and(extract(isodow from week) = 1) as mondays from signups_by_week',
      ),
    ).toEqual([{ n: 4, weeks: 2, mondays: true }]);
  });

  test('statuses, domains, groups: who is there now', async () => {
    expect(
      await all('select status, enabled, mfa, users::int from statuses order by status, enabled'),
    ).toEqual([
      { status: 'CONFIRMED', enabled: false, mfa: 'not known', users: 1 },
      { status: 'CONFIRMED', enabled: true, mfa: 'not known', users: 1 },
      { status: 'UNCONFIRMED', enabled: true, mfa: 'not known', users: 1 },
    ]);
    expect(
      await all('select domain, users::int, verified::int from email_domains order by users desc'),
    ).toEqual([
      { domain: 'example.com', users: 2, verified: 2 },
      { domain: 'other.example', users: 1, verified: 1 },
    ]);
    expect(
      await all('select group_name, users::int from groups order by group_name collate "C"'),
    ).toEqual([
      { group_name: '(none)', users: 1 },
      { group_name: '(not known)', users: 1 },
      { group_name: 'admins', users: 1 },
      { group_name: 'editors', users: 1 },
    ]);
    await event('ada', 'signed_in', 1, { email: 'ada@example.com', 'cognito:mfa_enabled': 'true' });
    expect(await all("select users::int from statuses where mfa = 'on'")).toEqual([{ users: 1 }]);
  });

  test('drift, both ways', async () => {
    await stack.db.query(
      "update public.app_users set disabled_at = now() where cognito_sub = 'ada'",
    );
    await event('gil', 'signed_up', 1, {
      email: 'gil@example.com',
      'cognito:user_status': 'CONFIRMED',
    });
    expect(await all('select kind, sub from drift order by kind')).toEqual([
      { kind: 'disabled here only', sub: 'ada' },
      { kind: 'disabled in Cognito only', sub: 'bob' },
      { kind: 'email differs', sub: 'ada' },
      { kind: 'no profile', sub: 'gil' },
      { kind: 'not in Cognito', sub: 'eve' },
    ]);
  });

  test('who is forgotten still counts, and is nowhere', async () => {
    const counts =
      'select (select json_agg(d order by day) from signups_by_day as d) as days, (select signed_up_ever from totals)';
    const before = await all(counts);
    await stack.db.query("select cognito.forget('dan')");
    expect(await all(counts)).toEqual(before);
    for (const view of ['users', 'history', 'activity', 'drift'])
      expect(JSON.stringify(await all(`select * from ${view}`))).not.toContain('dan');
  });

  test('last_seen_at is the last complete run for whoever it has seen, without a write', async () => {
    await refresh(stack.db, true);
    await refresh(stack.db);
    const rows =
      await all(`select u.last_seen_at = (select max(started_at) from runs where complete) as current
      from users as u where deleted_at is null`);
    expect(rows).toEqual([{ current: true }, { current: true }]);
    expect(await all('select changed from runs order by id desc limit 1')).toEqual([
      { changed: '0' },
    ]);
  });
});

test('at 20,000 people no common question reads them all', async () => {
  await stack.db.query(`insert into cognito.directory (sub, username, email, status, enabled, created_at, groups)
    select 'p' || n, 'p' || n, 'p' || n || '@example.com', case n % 9 when 0 then 'UNCONFIRMED' else 'CONFIRMED' end, true,
      now() - n * interval '1 hour', case n % 500 when 0 then '{editors}'::text[] else '{}' end
    from generate_series(1, 20000) as n`);
  await stack.db.query('vacuum (analyze) cognito.directory');
  for (const [question, plan] of [
    ["select * from users where sub = 'p7'", /Index Scan using directory_pkey/],
    ["select * from users where email = 'p7@example.com'", /Index Scan using directory_email_idx/],
    ["select * from users where email like 'p77%'", /directory_email_idx/],
    ["select * from users where lower(email) = 'p7@example.com'", /directory_lower_email_idx/],
    ["select * from users where groups @> '{editors}'", /directory_groups_idx/],
    [
      'select * from users order by created_at desc limit 20',
      /^Limit[\s\S]*Index Scan using directory_created_at_idx/,
    ],
    [
      'select status, count(*) from users where deleted_at is null group by status',
      /Index Only Scan using directory_status_idx/,
    ],
  ] as const) {
    // The plan is the owner's to see: the views are the owner's.
    const { rows } = await stack.db.query(
      `explain ${question.replace('from users', 'from analytics.users')}`,
    );
    const text = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(text, question).toMatch(plan);
    expect(text, question).not.toMatch(/Seq Scan on directory/);
  }
});
