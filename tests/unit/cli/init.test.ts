/** `init` on projects as they are: right, or refused with the reason, and never half. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from '../../../cli/main.ts';

/** The part of the CLI's own config.toml that matters. */
const CLI_CONFIG = `# For detailed configuration reference documentation, visit:
# https://supabase.com/docs/guides/local-development/cli/config
project_id = "app"

[api]
enabled = true
port = 54321

[auth]
enabled = true
site_url = "http://127.0.0.1:3000"

# Use Firebase Auth as a third-party provider alongside Supabase Auth.
[auth.third_party.firebase]
enabled = false
# project_id = "my-firebase-project"

# Use AWS Cognito (Amplify) as a third-party provider alongside Supabase Auth.
[auth.third_party.aws_cognito]
enabled = false
# user_pool_id = "my-user-pool-id"
# user_pool_region = "us-east-1"

# Use Clerk as a third-party provider alongside Supabase Auth.
[auth.third_party.clerk]
enabled = false
# domain = "example.clerk.accounts.dev"

[edge_runtime]
enabled = true
`;

const PROFILES = `create table public.profiles (
  id uuid references auth.users on delete cascade primary key, -- references auth.users
  name text
);
alter table public.profiles enable row level security;
create policy "own" on public.profiles for select using (auth.uid() = id);
create function public.handle_new_user() returns trigger language plpgsql security definer as $$
begin
  insert into public.profiles (id) values (new.id);
  return new;
end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();
`;

let dir: string;
let output: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'init-'));
  output = '';
  const take = (line: unknown) => {
    output += `${line}\n`;
  };
  vi.spyOn(console, 'log').mockImplementation(take);
  vi.spyOn(console, 'error').mockImplementation(take);
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), text);
  }
}

