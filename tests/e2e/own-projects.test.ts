/** Projects of other people on the embedded stack: each starts, or is refused with a clear error. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OwnProject } from '../support/own-project.ts';

let project: OwnProject;
beforeEach(async () => {
  project = await OwnProject.make();
});
afterEach(() => project.remove());

interface Started {
  readonly client: pg.Client;
  readonly output: string;
  readonly url: string;
  readonly key: string;
}

/** Starts the project and runs `work` as postgres. */
async function started(work: (stack: Started) => Promise<void>): Promise<void> {
  const stack = project.start();
  const env = await stack.ready();
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  try {
    const [url, key] = [env.SUPABASE_URL, env.SUPABASE_SECRET_KEY];
    await work({ client, output: stack.output(), url, key });
  } finally {
    await client.end();
    await stack.stop();
  }
}

/** The output of a project that does not start. */
async function failure(): Promise<string> {
  const stack = project.start();
  expect(await stack.exit).toBe(1);
  expect(stack.output()).toMatch(/^ {2}→ \S/m);
  expect(stack.output()).not.toMatch(/^ {4}at |Try rerunning/m);
  return stack.output();
}

const count = async (client: pg.Client, relation: string): Promise<number> =>
  (await client.query(`select count(*)::int as n from ${relation}`)).rows[0].n;

const PROFILES = `
  create table public.profiles (
    id uuid primary key default auth.uid() references auth.users (id) on delete cascade,
    name text
  );
  alter table public.profiles enable row level security;
  create policy "Own profile" on public.profiles for select to authenticated
    using (id = (select auth.uid()));
  create function public.new_user() returns trigger language plpgsql security definer
    set search_path = '' as $$
    begin insert into public.profiles (id) values (new.id); return new; end $$;
  create trigger on_auth_user_created after insert on auth.users
    for each row execute function public.new_user();
  create view public.people with (security_invoker) as
    select p.id, s.id as session, i.provider from public.profiles as p
    left join auth.sessions as s on s.user_id = p.id
    left join auth.identities as i on i.user_id = p.id;`;

describe('projects without the kit start, with a note', () => {
  test('an empty project', async () => {
    await started(async ({ output, client }) => {
      expect(output).toContain('does not have module trust');
      expect(output).toContain(
        '→ `npx cognito-supabase modules add trust` in the folder of the project adds it',
      );
      expect(await count(client, 'auth.users')).toBe(0);
    });
  });

  test('a profiles table on auth.users, with a trigger and a seed', async () => {
    await project.write('migrations/20260101000000_profiles.sql', PROFILES);
    await project.write(
      'seed.sql',
      `insert into auth.users (id, email) values (gen_random_uuid(), 'a@example.com');`,
    );
    await started(async ({ client, url, key }) => {
      expect(await count(client, 'public.people')).toBe(1);
      const answer = await fetch(`${url}/rest/v1/profiles?select=id`, { headers: { apikey: key } });
      expect(await answer.json()).toHaveLength(1);
      for (const role of ['anon', 'authenticated', 'service_role']) {
        await client.query(`set role ${role}`);
        const read = client.query('select from auth.users');
        await expect(read).rejects.toMatchObject({ code: '42501' });
        await client.query('reset role');
      }
      const change = client.query('alter table auth.users add x int');
      await expect(change).rejects.toMatchObject({ code: '42501' });
    });
  });

  test('a schema private with helpers of policies', async () => {
    await project.write(
      'migrations/20260101000000_private.sql',
      `create schema private;
       create function private.my_id() returns uuid language sql stable as 'select auth.uid()';
       create table public.things (id int primary key, owner_id uuid not null default auth.uid());
       alter table public.things enable row level security;
       create policy "Own" on public.things to authenticated using (owner_id = (select private.my_id()));`,
    );
    await started(async ({ client }) => expect(await count(client, 'public.things')).toBe(0));
  });

  test('declarative schemas beside the migrations that were made of them', async () => {
    const table = 'create table public.declared (id int primary key);';
    await project.write(
      'config.toml',
      `project_id = "own"\n[db.migrations]\nschema_paths = ["./schemas/*.sql"]\n`,
    );
    await project.write('schemas/declared.sql', table);
    await project.write('migrations/20260101000000_declared.sql', table);
    await started(async ({ client }) => expect(await count(client, 'public.declared')).toBe(0));
  });

  test('migrations that write rows, into tables of the platform as well', async () => {
    await project.write(
      'migrations/20260101000000_rows.sql',
      `create table public.plans (id text primary key);
       insert into public.plans select unnest(array['free', 'pro']);
       insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
       create policy "Everybody sees avatars" on storage.objects for select using (bucket_id = 'avatars');
       insert into auth.users (id, email) values (gen_random_uuid(), 'seed@example.com');
       alter publication supabase_realtime add table public.plans;`,
    );
    await started(async ({ client }) => {
      expect(await count(client, 'public.plans')).toBe(2);
      expect(await count(client, "storage.buckets where id = 'avatars'")).toBe(1);
    });
  });

  test('files with CRLF and a byte order mark, and names with blanks', async () => {
    await project.write(
      'migrations/20260101000000_from windows.sql',
      '\uFEFFcreate table public.windows (\r\n  id int primary key\r\n);\r\n',
    );
    await started(async ({ client }) => expect(await count(client, 'public.windows')).toBe(0));
  });
});

