/** The options of `connect`, what it needs, and its help. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectCommand, disconnectCommand } from '../../../../cli/connect/command.ts';
import { readTarget, type WrittenOptions } from '../../../../cli/connect/options.ts';
import { checkDatabaseUrl, withPassword } from '../../../../cli/hosted/database.ts';
import { Secrets } from '../../../../cli/hosted/secrets.ts';
import { newProject, startManagementApi } from '../../../support/management-api.ts';

const REF = 'abcdefghijklmnopqrst';
const TOKEN = { SUPABASE_ACCESS_TOKEN: 'sbp_token' };
let workdir: string;
beforeAll(async () => {
  workdir = await mkdtemp(path.join(tmpdir(), 'options-'));
  await mkdir(path.join(workdir, 'supabase'));
  await writeFile(path.join(workdir, 'supabase/config.toml'), 'project_id = "own"\n');
});
afterAll(() => rm(workdir, { recursive: true }));

const written = (more: Partial<WrittenOptions> = {}): WrittenOptions => ({
  stage: 'dev',
  project: REF,
  workdir,
  ...more,
});

describe('the target', () => {
  test('has the usual names', async () => {
    expect(await readTarget(written(), TOKEN)).toEqual({
      stage: 'dev',
      project: REF,
      accessToken: 'sbp_token',
      workdir,
      stack: 'cognito-supabase-dev',
      envFile: path.join(workdir, '.env.local'),
      databaseUrl: undefined,
    });
  });

  test('is the project of supabase link', async () => {
    const { project: _, ...options } = written();
    await expect(readTarget(options, TOKEN)).rejects.toMatchObject({ code: 'SETTING_MISSING' });
    await mkdir(path.join(workdir, 'supabase/.temp'), { recursive: true });
    await writeFile(path.join(workdir, 'supabase/.temp/project-ref'), `${REF}\n`);
    expect(await readTarget(options, TOKEN)).toMatchObject({ project: REF });
  });

  test('has the settings of the web app beside its package.json', async () => {
    const fileOf = async (more = {}) => (await readTarget(written(more), TOKEN)).envFile;
    await writeFile(path.join(workdir, 'package.json'), '{"devDependencies": {"next": "^16"}}');
    expect(await fileOf()).toBe(path.join(workdir, '.env.local'));
    await mkdir(path.join(workdir, 'web'));
    await writeFile(path.join(workdir, 'web/package.json'), '{"devDependencies": {"vite": "^8"}}');
    expect(await fileOf()).toBe(path.join(workdir, 'web/.env.local'));
    expect(await fileOf({ webEnv: 'app/.env' })).toBe(path.join(workdir, 'app/.env'));
  });

  test.each([
    ['a folder that is not there', { workdir: '/not/there' }, TOKEN, 'BAD_OPTION'],
    ['a stage that is a path', { stage: '../dev' }, TOKEN, 'BAD_OPTION'],
    ['a project by its name', { project: 'my project' }, TOKEN, 'BAD_OPTION'],
    ['no token', {}, {}, 'SETTING_MISSING'],
    ['an empty token', {}, { SUPABASE_ACCESS_TOKEN: '' }, 'SETTING_MISSING'],
    ['--db-url without SUPABASE_DB_URL', { dbUrl: true as const }, TOKEN, 'SETTING_MISSING'],
  ])('%s is refused', async (_, more, env, code) => {
    await expect(readTarget(written(more), env)).rejects.toMatchObject({ code });
  });
});

describe('the URL of the database', () => {
  test.each([
    `postgresql://postgres@db.${REF}.supabase.co:5432/postgres`,
    `postgresql://postgres.${REF}@aws-0-eu-central-1.pooler.supabase.com:5432/postgres`,
    'postgresql://postgres@127.0.0.1:54322/postgres',
    `postgresql://postgres:a%20b@DB.${REF.toUpperCase()}.SUPABASE.CO/postgres?sslmode=require`,
  ])('%s is taken', (url) => {
    expect(() => checkDatabaseUrl(url, REF)).not.toThrow();
  });

  test.each([
    ['postgresql://postgres@db.zzzzzzzzzzzzzzzzzzzz.supabase.co:5432/postgres', 'PROJECT_MISMATCH'],
    ['postgresql://postgres.zzz@aws-0-eu.pooler.supabase.com:5432/postgres', 'PROJECT_MISMATCH'],
    // The user names this project, and the host another one.
    [
      `postgresql://postgres.${REF}@db.zzzzzzzzzzzzzzzzzzzz.supabase.co/postgres`,
      'PROJECT_MISMATCH',
    ],
    ['postgresql://postgres@DB.ZZZZZZZZZZZZZZZZZZZZ.SUPABASE.CO/postgres', 'PROJECT_MISMATCH'],
    ['postgresql://postgres@db.zzzzzzzzzzzzzzzzzzzz.supabase%2eco/postgres', 'PROJECT_MISMATCH'],
    [
      `postgresql://postgres@db.${REF}.supabase.co/postgres?host=db.zzzzzzzzzzzzzzzzzzzz.supabase.co`,
      'SETTING_INVALID',
    ],
    [`postgresql://postgres:50%@db.${REF}.supabase.co/postgres`, 'SETTING_INVALID'],
    ['https://db.example.com', 'SETTING_INVALID'],
    ['db.example.com', 'SETTING_INVALID'],
  ])('%s is refused with %s', (url, code) => {
    expect(() => checkDatabaseUrl(url, REF)).toThrow(expect.objectContaining({ code }));
  });

  test('gets the password of PGPASSWORD if it has none', () => {
    expect(withPassword('postgresql://postgres@host/db', 'a b/c')).toBe(
      'postgresql://postgres:a%20b%2Fc@host/db',
    );
    expect(withPassword('postgresql://postgres:own@host/db', 'other')).toBe(
      'postgresql://postgres:own@host/db',
    );
  });
});

test('secrets are hidden in text, the longest first, also in URLs', () => {
  const secrets = new Secrets();
  secrets.add('secret');
  secrets.add('secret/long');
  secrets.add('abc');
  expect(secrets.hide('a secret/long, secret%2Flong, secret, abc')).toBe('a …, …, …, abc');
});

test('secrets are hidden in the forms that URLs, JSON, SQL and headers give them', () => {
  const secrets = new Secrets();
  const value = `s+e c/r"e't=1`;
  secrets.add(value);
  const url = new URL('postgresql://postgres@host/postgres');
  url.password = value;
  const forms = [
    encodeURIComponent(value),
    url.password,
    `${new URLSearchParams({ v: value })}`.slice(2),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "''"),
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
  ];
  for (const form of forms) expect(secrets.hide(`a ${form} b`), form).toBe('a … b');
});

test('the help names options, variables and permissions', () => {
  let text = '';
  const output = { writeOut: (more: string) => (text += more) };
  for (const make of [connectCommand, disconnectCommand])
    make().exitOverride().configureOutput(output).outputHelp();
  for (const word of [
    ...['--stage', '--project', '--dry-run', '--yes', '--db-url', '--drop-modules', '--rotate-key'],
    ...['SUPABASE_ACCESS_TOKEN', 'iam:ListAccessKeys', 'Examples:'],
  ])
    expect(text).toContain(word);
  expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
});

describe('the command, as a process without a terminal', () => {
  const MAIN = fileURLToPath(new URL('../../../../cli/main.ts', import.meta.url));

  async function run(args: readonly string[], env: Record<string, string>) {
    const all = [MAIN, ...args, '--stage', 'dev', '--project', REF, '--workdir', workdir];
    const { PATH = '' } = process.env;
    return new Promise<{ code: unknown; output: string }>((resolve) =>
      execFile(process.execPath, all, { env: { PATH, ...env } }, (error, out, err) =>
        resolve({ code: error?.code ?? 0, output: out + err }),
      ),
    );
  }

  test.each(['connect', 'disconnect'])('%s without a token says what to do', async (name) => {
    const { code, output } = await run([name], {});
    expect(code).toBe(1);
    expect(output).toBe(
      'error SETTING_MISSING: SUPABASE_ACCESS_TOKEN is not set\n' +
        '  → make a token at https://supabase.com/dashboard/account/tokens, and set the variable\n',
    );
  });

  test('neither a token nor a password is in its output', async () => {
    const fake = await startManagementApi(newProject(REF, ''));
    const issuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC';
    const outputs = path.join(workdir, 'outputs.json');
    const own = { Region: 'eu-central-1', UserPoolId: 'eu-central-1_AbC', Issuer: issuer };
    const stack = { ...own, ClientId: 'web', TrustedClients: '[]' };
    await writeFile(outputs, JSON.stringify({ 'cognito-supabase-dev': stack }));
    const args = ['connect', '--outputs', outputs, '--yes'];
    const [token, password] = ['sbp_a-wrong-token', 'a-password-of-the-database'];
    const env = { SUPABASE_ACCESS_TOKEN: token, SUPABASE_API_BASE_URL: fake.url };
    const refused = await run(args, env);
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/^error ACCESS_TOKEN_REFUSED: .*\n {2}→ .*\n$/m);
    const url = `postgresql://postgres:${password}@127.0.0.1:1/postgres`;
    const unreachable = await run([...args, '--db-url'], { ...env, SUPABASE_DB_URL: url });
    expect(unreachable.output).toMatch(/^error DATABASE_FAILED: .*ECONNREFUSED.*\n {2}→ .*\n$/m);
    for (const { output } of [refused, unreachable]) {
      expect(output).not.toMatch(/ {4}at /);
      expect(output).not.toContain(token);
      expect(output).not.toContain(password);
    }
    await fake.close();
  });
});
