/** docs/add-a-module.md, leave-a-module.md and test-your-policies.md, on the project of a stranger. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readManifest } from '@cognito-supabase/local/modules';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { OwnProject } from '../support/own-project.ts';
import { Page, runInShell } from '../support/page.ts';
import type { StackProcess } from '../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const addPage = await Page.read('docs/add-a-module.md');
const leavePage = await Page.read('docs/leave-a-module.md');
const policiesPage = await Page.read('docs/test-your-policies.md');

const PROJECT = `
  create table public.profiles (
    id uuid primary key default auth.uid() references auth.users (id) on delete cascade,
    name text
  );
  alter table public.profiles enable row level security;
  grant select on public.profiles to authenticated;
  create policy "Own profile" on public.profiles for select to authenticated
    using (id = (select auth.uid()));`;

let project: OwnProject;
let stack: StackProcess;
let db: pg.Client;

beforeAll(async () => {
  project = await OwnProject.make();
  await project.write('migrations/20260101000000_profiles.sql', PROJECT);
});
afterAll(async () => {
  await db?.end();
  await stack?.stop();
  await project.remove();
});

/** The folder of the page is the one of this test. */
const shell = (script: string) =>
  runInShell(script.replaceAll('../my-project', project.folder), {});
const modules = async (): Promise<string[]> => {
  const { rows } = await db.query("select to_regclass('cognito_supabase.modules') as list");
  if (rows[0].list === null) return [];
  const installed = await db.query('select name from cognito_supabase.modules order by 1');
  return installed.rows.map(({ name }) => name);
};
const untilInstalled = (names: readonly string[]) =>
  vi.waitFor(async () => expect(await modules()).toEqual([...names].sort()), {
    timeout: 30_000,
    interval: 100,
  });

test('the modules that the page lists are those of the manifest', async () => {
  const { code, output } = await shell(addPage.take('sh', 'modules -- list'));
  expect(code).toBe(0);
  for (const { name, needs } of (await readManifest()).modules) {
    expect(output).toMatch(new RegExp(`^${name} `, 'm'));
    // The page leaves out what another need brings: audit needs base.
    const row = new RegExp(
      `^\\| \`${name}\` \\| .+ \\| (?:[a-z-]+, )*${needs.at(-1) ?? ''} ?\\|$`,
      'm',
    );
    expect(addPage.text).toMatch(row);
  }
});

test('init shows what it would write, and writes nothing without consent', async () => {
  const { code, output } = await shell(addPage.take('sh', 'kit -- init'));
  expect(code).toBe(1);
  expect(output).toContain('supabase/migrations/20260101000000_profiles.sql');
  expect(output).toContain('nothing is written');
});

test('adding trust', async () => {
  const added = await shell(addPage.take('sh', 'modules -- add trust'));
  expect(added).toMatchObject({ code: 0, output: expect.stringContaining('11 written') });

  expect(addPage.take('sh', 'npm start')).toBe('npm start -- --workdir ../my-project\n');
  stack = project.start('--watch');
  const env = await stack.ready();
  expect(stack.output()).toContain('public.profiles');
  db = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await db.connect();

  const list = await db.query(addPage.take('sql', 'from cognito_supabase.modules'));
  expect(list.rows.map(({ name }) => name)).toEqual(['base', 'audit', 'trust']);
  addPage.cannotRun(
    'sh',
    'supabase db push',
    'The CLI pushes to a linked project on the platform.',
  );
});

test('after trust: app clients, guards, new tables', async () => {
  await db.query('begin');
  await db.query(addPage.take('sql', 'set_trust'));
  const { rows: clients } = await db.query(
    'select client_id from cognito_supabase.trusted_clients',
  );
  expect(clients).toEqual([{ client_id: '1h57kf5cpq17m0eml12EXAMPLE' }]);
  await db.query('rollback');

  const unguarded = addPage.take('sql', 'select name, line');
  const { rows } = await db.query(unguarded);
  expect(rows.map(({ name }) => name)).toEqual(['public.profiles']);
  await db.query(rows[0].line);
  expect((await db.query(unguarded)).rows).toEqual([]);

  // The embedded Postgres has no supautils, so the page's note on plain Postgres holds.
  await expect(db.query(addPage.take('sql', 'protect_new_tables'))).rejects.toMatchObject({
    code: '42501',
  });
});