describe('projects that take modules of the kit', () => {
  test('trust and directory, beside profiles of their own', async () => {
    await project.write('migrations/20260101000000_profiles.sql', PROFILES);
    await project.takeModules('trust', 'directory');
    await started(async ({ client, output }) => {
      expect(output).not.toContain('does not have module trust');
      expect(output).toContain("→ select cognito_supabase.protect('public.profiles');");
      expect(await count(client, 'cognito.users')).toBe(2);
      const { rows } = await client.query('select seen, complete from cognito.refresh()');
      expect(rows).toEqual([{ seen: '2', complete: true }]);
    });
  });

  test('a table, a view and a function without the guard are named, with the line to paste', async () => {
    await project.takeModules('trust');
    await project.write(
      'migrations/20990101000000_bookmarks.sql',
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
    await started(async ({ client, output }) => {
      expect(output).toContain("→ select cognito_supabase.protect('public.bookmarks');");
      expect(output).toContain('public.all_bookmarks is exposed and not guarded');
      expect(output).toContain('public.count_bookmarks() is exposed and not guarded');
      const protect = "select cognito_supabase.protect('public.bookmarks') as said";
      const { rows } = await client.query(protect);
      expect(rows[0].said).toMatch(/bookmarks is guarded: row-level security/);
      const left = await client.query('select name from cognito_supabase.unguarded order by name');
      expect(left.rows.map(({ name }) => name)).toEqual([
        'public.all_bookmarks',
        'public.count_bookmarks()',
      ]);
    });
  });
});

describe('a failed migration is reported with file, statement and reason', () => {
  const OWN = 'migrations/20260101000000_own.sql';
  test.each([
    [
      'a table that is not there',
      'create table public.own (id uuid references auth.nothing);',
      /own\.sql: ERROR: relation "auth.nothing" does not exist .*\n {4}statement 1: create table/,
    ],
    [
      'an extension that the embedded Postgres lacks',
      'create table public.own (id int);\ncreate extension postgis;',
      /own\.sql: ERROR: extension "postgis" is not available .*\n {4}statement 2: create extension .*\n {2}→ .*--docker/,
    ],
    [
      'data that does not fit',
      `create table public.own (id int primary key);
       insert into public.own values (1), (1);`,
      /own\.sql: ERROR: duplicate key .*\n {4}statement 2: insert into/,
    ],
    [
      'what is no SQL',
      'creat table public.own ();',
      /own\.sql: ERROR: syntax error at or near "creat"/,
    ],
  ])('%s', async (_, sql, wanted) => {
    await project.write(OWN, sql);
    expect(await failure()).toMatch(wanted);
  });

  test('a seed that does not fit', async () => {
    await project.write(OWN, 'create table public.own (id int primary key);');
    await project.write(
      'seed.sql',
      'insert into public.own values (1);\ninsert into public.own values (1);',
    );
    expect(await failure()).toMatch(/seed\.sql: ERROR: duplicate key/);
  });

  test('a config.toml that is not TOML', async () => {
    await project.write('config.toml', 'project_id = "x"\n[nonsense\n');
    expect(await failure()).toMatch(
      /^error SETTING_INVALID: supabase\/config\.toml: Invalid TOML/m,
    );
  });

  test('a module without its needs', async () => {
    await project.takeModules('tenancy');
    await project.write('migrations/20261121120000_profiles.sql', '-- left out');
    await project.write('migrations/20261121120100_profile_functions.sql', '-- left out');
    expect(await failure()).toMatch(
      /20261121130000_tenancy\.sql: ERROR: the module tenancy needs profiles, which is not installed/,
    );
  });

  test('a data folder that has another project in it', async () => {
    await project.write(OWN, 'create table public.own (id int primary key);');
    await started(async () => {});
    await project.write(
      'migrations/20260101000001_other.sql',
      'create table public.other (id int);',
    );
    const { rm } = await import('node:fs/promises');
    await rm(`${project.folder}/supabase/${OWN}`);
    expect(await failure()).toMatch(
      /the database has migrations that this project does not have\n {2}→ use another data folder for this project with --dir, or begin anew/,
    );
  });
});
