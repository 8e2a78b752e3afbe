/** `doctor --fix`: runs the SQL that is safe, and nothing without consent. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDoctor } from '../../cli/doctor/command.ts';
import { judge } from '../../cli/doctor/fix.ts';
import { type Stack, startStack } from '../../cli/testing/index.ts';
import { type KitProject, kitProject } from '../support/kit-project.ts';

let copy: KitProject;
let stack: Stack;

beforeAll(async () => {
  copy = await kitProject();
  stack = await startStack(copy);
  await stack.sql('select cognito.refresh()');
});
afterAll(async () => {
  await stack?.stop();
  await copy?.remove();
});

const doctor = async (options: object) => {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const world = { input: Readable.from([]), env: { ...stack.env }, print };
  const code = await runDoctor({ workdir: copy.workdir, ...options }, world);
  return { code, text: lines.join('\n') };
};

/** A table that is right but for what protect() adds. */
const almost = (name: string, more = ''): string => `
  create table public.${name} (owner_sub text primary key);
  alter table public.${name} enable row level security;
  grant select on public.${name} to authenticated;
  create policy "own" on public.${name} for select to authenticated
    using (owner_sub = (select (select auth.jwt()) ->> 'sub'));
  ${more};`;

const isGuarded = async (name: string) => {
  const [row] = await stack.sql(
    `select exists (select from pg_policy where polrelid = 'public.${name}'::regclass
       and polname = 'Only trusted tokens') as it`,
  );
  return row?.it;
};

const drop = (...names: readonly string[]) =>
  stack.sql(names.map((name) => `drop table public.${name}`).join(';'));

test('without consent it shows the SQL and changes nothing, with it the table is guarded', async () => {
  await stack.sql(almost('letters'));
  const shown = await doctor({ fix: true });
  expect(shown.code).toBe(2);
  expect(shown.text).toContain(`→ select cognito_supabase.protect('public.letters');`);
  expect(shown.text).toContain('nothing was changed: --yes runs it');
  expect(await isGuarded('letters')).toBe(false);
  const mended = await doctor({ fix: true, yes: true });
  expect(mended.text).toContain('1 mended. Keep the SQL in a migration');
  expect(mended.text).toContain('nothing is wrong');
  expect(mended.code).toBe(0);
  expect(await isGuarded('letters')).toBe(true);
  await drop('letters');
});

/** Each of these is used by somebody today, or was changed on purpose. */
const USED = `
  ${almost('countries', 'grant select on public.countries to anon')}
  create table public.tags (id int);
  grant select on public.tags to authenticated;
  ${almost('feed', 'alter publication supabase_realtime add table public.feed')}
  ${almost(
    'opened',
    'create policy "Only trusted tokens" on public.opened as restrictive for all to authenticated using (true)',
  )}
  ${almost(
    'quiet',
    `select cognito_supabase.protect('public.quiet');
     alter table public.quiet disable trigger "Trust holds until the end"`,
  )}
  grant usage on schema cognito to authenticated;
  grant select on cognito.directory to authenticated;`;

test.each<readonly [how: string, sql: string, undo: string]>([
  [
    'grants to anon, no row-level security, Realtime, changed policies and triggers, private tables',
    USED,
    `drop table public.countries, public.tags, public.feed, public.opened, public.quiet;
     revoke usage on schema cognito from authenticated; revoke select on cognito.directory from authenticated`,
  ],
  [
    'a role that inherits authenticated',
    almost('letters', 'create role doctor_reporter; grant authenticated to doctor_reporter'),
    'drop table public.letters; drop role doctor_reporter',
  ],
  [
    'requests that are not checked yet',
    almost('letters', 'alter role authenticator reset pgrst.db_pre_request'),
    `drop table public.letters;
     alter role authenticator set pgrst.db_pre_request = 'cognito_supabase.check_request'`,
  ],
  [
    'files without the trust policy',
    almost('letters', 'alter policy "Only trusted tokens" on storage.objects using (true)'),
    `drop table public.letters;
     alter policy "Only trusted tokens" on storage.objects using ((select cognito_supabase.is_trusted()))`,
  ],
])('it runs nothing for %s', async (_how, sql, undo) => {
  const acl = `
    select md5(string_agg(format('%s %s %s', c.oid, c.relacl, c.relrowsecurity), ' ' order by c.oid))
      || (select md5(string_agg(p::text, ' ' order by p.oid)) from pg_policy as p)
      || (select md5(string_agg(s::text, ' ')) from pg_db_role_setting as s)
      || (select md5(string_agg(n::text, ' ' order by n.oid)) from pg_namespace as n where nspname !~ '^pg_') as it
    from pg_class as c where relkind = 'r'`;
  await stack.sql(sql);
  try {
    const before = await stack.sql(acl);
    const { code, text } = await doctor({ fix: true, yes: true });
    expect(text).toContain('nothing can be mended safely by itself');
    expect([1, 2]).toContain(code);
    expect(await stack.sql(acl)).toEqual(before);
  } finally {
    await stack.sql(undo);
  }
});