test('leaving trust keeps the table and its policy', async () => {
  const removed = await shell(leavePage.take('sh', 'remove trust --workdir'));
  expect(removed).toMatchObject({ code: 0, output: expect.stringContaining('1 written') });
  expect(removed.output).toContain('cognito_supabase.trusted_clients');
  leavePage.cannotRun('sh', 'db push', 'The CLI pushes to a linked project on the platform.');
  await untilInstalled(['base', 'audit']);
  const { rows } = await db.query(
    "select polname from pg_policy where polrelid = 'public.profiles'::regclass",
  );
  expect(rows).toEqual([{ polname: 'Own profile' }]);
});

test('adding it again, and removing everything', async () => {
  await shell('npm run modules -- add trust --workdir ../my-project');
  await untilInstalled(['base', 'audit', 'trust']);
  const inUse = await shell('npm run modules -- remove audit --workdir ../my-project');
  expect(inUse).toMatchObject({ code: 1, output: expect.stringContaining('MODULE_IN_USE') });
  await shell(leavePage.take('sh', 'remove trust audit base'));
  await untilInstalled([]);
  const { rows } = await db.query("select nspname from pg_namespace where nspname like 'cognito%'");
  expect(rows).toEqual([]);
});

test('testing policies', async () => {
  await shell('npm run modules -- add example --workdir ../my-project');
  await untilInstalled(['base', 'audit', 'trust', 'profiles', 'tenancy', 'example']);
  const guard = "select cognito_supabase.protect('public.profiles');";
  await project.write('migrations/20990101000000_guard.sql', guard);
  const unguarded = 'select from cognito_supabase.unguarded';
  await vi.waitFor(async () => expect((await db.query(unguarded)).rows).toEqual([]), {
    timeout: 30_000,
    interval: 100,
  });

  /** In the project, with the command of this repository. */
  const installed = (script: string) =>
    runInShell(script.replace('npx cognito-supabase', `node ${path.join(ROOT, 'cli/bin.mjs')}`), {
      cwd: project.folder,
    });
  expect((await installed(policiesPage.take('sh', 'test --helpers'))).code).toBe(0);
  const file = path.join(project.folder, 'supabase/tests/notes.test.sql');
  const example = policiesPage.take('sql', 'select plan(5)');
  await writeFile(file, example);
  const alone = await installed(policiesPage.take('sh', 'cognito-supabase test\n'));
  expect(alone).toEqual({ code: 0, output: '✓ notes.test.sql  5 passed, of 5\n' });
  const command = policiesPage.take('sh', 'test:policies').trimEnd();
  const passed = await shell(`${command} --dir ${project.dir}`);
  expect(passed).toMatchObject({ code: 0 });
  expect(passed.output).toContain('✓ notes.test.sql  5 passed, of 5');
  policiesPage.cannotRun('sh', 'supabase test db', 'The CLI runs pg_prove in a container.');

  // A policy that is too wide is found, and the command says so.
  await db.query('create policy wide on public.notes for select to authenticated using (true)');
  const failed = await shell(`${command} --dir ${project.dir}`);
  expect(failed.code).toBe(1);
  expect(failed.output).toMatch(
    /× notes.test.sql {2}4 passed, of 5\n {4}not ok 3 - Bob does not see it/,
  );

  for (const [args, words] of [
    ['nowhere', 'BAD_OPTION'],
    ['docs', 'there are no .sql files in'],
    ['--wrong', "Unknown option '--wrong'"],
  ] as const) {
    const bad = await shell(`npm run test:policies -- ${args} --dir ${project.dir}`);
    expect(bad).toMatchObject({ code: 1, output: expect.stringContaining(words) });
    expect(bad.output).not.toMatch(/^ {4}at /m);
  }
});

test('every block of the pages was taken', () => {
  for (const page of [addPage, leavePage, policiesPage]) expect(page.unused).toEqual([]);
});
