/** `cognito-supabase/testing` on a project with modules, a table and settings of its own. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { commandLine } from '@cognito-supabase/local/postgres/os';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { main } from '../../cli/main.ts';
import { type Stack, startStack } from '../../cli/testing/index.ts';

const run = promisify(execFile);
const TESTING = path.resolve(import.meta.dirname, '../../cli/testing/index.ts');

const LETTERS = `
create table public.letters (
  id uuid primary key default gen_random_uuid(),
  owner_sub text not null default (auth.jwt() ->> 'sub'),
  body text not null
);
revoke all on public.letters from anon, authenticated;
grant select, insert on public.letters to authenticated;
select cognito_supabase.protect('public.letters');
create policy "own letters" on public.letters to authenticated
  using (owner_sub = (select (select auth.jwt()) ->> 'sub'));
insert into public.letters (owner_sub, body) values ('nobody', 'of the seed');
`;

const CONFIG = `
export default {
  groups: ['readers'],
  people: [{ email: 'ada@example.com', password: 'Ada-engine-1843', groups: ['editors'] }],
  machines: [{ name: 'nightly', scopes: ['letters/read'] }],
  preToken: {
    appRoleGroups: ['editors'],
    machineClaims: { 'letters/read': { role: 'authenticated' } },
    extend: () => ({ tenant: 'acme' }),
  },
};
`;

let workdir: string;

const write = (name: string, text: string) => writeFile(path.join(workdir, name), text);

beforeAll(async () => {
  workdir = await mkdtemp(path.join(tmpdir(), 'tested-project-'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const modules = 'trust,cognito-users,hardening';
  expect(await main(['init', '--workdir', workdir, '--with', modules, '--yes'])).toBe(0);
  log.mockRestore();
  await write('supabase/migrations/20990101000000_letters.sql', LETTERS);
  await write('cognito-supabase.config.mjs', CONFIG);
});
afterAll(() => rm(workdir, { recursive: true }));

/** A stack that ends with the test. */
async function started(): Promise<Stack> {
  const stack = await startStack({ workdir });
  onTestFinished(() => stack.stop());
  return stack;
}

const bodies = async ({ supabase }: Pick<Awaited<ReturnType<Stack['signIn']>>, 'supabase'>) =>
  (await supabase.from('letters').select('body')).data;

test('two stacks at the same time have nothing in common', async () => {
  const [one, two] = await Promise.all([started(), started()]);
  const [alice, other] = await Promise.all([
    one.signIn('alice', { groups: ['editors'] }),
    two.signIn('alice'),
  ]);
  expect(alice.claims).toMatchObject({ app_role: 'editors', tenant: 'acme' });
  expect(other.claims).not.toHaveProperty('app_role');
  expect(other.sub).not.toBe(alice.sub);
  await alice.supabase.from('letters').insert({ body: 'hers' }).throwOnError();
  expect(await bodies(alice)).toEqual([{ body: 'hers' }]);
  const all = 'select body from public.letters order by body';
  expect(await one.sql(all)).toEqual([{ body: 'hers' }, { body: 'of the seed' }]);
  expect(await two.sql(all)).toEqual([{ body: 'of the seed' }]);
  // Signatures are right, but the token is of another pool.
  const foreign = await fetch(`${two.env.SUPABASE_URL}/rest/v1/letters`, {
    headers: {
      apikey: two.env.SUPABASE_PUBLISHABLE_KEY,
      authorization: `Bearer ${alice.accessToken}`,
    },
  });
  expect(foreign.status).toBe(401);
  const users = 'select email from cognito.users order by email';
  await two.signIn('bob');
  const emails = async ({ sql }: Stack) => (await sql(users)).map(({ email }) => email);
  expect(await emails(one)).toEqual(['ada@example.com', 'alice@people.example']);
  expect(await emails(two)).toEqual([
    'ada@example.com',
    'alice@people.example',
    'bob@people.example',
  ]);
});

test('an expired token is refused, and the next sign-in is not', async () => {
  const stack = await started();
  const [alice, bob] = [await stack.signIn('alice'), await stack.signIn('bob')];
  await stack.expire(alice);
  expect(Number(alice.claims.exp)).toBeLessThan(Date.now() / 1000);
  const { status, error } = await alice.supabase.from('letters').select();
  expect({ status, code: error?.code }).toEqual({ status: 401, code: 'PGRST303' });
  expect(await bodies(bob)).toEqual([]);
  expect(await bodies(await stack.signIn('alice'))).toEqual([]);
  await expect(stack.expire(alice)).rejects.toThrow(/expired/i);
});

test('a revoked session is refused by its database alone', async () => {
  const [one, two] = await Promise.all([started(), started()]);
  const [here, there] = [await one.signIn('alice'), await two.signIn('alice')];
  await one.revoke(here);
  expect((await here.supabase.from('letters').select()).error?.code).toBe('PT401');
  expect(await bodies(there)).toEqual([]);
});

