/** Schema cognito_analytics: each query of supabase/analytics, and correct numbers. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { admit } from './analytics-fixtures.ts';
import { type OwnStack, ownStack, refresh, refreshTwice } from './directory-fixtures.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DIR = path.join(ROOT, 'supabase/analytics');
const files = readdirSync(DIR).filter((name) => name.endsWith('.sql'));
const query = (name: string) => readFile(path.join(DIR, name), 'utf8');

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

describe('the questions', () => {
  beforeAll(() => refresh(stack.db));

  test('are ten or more', () => expect(files.length).toBeGreaterThanOrEqual(10));

  test.each(files)('%s runs as an analyst', async (name) => {
    const sql = await query(name);
    expect(sql).toMatch(/^-- [A-Z].*\?/);
    const { fields } = await ann.query(sql);
    expect(fields.length).toBeGreaterThan(0);
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
    // Ada reached every step. Bob stopped after his profile and was disabled. Cyd never confirmed. Dan is
    // deleted. Eve is in the application only.
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

  test('statuses, domains, groups count existing users', async () => {
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

  test('a domain is the part after the last @, and users without one are not counted', async () => {
    await stack.db.query('truncate cognito.directory, cognito.directory_history');
    for (const email of ['"a@b"@Quoted.example', 'nobody', 'x@', '', 'ada@quoted.example'])
      await event(`of ${email}`, 'signed_up', 1, { email });
    await event('without', 'signed_up', 1);
    const domains = 'select domain, users::int from email_domains';
    expect(await all(domains)).toEqual([{ domain: 'quoted.example', users: 2 }]);
    expect(await all('select distinct email_domain from users order by 1')).toEqual([
      { email_domain: 'quoted.example' },
      { email_domain: null },
    ]);
  });

  test('weeks without a sign-up count', async () => {
    const weeks = (await all(await query('03_signups_by_week.sql'))).reverse();
    const signedUp = weeks.map((row) => Number(row.signed_up));
    expect(signedUp).toHaveLength(12);
    expect(signedUp.filter((n) => n > 0)).toEqual([3, 1]);
    const before = [0, ...signedUp];
    expect(weeks.map((row) => Number(row.more_than_before))).toEqual(
      signedUp.map((n, i) => n - (before[i] ?? 0)),
    );
    expect(weeks.filter((row) => row.more_than_before === '-3')).toHaveLength(1);
    for (const [i, row] of weeks.entries())
      expect(Math.round((row.week.getTime() - weeks[0].week.getTime()) / DAY)).toBe(7 * i);
  });

  test('are the same in every time zone', async () => {
    // At any time one of Kiritimati and Pago Pago has another date than UTC, and one of the two zones 84
    // hours away another week. The last put its clocks forward this midnight, so that its last day, week
    // and four weeks are an hour short.
    const now = new Date();
    const today =
      (Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()) -
        Date.UTC(now.getUTCFullYear(), 0)) /
      DAY;
    const zones = [
      'UTC',
      'Pacific/Kiritimati',
      'Pacific/Pago_Pago',
      'AAA-84',
      'AAA+84',
      `AAA0BBB,${today}/0,${(today + 180) % 365}/0`,
    ];
    // Sign-ups at both ends of each of sixty days, and half an hour within each limit.
    await stack.db.query(`
      select cognito.record_event(n || part, 'signed_up', jsonb_build_object('email', 'alice@' || n || part || '.example'), null,
        (date_trunc('day', now() at time zone 'UTC') - n * interval '24 hours' + part::interval) at time zone 'UTC')
      from generate_series(1, 60) as n, unnest('{00:30,23:30}'::text[]) as part`);
    for (const days of [1, 7, 28]) {
      await event(`within ${days}`, 'signed_up', days - 1 / 48, { email: 'w@example.com' });
      await event(`within ${days}`, 'changed', days - 1 / 47, { email: 'v@example.com' });
    }
    const { rows: views } = await stack.db.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'cognito_analytics'::regnamespace",
    );
    const questions = [
      ...views.map(({ name }) => [name, `select * from ${name}`] as const),
      ...(await Promise.all(files.map(async (name) => [name, await query(name)] as const))),
    ];
    expect(questions.length).toBeGreaterThan(files.length + 10);
    for (const [name, sql] of questions) {
      const answers: string[][] = [];
      // One transaction: one now(). Times are compared as instants, because pg returns Dates.
      await ann.query('begin');
      for (const zone of zones) {
        await ann.query(`set local timezone = '${zone}'`);
        answers.push((await all(sql)).map((row) => JSON.stringify(row)).sort());
      }
      await ann.query('rollback');
      for (const [i, answer] of answers.entries())
        expect(answer, `${name} in ${zones[i]}`).toEqual(answers[0]);
    }
  });

  test('drift, both ways', async () => {
    await stack.db.query("select public.disable_user('ada')");
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

  test('drift with missing values on one side', async () => {
    await stack.db.query('truncate cognito.directory, cognito.directory_history');
    await stack.db.query('truncate public.app_users cascade');
    await event('no-email-here', 'signed_up', 1, { email: 'a@example.com' });
    await event('no-email-there', 'signed_up', 1, {});
    await event('no-email', 'signed_up', 1, {});
    await event('same', 'signed_up', 1, { email: 'Same@example.com' });
    await event('not-told', 'changed', 1, { email: 'b@example.com' });
    await stack.db.query(`insert into public.app_users (cognito_sub, email) values
      ('no-email-here', null), ('no-email-there', 'a@example.com'), ('no-email', null),
      ('same', 'same@example.com'), ('not-told', 'b@example.com')`);
    await stack.db.query("select public.disable_user('not-told')");
    expect(await all('select kind, sub from drift order by kind')).toEqual([
      { kind: 'disabled here only', sub: 'not-told' },
      { kind: 'email here only', sub: 'no-email-there' },
    ]);
  });

  test('drift reports a missing profile only for users that totals count as confirmed', async () => {
    await stack.db.query('truncate cognito.directory, cognito.directory_history');
    await stack.db.query('truncate public.app_users cascade');
    const statuses = [
      'UNCONFIRMED',
      'CONFIRMED',
      'FORCE_CHANGE_PASSWORD',
      'RESET_REQUIRED',
      'EXTERNAL_PROVIDER',
      'UNKNOWN',
    ];
    // It is not known whether the changed ones are enabled.
    for (const status of statuses)
      for (const kind of ['changed', 'signed_in'])
        await event(`${status} ${kind}`, kind, 1, { 'cognito:user_status': status });
    await event('unsaid', 'signed_in', 1);
    expect(await all('select confirmed::int, drift::int from totals')).toEqual([
      { confirmed: 6, drift: 6 },
    ]);
    expect(await all('select distinct kind from drift')).toEqual([{ kind: 'no profile' }]);
    for (const status of statuses) await event(`${status} changed`, 'disabled', 0);
    expect(await all('select confirmed::int, drift::int from totals')).toEqual([
      { confirmed: 6, drift: 3 },
    ]);
  });

  test('a user of whom only the deletion is known is not counted, forgotten or not', async () => {
    const counts = 'select gone, signed_up_ever from totals';
    const before = await all(counts);
    await event('hal', 'deleted', 1);
    expect(await all(counts)).toEqual(before);
    await stack.db.query("select cognito.forget('hal')");
    expect(await all(counts)).toEqual(before);
  });

  test('a forgotten person still counts, and is in no view', async () => {
    const counts =
      'select (select json_agg(d order by day) from signups_by_day as d) as days, (select signed_up_ever from totals)';
    const before = await all(counts);
    await stack.db.query("select cognito.forget('dan')");
    expect(await all(counts)).toEqual(before);
    for (const view of ['users', 'history', 'activity', 'drift'])
      expect(JSON.stringify(await all(`select * from ${view}`))).not.toContain('dan');
  });

  test('last_seen_at is the last complete run that saw the user, without a write', async () => {
    await refreshTwice(stack.db, true);
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
    // Only the owner of the views can see the plan.
    const { rows } = await stack.db.query(
      `explain ${question.replace('from users', 'from cognito_analytics.users')}`,
    );
    const text = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(text, question).toMatch(plan);
    expect(text, question).not.toMatch(/Seq Scan on directory/);
  }
});
