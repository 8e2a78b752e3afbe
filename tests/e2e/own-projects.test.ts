/** People's own projects on the embedded stack: each starts, or gets its sentence. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clusterHome } from '@cognito-supabase/local/data-dir';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newDir, removeDir, runStack } from '../support/stack.ts';

const KIT = path.resolve(import.meta.dirname, '../../supabase');
let dir: string;
let project: string;

beforeEach(async () => {
  dir = await newDir();
  project = path.join(dir, 'project');
  await mkdir(path.join(project, 'supabase/migrations'), { recursive: true });
  await cp(path.join(KIT, 'config.toml'), path.join(project, 'supabase/config.toml'));
});
afterEach(async () => {
  await removeDir(await clusterHome(dir));
  await removeDir(dir);
});

/** A migration of the project, after those of the kit. */
const migration = (name: string, sql: string) =>
  writeFile(path.join(project, 'supabase/migrations', name), sql);
const start = () => runStack(dir, ['--port', '0', '--workdir', project]);

/** What is printed of a project that does not start. */
async function failure(): Promise<string> {
  const stack = start();
  expect(await stack.exit).toBe(1);
  expect(stack.output()).toMatch(/^ {2}→ \S/m);
  expect(stack.output()).not.toMatch(/^ {4}at |Try rerunning/m);
  return stack.output();
}

test('a profiles table on auth.users, with a trigger, beside the kit', async () => {
  await cp(path.join(KIT, 'migrations'), path.join(project, 'supabase/migrations'), {
    recursive: true,
  });
  await migration(
    '20990101000000_own_profiles.sql',
    `create table public.own_profiles (
       id uuid primary key default auth.uid() references auth.users (id) on delete cascade
     );
     alter table public.own_profiles enable row level security;
     create policy "Own profile" on public.own_profiles for select to authenticated
       using (id = (select auth.uid()));
     create function public.own_new_user() returns trigger language plpgsql security definer
       set search_path = '' as $$
       begin insert into public.own_profiles (id) values (new.id); return new; end $$;
     create trigger on_auth_user_created after insert on auth.users
       for each row execute function public.own_new_user();
     create view public.own_people with (security_invoker) as
       select p.id, s.id as session, i.provider from public.own_profiles as p
       left join auth.sessions as s on s.user_id = p.id
       left join auth.identities as i on i.user_id = p.id;`,
  );
  const stack = start();
  const env = await stack.ready();
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    // As a seed of the project does it.
    await client.query(`insert into auth.users (id, email) values (gen_random_uuid(), 'a@b.co')`);
    const { rows } = await client.query('select count(*)::int as n from public.own_people');
    expect(rows).toEqual([{ n: 1 }]);
    for (const role of ['anon', 'authenticated', 'service_role']) {
      await client.query(`set role ${role}`);
      await expect(client.query('select from auth.users')).rejects.toMatchObject({ code: '42501' });
      await client.query('reset role');
    }
    await expect(client.query('alter table auth.users add x int')).rejects.toMatchObject({
      code: '42501',
    });
  } finally {
    await client.end();
    await stack.stop();
  }
});

test('a table, a view and a function without the guard are named, with the line to paste', async () => {
  await cp(path.join(KIT, 'migrations'), path.join(project, 'supabase/migrations'), {
    recursive: true,
  });
  await migration(
    '20990101000000_bookmarks.sql',
    `create table public.bookmarks (id int primary key, owner_sub text);
     alter table public.bookmarks enable row level security;
     grant select on public.bookmarks to authenticated;
     create policy "Own" on public.bookmarks for select to authenticated
       using (owner_sub = (select auth.jwt()) ->> 'sub');
     create view public.all_bookmarks as select * from public.bookmarks;
     grant select on public.all_bookmarks to authenticated;
     create function public.count_bookmarks() returns bigint language sql security definer
       set search_path = '' as 'select count(*) from public.bookmarks';
     grant execute on function public.count_bookmarks() to authenticated;`,
  );
  const stack = start();
  const env = await stack.ready();
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    expect(stack.output()).toContain("→ select cognito_supabase.protect('public.bookmarks');");
    expect(stack.output()).toContain('public.all_bookmarks is exposed and not guarded');
    expect(stack.output()).toContain('public.count_bookmarks() is exposed and not guarded');
    const { rows } = await client.query(
      "select cognito_supabase.protect('public.bookmarks') as said",
    );
    expect(rows[0].said).toMatch(/bookmarks is guarded: row-level security/);
    const left = await client.query('select name from cognito_supabase.unguarded order by name');
    expect(left.rows.map(({ name }) => name)).toEqual([
      'public.all_bookmarks',
      'public.count_bookmarks()',
    ]);
  } finally {
    await client.end();
    await stack.stop();
  }
});

describe('what does not apply is named: file, statement, reason', () => {
  test.each([
    [
      'a table that is not there',
      'create table public.own (id uuid references auth.nothing);',
      /own\.sql: ERROR: relation "auth.nothing" does not exist .*\n {2}statement 1: create table/,
    ],
    [
      'an extension that the embedded Postgres lacks',
      'create table public.own (id int);\ncreate extension postgis;',
      /own\.sql: ERROR: extension "postgis" is not available .*\n {2}statement 2: create extension/,
    ],
    [
      'data that does not fit',
      `create table public.own (id int primary key);
       insert into public.own values (1), (1);`,
      /own\.sql: ERROR: duplicate key .*\n {2}statement 2: insert into/,
    ],
    [
      'what is no SQL',
      'creat table public.own ();',
      /own\.sql: ERROR: syntax error at or near "creat"/,
    ],
  ])('%s', async (_, sql, wanted) => {
    await migration('20260101000000_own.sql', sql);
    expect(await failure()).toMatch(wanted);
  });

  test('a config.toml that is none', async () => {
    await writeFile(path.join(project, 'supabase/config.toml'), 'project_id = "x"\n[nonsense\n');
    expect(await failure()).toMatch(
      /^error SETTING_INVALID: supabase\/config\.toml: Invalid TOML/m,
    );
  });
});

test.each([
  ['an empty project', ''],
  ['a project with a schema private', 'create schema private; create table private.own (id int);'],
])('%s: the kit is missing there', async (_, sql) => {
  if (sql) await migration('20260101000000_own.sql', sql);
  expect(await failure()).toMatch(/^error KIT_NOT_INSTALLED: /m);
});