test('what the database refuses is told, and the rest is mended', async () => {
  await stack.sql(`
    ${almost('letters')} ${almost('theirs')}
    create role doctor_owner; grant doctor_owner to postgres; grant create on schema public to doctor_owner;
    alter table public.theirs owner to doctor_owner; revoke doctor_owner from postgres granted by postgres`);
  const { code, text } = await doctor({ fix: true, yes: true });
  expect(text).toContain(
    'not mended: table-without-trust-policy public.theirs: 42501: must be owner of table theirs',
  );
  expect(text).toContain('1 mended.');
  expect(code).toBe(2);
  expect(await isGuarded('letters')).toBe(true);
  const { failed } = JSON.parse((await doctor({ fix: true, yes: true, json: true })).text);
  expect(failed).toEqual([expect.objectContaining({ place: 'public.theirs' })]);
  await stack.sql(`grant doctor_owner to postgres; drop table public.letters, public.theirs;
    revoke create on schema public from doctor_owner; drop role doctor_owner`);
});

test('without a look afterwards nothing counts as mended', () => {
  const finding = {
    id: 'table-without-rls',
    severity: 'error',
    what: '',
    why: '',
    safe: true,
  } as const;
  const before = {
    ...{ findings: [{ ...finding, fix: 'select 1', place: 'public.a' }], unseen: [] },
    ...{ seen: ['tables'], unusable: [] },
  };
  const after = { ...before, findings: [], seen: [] };
  const attempts = [{ fix: 'select 1' }];
  expect(judge(attempts, before, after)).toEqual({
    mended: 0,
    failed: [{ id: 'table-without-rls', place: 'public.a', reason: 'nobody could look again' }],
  });
  expect(judge(attempts, before, { ...after, seen: ['tables'] }).mended).toBe(1);
});

test('a database that does not answer leaves the other checks, JSON and SARIF', async () => {
  const sarif = path.join(copy.workdir, 'doctor.sarif');
  const lines: string[] = [];
  const url = 'postgresql://postgres:of-the-test@127.0.0.1:9/postgres';
  const code = await runDoctor(
    { workdir: copy.workdir, json: true, sarif, fix: true, yes: true },
    {
      input: Readable.from([]),
      env: { SUPABASE_DB_URL: url },
      print: (line) => void lines.push(line),
    },
  );
  expect(code).toBe(3);
  const { seen, unusable, unseen } = JSON.parse(lines.join('\n'));
  expect(seen).toContain('config.toml');
  expect(unusable.map(({ name }: { name: string }) => name)).toEqual(['SUPABASE_DB_URL', '--fix']);
  expect(unseen).toContainEqual({
    check: 'settings of trust',
    reason: expect.stringContaining('the database cannot be reached'),
  });
  const log = await readFile(sarif, 'utf8');
  expect(JSON.parse(log).runs[0].invocations[0].executionSuccessful).toBe(false);
  expect(`${log}${lines}`).not.toContain('of-the-test');
});

test('what it prints has no secret of the stack', async () => {
  const { text } = await doctor({ json: true });
  const { password } = new URL(stack.env.SUPABASE_DB_URL);
  expect(text).not.toContain(password);
  expect(text).not.toContain(stack.env.SUPABASE_SECRET_KEY);
});