/** All files with their texts. */
async function tree(): Promise<Record<string, string>> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const entries = files.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return [path.relative(dir, file), await readFile(file, 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const init = (...args: string[]) => main(['init', '--workdir', dir, ...args]);
const read = (name: string) => readFile(path.join(dir, name), 'utf8');
const migrations = async () =>
  (await readdir(path.join(dir, 'supabase/migrations'))).filter((name) => name.endsWith('.sql'));

/** Nothing may change, and the reason is said. */
async function refuses(code: string, words: string, args: readonly string[] = ['--yes']) {
  const before = await tree();
  expect(await init(...args)).toBe(1);
  expect(output).toContain(`error ${code}`);
  expect(output).toContain(words);
  expect(await tree()).toEqual(before);
}

async function twiceIsOnce(args: readonly string[] = ['--yes']) {
  const before = await tree();
  output = '';
  expect(await init(...args)).toBe(0);
  expect(output).toContain('nothing to do');
  expect(await tree()).toEqual(before);
}

test('an empty folder gets a project', async () => {
  expect(await init('--yes')).toBe(0);
  const config = parse(await read('supabase/config.toml'));
  expect(config).toMatchObject({
    project_id: path.basename(dir),
    auth: {
      third_party: { aws_cognito: { enabled: true, user_pool_id: 'env(COGNITO_USER_POOL_ID)' } },
    },
  });
  expect((await migrations()).length).toBe(11);
  await twiceIsOnce();
});

test('without consent nothing is written, and everything is shown', async () => {
  for (const [args, code] of [
    [['--dry-run'], 0],
    [['--dry-run', '--yes'], 0],
    [[], 1],
  ] as const) {
    output = '';
    expect(await init(...args)).toBe(code);
    expect(output).toContain('new     supabase/config.toml');
    expect(output).toContain('nothing is written');
    expect(await tree()).toEqual({});
  }
});

test('the CLI’s own config.toml is changed in the one section, and its comments stay', async () => {
  await put({ 'supabase/config.toml': CLI_CONFIG });
  expect(await init('--yes')).toBe(0);
  expect(await read('supabase/config.toml')).toBe(
    CLI_CONFIG.replace(
      `[auth.third_party.aws_cognito]
enabled = false
# user_pool_id = "my-user-pool-id"
# user_pool_region = "us-east-1"`,
      `[auth.third_party.aws_cognito]
enabled = true
user_pool_id = "env(COGNITO_USER_POOL_ID)"
user_pool_region = "env(COGNITO_REGION)"`,
    ),
  );
  await twiceIsOnce();
});

test('profiles with a trigger on auth.users: the lines that people of Cognito do not meet', async () => {
  await put({
    'supabase/config.toml': CLI_CONFIG,
    'supabase/migrations/20300101000000_profiles.sql': PROFILES,
  });
  expect(await init('--yes')).toBe(0);
  const file = 'supabase/migrations/20300101000000_profiles.sql';
  expect(output).toContain(`to change: a foreign key to auth.users`);
  expect(output).toContain(`  ${file}:2\n`);
  expect(output).toContain(`to change: a trigger on auth.users`);
  expect(output).toContain(`  ${file}:12\n`);
  expect(output).toMatch(new RegExp(`works: auth.uid\\(\\) .*\n {2}${file}:6\n`));
  // After the newest that is there.
  const own = (await migrations()).filter((name) => name.includes('cognito_supabase'));
  expect(own).toHaveLength(11);
  for (const name of own) expect(name > '20300101000000').toBe(true);
});

test('a project with schemas of its own, as basejump has them, is left alone', async () => {
  await put({
    'supabase/config.toml': CLI_CONFIG,
    'supabase/migrations/20240414161707_basejump-setup.sql':
      'create schema if not exists basejump;\ncreate table basejump.accounts (id uuid primary key);\ncreate function public.get_accounts() returns json language sql as $$ select null::json $$;',
  });
  expect(await init('--yes', '--with', 'tenancy')).toBe(0);
  await twiceIsOnce(['--yes', '--with', 'tenancy']);
});

test('declarative schemas are read, too', async () => {
  await put({
    'supabase/config.toml': CLI_CONFIG,
    'supabase/schemas/workspaces.sql': '\n\ncreate table "public"."workspaces" (id uuid);',
  });
  await refuses(
    'NAME_TAKEN',
    'supabase/schemas/workspaces.sql:3 makes public.workspaces, and so does module tenancy',
    ['--yes', '--with', 'tenancy'],
  );
  output = '';
  expect(await init('--yes', '--with', 'trust')).toBe(0);
  expect(output).toContain('supabase/schemas is declarative');
});

describe('names that are taken', () => {
  test.each([
    ['create table app_users (id int);', 'public.app_users'],
    ['CREATE TABLE IF NOT EXISTS public.app_users (id int);', 'public.app_users'],
    [
      'create or replace function public.me() returns int language sql as $$ select 1 $$;',
      'public.me',
    ],
    ['create schema cognito_audit;', 'cognito_audit'],
  ])('are named with their line: %s', async (statement, name) => {
    await put({ 'supabase/migrations/20240101000000_a.sql': `-- a comment\n${statement}\n` });
    await refuses('NAME_TAKEN', `supabase/migrations/20240101000000_a.sql:2 makes ${name}`, [
      '--yes',
      '--with',
      'profiles',
    ]);
  });

  test('in a comment or a text are none', async () => {
    await put({
      'supabase/migrations/20240101000000_a.sql':
        "-- create table app_users\n/* create table app_users */ select 'create table app_users';",
    });
    expect(await init('--yes', '--with', 'profiles')).toBe(0);
  });
});

test('line ends of Windows stay', async () => {
  await put({
    'supabase/config.toml': CLI_CONFIG.replaceAll('\n', '\r\n'),
    'supabase/.gitignore': '.branches\r\n',
  });
  expect(await init('--yes')).toBe(0);
  for (const name of ['supabase/config.toml', 'supabase/.gitignore'])
    expect((await read(name)).replaceAll('\r\n', ''), name).not.toContain('\n');
  await twiceIsOnce();
});

describe('config.toml', () => {
  test('with another provider is refused', async () => {
    const text = CLI_CONFIG.replace(
      '[auth.third_party.clerk]\nenabled = false',
      '[auth.third_party.clerk]\nenabled = true',
    );
    await put({ 'supabase/config.toml': text });
    await refuses('CONFIG_TAKEN', 'enables clerk');
  });

  test('that cannot be read is refused', async () => {
    await put({ 'supabase/config.toml': '[auth\nenabled = 1' });
    await refuses('CONFIG_UNREADABLE', 'repair the file first');
  });

  test('in a form that cannot be changed safely is refused', async () => {
    await put({ 'supabase/config.toml': 'auth.third_party.aws_cognito = { enabled = false }\n' });
    await refuses('CONFIG_UNREADABLE', '[auth.third_party.aws_cognito]');
  });

  test('with a pool of its own keeps it', async () => {
    const text =
      '[auth.third_party.aws_cognito]\nenabled = false # later\nuser_pool_id = "eu-central-1_mine"\n';
    await put({ 'supabase/config.toml': text });
    expect(await init('--yes')).toBe(0);
    expect(parse(await read('supabase/config.toml'))).toMatchObject({
      auth: { third_party: { aws_cognito: { enabled: true, user_pool_id: 'eu-central-1_mine' } } },
    });
  });
});

test('a monorepo is asked for the folder', async () => {
  await put({ 'packages/db/supabase/config.toml': CLI_CONFIG, 'package.json': '{}' });
  await refuses('PROJECT_NOT_FOUND', '--workdir packages/db');
  expect(await main(['init', '--workdir', path.join(dir, 'packages/db'), '--yes'])).toBe(0);
});

describe('a folder in a project', () => {
  beforeEach(async () => {
    await put({ 'supabase/config.toml': CLI_CONFIG, 'infra/lib/app.ts': '' });
    vi.spyOn(process, 'cwd').mockReturnValue(path.join(dir, 'infra/lib'));
  });

  test.each(['init', 'dev'])('%s makes no second project there', async (command) => {
    const before = await tree();
    expect(await main([command, '--yes'])).toBe(1);
    process.exitCode = undefined;
    expect(output).toContain('error PROJECT_NOT_FOUND');
    expect(output).toContain('name that project with --workdir ../..,');
    expect(await tree()).toEqual(before);
  });

  test('gets one of its own if it is named', async () => {
    expect(await main(['init', '--yes', '--workdir', path.join(dir, 'infra/lib')])).toBe(0);
    expect(await read('infra/lib/supabase/config.toml')).toContain('aws_cognito');
  });

  test('that is a repository of its own is in no other project', async () => {
    await put({ 'infra/.git/HEAD': '' });
    expect(await main(['init', '--yes'])).toBe(0);
    expect(await read('infra/lib/supabase/config.toml')).toContain('aws_cognito');
  });
});

test('a line with two calls is listed once, and tables are named with their modules', async () => {
  const policy = 'create policy p on a using (auth.uid() = id) with check (auth.uid() = id);';
  const table = 'create table public.a (id uuid references auth.users);';
  await put({ 'supabase/migrations/20240101000000_a.sql': `${policy}\n${table}\n` });
  await init('--dry-run');
  expect(output.match(/_a\.sql:1\n/g)).toHaveLength(1);
  expect(output).toContain('refer to public.app_users (module profiles)');
});

// The superuser writes everywhere.
test.runIf(process.getuid?.() !== 0)('a folder that cannot be written to is refused', async () => {
  await put({ 'supabase/config.toml': CLI_CONFIG });
  await chmod(path.join(dir, 'supabase'), 0o500);
  await refuses('PROJECT_READ_ONLY', 'cannot be written to');
});

test('what fails in the middle is undone', async () => {
  await put({ 'supabase/config.toml': CLI_CONFIG });
  // A file stands where the folder of migrations has to be.
  await put({ 'supabase/migrations': 'not a folder' });
  const before = await tree();
  expect(await init('--yes')).toBe(1);
  expect(await tree()).toEqual(before);
});

test('an unknown module, and a copy that somebody has changed, are refused', async () => {
  await refuses('MODULE_UNKNOWN', 'there is no module nothing', ['--yes', '--with', 'nothing']);
  output = '';
  expect(await init('--yes')).toBe(0);
  const [first = ''] = await migrations();
  await writeFile(path.join(dir, 'supabase/migrations', first), '-- mine');
  output = '';
  await refuses('MODULE_CHANGED', first);
});

test('a workflow is written by choice, and one that is there stays', async () => {
  expect(await init('--yes', '--ci')).toBe(0);
  expect(await read('.github/workflows/policies.yml')).toContain('npm test');
  await put({ '.github/workflows/policies.yml': 'mine' });
  expect(await init('--yes', '--ci')).toBe(0);
  expect(await read('.github/workflows/policies.yml')).toBe('mine');
});
