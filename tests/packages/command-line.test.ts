/** The published command line, in the project of somebody else: `init`, and tests of its policies by node:test. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pack } from '../../cli/release/pack.ts';
import { PACKAGES } from '../../cli/release/packages.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** A table of the project, with a policy. */
const MIGRATION = `create table public.letters (
  id uuid primary key default gen_random_uuid(),
  owner text not null default (auth.jwt() ->> 'sub'),
  body text not null
);
revoke all on public.letters from anon, authenticated;
grant select, insert on public.letters to authenticated;
select cognito_supabase.protect('public.letters');
create policy "own letters" on public.letters to authenticated
  using (owner = (select (select auth.jwt()) ->> 'sub'))
  with check (owner = (select (select auth.jwt()) ->> 'sub'));
`;

const TESTS = `import { after, test } from 'node:test';
import assert from 'node:assert';
import { startStack } from 'cognito-supabase/testing';

const stack = await startStack();
after(() => stack.stop());

test('people see their own letters', async () => {
  const alice = await stack.signIn('alice', { groups: ['admin'] });
  const bob = await stack.signIn('bob');
  assert.deepEqual(alice.claims['cognito:groups'], ['admin']);
  await alice.supabase.from('letters').insert({ body: 'hers' }).throwOnError();
  assert.deepEqual((await alice.supabase.from('letters').select('body')).data, [{ body: 'hers' }]);
  assert.deepEqual((await bob.supabase.from('letters').select('body')).data, []);
  assert.equal((await stack.anonymous.from('letters').select('body')).status, 401);
  const [{ n }] = await stack.sql('select count(*)::int as n from public.letters');
  assert.equal(n, 1);
  await stack.revoke(alice);
  assert.equal((await alice.supabase.from('letters').select('body')).error.code, 'PT401');
});
`;

let dir: string;
let project: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'command-line-'));
  project = path.join(dir, 'project');
  const own = path.join(project, 'node_modules/cognito-supabase');
  await mkdir(own, { recursive: true });
  const command = PACKAGES.find(({ isCommandLine }) => isCommandLine);
  if (command === undefined) throw new Error('there is no command line');
  await extract({ file: await pack(command, dir), cwd: own, strip: 1 });
  const { dependencies } = JSON.parse(await readFile(path.join(own, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = path.join(project, 'node_modules', name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules', name), link);
  }
});
afterAll(() => rm(dir, { recursive: true }));

const kit = (...args: string[]) =>
  run(process.execPath, ['node_modules/cognito-supabase/dist/cli/main.js', ...args], {
    cwd: project,
  });

test('says what it can do', async () => {
  expect((await kit('--help')).stdout).toContain('init');
  expect((await kit('modules', 'list')).stdout).toContain('tenancy');
});

test('adds a module to an empty folder, and a test of node:test passes on its own table', async () => {
  const { stdout } = await kit('init', '--with', 'trust', '--yes');
  expect(stdout).toContain('written');
  await writeFile(path.join(project, 'supabase/migrations/20990101000000_letters.sql'), MIGRATION);
  await writeFile(path.join(project, 'letters.test.mjs'), TESTS);
  const { stdout: report } = await run(process.execPath, ['--test', 'letters.test.mjs'], {
    cwd: project,
  }).catch((error) => error);
  expect(report).toContain('pass 1');
  expect(report).toContain('fail 0');
});