test('a copy has the privileges and settings of the database', async () => {
  const { sql } = await started();
  const [row] = await sql(`
    select has_database_privilege('authenticated', current_database(), 'temporary') as temporary,
           has_database_privilege('authenticator', current_database(), 'connect') as connect,
           pg_get_userbyid(datdba) as owner
    from pg_database where datname = current_database()`);
  expect(row).toEqual({ temporary: false, connect: true, owner: 'postgres' });
});

test('a program of the settings gets a token and reads by the policies', async () => {
  const stack = await started();
  const { clientId, clientSecret, tokenEndpoint, scopes } = stack.machine('nightly');
  const answer = await fetch(tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: scopes.join(' ') }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  await stack.sql('insert into public.letters (owner_sub, body) values ($1, $2)', [
    clientId,
    'of the program',
  ]);
  const read = await fetch(`${stack.env.SUPABASE_URL}/rest/v1/letters?select=body`, {
    headers: { apikey: stack.env.SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${token}` },
  });
  expect(await read.json()).toEqual([{ body: 'of the program' }]);
  expect(() => stack.machine('daily')).toThrow('has no machine daily');
});

test('a process that is killed leaves nothing, and one that forgets to stop ends', async () => {
  const stack = await started();
  const copies = async () =>
    Number(
      (await stack.sql(`select count(*) from pg_database where datname ^@ 'test_'`))[0]?.count,
    );
  // One for this test, and one that is ready for the next.
  const waitForTwo = () =>
    vi.waitFor(async () => expect(await copies()).toBe(2), { timeout: 10_000 });
  await waitForTwo();
  const begin = `import { startStack } from '${TESTING}'; await startStack({ workdir: '${workdir}' });`;
  const script = (rest: string) => ['--input-type=module', '--eval', `${begin}${rest}`];
  await expect(
    run(process.execPath, script(`process.kill(process.pid, 'SIGKILL')`)),
  ).rejects.toMatchObject({ signal: 'SIGKILL' });
  // Killed while it waits: no spare stack knows this origin, so it takes longer.
  const waiting = begin.replace(
    'await startStack({',
    "startStack({ origins: ['http://localhost:1'],",
  );
  const kill = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), 60);`;
  await expect(
    run(process.execPath, ['--input-type=module', '--eval', `${waiting}${kill}`]),
  ).rejects.toMatchObject({ signal: 'SIGKILL' });
  await run(process.execPath, script(''));
  await waitForTwo();
});

test('edge functions of the project run, with their own environment', async () => {
  const functions = path.join(workdir, 'supabase/functions');
  for (const name of ['hello', 'locked', 'broken'])
    await mkdir(path.join(functions, name), { recursive: true });
  const code = (text: string) => `Deno.serve(async (request) => Response.json(${text}));`;
  await writeFile(
    path.join(functions, 'hello/index.ts'),
    code(`{
      path: new URL(request.url).pathname,
      body: await request.text(),
      isSignedIn: request.headers.has('authorization'),
      greeting: Deno.env.get('GREETING'),
      issuer: Deno.env.get('COGNITO_ISSUER'),
      ofTheTest: Deno.env.get('ONLY_OF_THE_TEST') ?? null,
      pid: Deno.pid,
    }`),
  );
  await writeFile(path.join(functions, 'locked/index.ts'), code('{}'));
  await writeFile(path.join(functions, 'broken/index.ts'), 'throw new Error("no server");');
  await writeFile(path.join(functions, '.env'), 'GREETING=hi\n');
  const config = await readFile(path.join(workdir, 'supabase/config.toml'), 'utf8');
  const open = ['hello', 'broken'].map((name) => `\n[functions.${name}]\nverify_jwt = false\n`);
  await write('supabase/config.toml', `${config}${open.join('')}`);
  vi.stubEnv('ONLY_OF_THE_TEST', 'secret');
  onTestFinished(() => void vi.unstubAllEnvs());
  const stack = await startStack({ workdir });
  const { supabase } = await stack.signIn('alice');
  const { data } = await supabase.functions.invoke('hello', { body: 'good day' });
  const { pid, ...said } = data;
  expect(said).toEqual({
    ...{ path: '/hello', body: 'good day', isSignedIn: true, greeting: 'hi' },
    ...{ issuer: stack.env.COGNITO_ISSUER, ofTheTest: null },
  });
  const status = async (name: string) =>
    (await fetch(`${stack.env.SUPABASE_URL}/functions/v1/${name}`)).status;
  expect(await status('hello/and/more?x=1')).toBe(200);
  expect(await status('locked')).toBe(401);
  expect(await status('broken')).toBe(503);
  expect(await status('nothing')).toBe(404);
  expect(await status('..%2F..%2Fconfig.toml')).toBe(404);
  expect(await commandLine(pid)).toContain('hello/index.ts');
  await stack.stop();
  await vi.waitFor(async () => expect(await commandLine(pid)).toBeUndefined(), { timeout: 5_000 });
});

/** @returns the exit code, and what was printed */
async function kit(...args: readonly string[]): Promise<[number, string]> {
  const lines: unknown[] = [];
  const take = (line: unknown) => void lines.push(line);
  vi.spyOn(console, 'log').mockImplementation(take);
  vi.spyOn(console, 'error').mockImplementation(take);
  try {
    const code = await main([...args, '--workdir', workdir]);
    return [code, lines.join('\n')];
  } finally {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  }
}

test('types and tests in SQL need no stack that runs', async () => {
  const file = path.join(workdir, 'src/database.ts');
  expect(await kit('types', file)).toEqual([0, `${file} written`]);
  expect(await readFile(file, 'utf8')).toMatch(/letters: \{\s+Row: \{\s+body: string/);
  await mkdir(path.join(workdir, 'supabase/tests'));
  const pgtap = (expected: number) => `begin;
    select plan(1);
    select is((select count(*) from public.letters), ${expected}::bigint, 'letters of the seed');
    select * from finish();
    rollback;`;
  await write('supabase/tests/letters.test.sql', pgtap(1));
  expect(await kit('test')).toEqual([0, '✓ letters.test.sql  1 passed, of 1']);
  await write('supabase/tests/letters.test.sql', pgtap(2));
  const [code, said] = await kit('test');
  expect(code).toBe(1);
  expect(said).toMatch(/^× letters\.test\.sql {2}0 passed, of 1\n.*not ok 1 - letters of the seed/);
});

test('the helper signs people in, and a statement that fails is named with its line', async () => {
  const tests = path.join(workdir, 'supabase/tests');
  const [folder, file] = [path.join(tests, 'people'), 'people.test.sql'];
  await mkdir(folder, { recursive: true });
  const pgtap = (sub: string) => `begin;
\\ir helpers/login.psql
select plan(1);
create table public.own (id uuid default auth.uid());
grant insert on public.own to authenticated;
select tests.login('${sub}');
-- A row of hers.
insert into public.own
  default values;
select pass('written');
select * from finish();
rollback;
`;
  await write(`supabase/tests/people/${file}`, pgtap('ada'));
  const [, missing] = await kit('test', folder);
  expect(missing).toMatch(
    /# there is no file .*login\.psql, .*`npx cognito-supabase test --helpers`/,
  );

  const helper = path.join(folder, 'helpers/login.psql');
  expect(await kit('test', folder, '--helpers')).toEqual([0, `${helper} written`]);
  expect(await kit('test', folder, '--helpers')).toEqual([0, 'nothing to do: the file is there']);
  expect(await kit('test', folder)).toEqual([
    1,
    `× ${file}  0 passed, no plan\n` +
      '    # line 8: invalid input syntax for type uuid: "ada"\n' +
      '    #   insert into public.own',
  ]);
  await write(`supabase/tests/people/${file}`, pgtap('0b7d2a52-27d2-4a5c-8f0c-5f0a6a4b9c11'));
  expect(await kit('test', folder)).toEqual([0, `✓ ${file}  1 passed, of 1`]);

  await writeFile(helper, '-- mine');
  const [code, said] = await kit('test', folder, '--helpers');
  expect(code).toBe(1);
  expect(said).toContain('has another text, and stays');
  expect(await readFile(helper, 'utf8')).toBe('-- mine');
  await rm(folder, { recursive: true });
});

test('a wrong migration or setting is named, and the next start has the corrected one', async () => {
  const migration = 'supabase/migrations/20990101000001_wrong.sql';
  await write(migration, 'create table public.wrong (id nothing);');
  await expect(startStack({ workdir })).rejects.toThrow(/20990101000001_wrong\.sql.*nothing.*→/s);
  for (const command of ['types', 'test']) {
    const [code, said] = await kit(command);
    expect(code).toBe(1);
    expect(said).toMatch(
      /^error MIGRATION_FAILED: .*20990101000001_wrong\.sql: .*\n {2}→ correct the/s,
    );
    expect(said).not.toMatch(/^ {4}at /m);
  }
  await rm(path.join(workdir, migration));
  await write('cognito-supabase.config.mjs', CONFIG.replace(`['readers']`, `['two words']`));
  await expect(startStack({ workdir })).rejects.toThrow(/cognito-supabase\.config\.mjs: groups\.0/);
  await write('cognito-supabase.config.mjs', CONFIG);
  const { sql } = await started();
  expect(await sql(`select to_regclass('public.wrong') as it`)).toEqual([{ it: null }]);
});
