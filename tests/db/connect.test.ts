/** `connect` and `disconnect` against a real Postgres, the stand-in of the Management API, and AWS behind HTTP. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statementsOf } from '../../cli/hosted/sql-statements.ts';
import { addFakeCdk } from '../support/fake-cdk.ts';
import { useNewProjects } from '../support/hosted-hooks.ts';
import { HostedWorld } from '../support/hosted-world.ts';
import { newDir, removeDir, stackEnv } from '../support/stack.ts';

let world: HostedWorld;
const BY_URL = { dbUrl: true as const };

beforeAll(async () => {
  world = await HostedWorld.start();
});
afterAll(() => world?.stop());
useNewProjects(() => world);

test('a run leaves what the guides ask for', () => {
  const { project, rows, keys } = world.connected;
  expect(project).toMatchObject({
    providers: [{ oidc_issuer_url: expect.stringContaining(world.pool.userPoolId) }],
    auth: { disable_signup: true, external_email_enabled: false },
    postgrest: { db_schema: 'public', max_rows: 1000 },
  });
  expect(rows).toMatchObject({
    trust: [{ client_id: 'machine-client', app_role: 'support' }, { client_id: 'web-client' }],
    jobs: [{ jobname: 'refresh-cognito-directory' }, { jobname: 'sweep-revocations' }],
    vault: [
      { name: 'cognito_access_key_id', is: 'AKIA' },
      { name: 'cognito_endpoint_url', is: world.pool.url },
      { name: 'cognito_region' },
      { name: 'cognito_secret_access_key', is: 'made' },
      { name: 'cognito_user_pool_id', is: world.pool.userPoolId },
    ],
  });
  expect((rows as { people: unknown[] }).people).toHaveLength(world.pool.users.length);
  expect(keys).toBe(1);
});

describe.each([
  ['the Management API', {}],
  ['its URL', BY_URL],
])('the database by %s', (_, way) => {
  test('a plan changes nothing; a run ends the same; the second run has nothing to do', async () => {
    const before = await world.state(false);
    expect(await world.connect({ ...way, dryRun: true })).toBe(true);
    expect(world.printed.at(-1)).toBe('nothing was changed');
    expect(world.changes()).toHaveLength(14);
    expect(await world.connect({ ...way, yes: false })).toBe(false);
    expect(world.printed.at(-1)).toBe('nothing was changed: --yes carries it out');
    expect(await world.state(false)).toEqual(before);
    expect(world.api.requests.filter(({ isChange }) => isChange)).toEqual([]);

    expect(await world.connect(way)).toBe(true);
    expect(world.printed).toContain('17 of 19 steps to the first row were done here');
    await world.expectConnected();

    world.printed.length = world.api.requests.length = 0;
    expect(await world.connect(way)).toBe(true);
    expect(world.changes()).toEqual([]);
    expect(world.printed).toContain('nothing to do: everything is connected');
    expect(world.api.requests.filter(({ isChange }) => isChange)).toEqual([]);
    await world.expectConnected();
  });
});

describe('cut off', () => {
  test('while AWS makes the access key: the lost key is deleted', async () => {
    world.aws.after = (action) => (action === 'CreateAccessKey' ? 'cut' : undefined);
    await expect(world.connect()).rejects.toMatchObject({ code: 'POOL_UNREACHABLE' });
    const lost = [...world.aws.keys.keys()];
    expect(lost).toHaveLength(1);
    world.aws.after = () => undefined;
    expect(await world.connect()).toBe(true);
    expect([...world.aws.keys.keys()]).not.toEqual(lost);
    await world.expectConnected();
  });
});

const THEIRS = 'https://accounts.example.com';

test('settings that somebody has changed are put right, and nothing else', async () => {
  expect(await world.connect()).toBe(true);
  const { project } = world.api;
  project.auth.disable_signup = false;
  project.auth.external_email_enabled = true;
  project.postgrest.db_schema = 'public,cognito';
  const [own] = project.thirdPartyAuth;
  project.thirdPartyAuth = [
    { ...own, id: 'a', custom_jwks: { keys: [] } },
    { ...own, id: 'b', oidc_issuer_url: THEIRS },
  ];
  world.aws.keys.clear();
  await world.inDatabase(async (client) => {
    await client.query(
      "select vault.update_secret(id, 'us-east-1') from vault.secrets where name = 'cognito_region'",
    );
    await client.query(
      "select vault.update_secret(id, 'local-1_Other') from vault.secrets where name = 'cognito_user_pool_id'",
    );
    await client.query('select cognito.connect()');
    await client.query(
      `select cognito_supabase.set_trust('[{"issuer": "${THEIRS}", "client_id": "theirs"}]')`,
    );
    await client.query('alter role authenticator reset pgrst.db_pre_request');
    await client.query("select cron.unschedule('sweep-revocations')");
    await client.query(
      "select cron.schedule('refresh-cognito-directory', '* * * * *', 'select 1')",
    );
  });
  await world.writeEnvFile('# ours\nVITE_COGNITO_CLIENT_ID=another\nOTHER=kept\n');
  expect(await world.connect()).toBe(true);
  expect(await world.readEnvFile()).toMatch(
    /^# ours\nVITE_COGNITO_CLIENT_ID=web-client\nOTHER=kept\nVITE_SUPABASE_URL=/,
  );
  // A provider of somebody else stays.
  expect(project.thirdPartyAuth.map(({ oidc_issuer_url }) => oidc_issuer_url)).toContain(THEIRS);
  project.thirdPartyAuth = project.thirdPartyAuth.filter((one) => one.oidc_issuer_url !== THEIRS);
  await world.expectConnected();
});

test('--rotate-key makes a key, uses it, and deletes the former one', async () => {
  expect(await world.connect()).toBe(true);
  const [first = ''] = world.aws.keys.keys();
  expect(await world.connect({ rotateKey: true })).toBe(true);
  const [second = '', ...others] = world.aws.keys.keys();
  expect(second).not.toBe(first);
  expect(others).toEqual([]);
  const { rows } = await world.inDatabase((client) =>
    client.query("select secret from vault.secrets where name like '%key%' order by name"),
  );
  expect(rows.map(({ secret }) => secret)).toEqual([second, world.aws.keys.get(second)]);
  await world.expectConnected();
});

test('a key in Secrets Manager is read, and rotated with the secret', async () => {
  world.setOutputs({ ...world.outputs(), ReaderSecretName: 'kit/reader' });
  for (const serial of ['one', 'two']) {
    const key = { accessKeyId: `AKIA-${serial}`, secretAccessKey: `made-${serial}-in-the-secret` };
    world.aws.secrets.set('kit/reader', JSON.stringify(key));
    expect(await world.connect()).toBe(true);
    const { rows } = await world.inDatabase((client) =>
      client.query("select secret from vault.secrets where name like '%key%' order by name"),
    );
    expect(rows.map(({ secret }) => secret)).toEqual(Object.values(key));
  }
  expect(world.aws.keys.size).toBe(0);
});

test('a project without modules gets what needs none, and hears what is left out', async () => {
  const workdir = await newDir();
  await expect(world.connect({ workdir })).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
  expect(world.api.requests).toEqual([]);
  await mkdir(path.join(workdir, 'supabase'));
  await writeFile(path.join(workdir, 'supabase/config.toml'), 'project_id = "bare"\n');
  try {
    expect(await world.connect({ workdir })).toBe(true);
    expect(world.printed.filter((line) => line.startsWith('  –')).join('\n')).toMatch(
      /extensions.*access key.*Vault.*no module trust.*cognito\.users.*pre-request.*schedules.*cognito\.directory/s,
    );
    expect(world.printed).toContain('9 of 19 steps to the first row were done here, 8 left out');
    expect(world.aws.keys.size).toBe(0);
  } finally {
    await removeDir(workdir);
  }
});

test('tables that nobody guards are counted', async () => {
  expect(await world.connect()).toBe(true);
  expect(world.printed.join('\n')).not.toContain('not guarded');
  await world.inDatabase((client) => client.query('create table public.open_to_all (id int)'));
  await world.inDatabase((client) =>
    client.query('alter table public.open_to_all disable row level security'),
  );
  expect(await world.connect()).toBe(true);
  expect(world.printed.join('\n')).toContain('note: not guarded: 1 of the tables');
});

test('a migration that fails is named, and nothing of it stays', async () => {
  const remove = await world.addMigration(
    '20270101000000_own.sql',
    'create table public.own (id int);\nselect 1 / 0;',
  );
  try {
    for (const way of [{}, BY_URL]) {
      await expect(world.connect(way)).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        message: expect.stringMatching(/20270101000000_own\.sql.*division by zero/s),
      });
      const { rows } = await world.inDatabase((client) =>
        client.query("select to_regclass('public.own') as own"),
      );
      expect(rows).toEqual([{ own: null }]);
    }
  } finally {
    await remove();
  }
  expect(await world.connect()).toBe(true);
  await world.expectConnected();
});

test('--deploy runs cdk deploy first, and connects with its outputs', async () => {
  const app = path.join(world.workdir, 'infra');
  await addFakeCdk(app, 'cp made.json "$5"');
  const made = JSON.stringify({ 'cognito-supabase-dev': world.outputs() });
  await writeFile(path.join(app, 'made.json'), made);
  world.aws.stacks.clear();
  try {
    // Nothing is deployed for a plan, and nothing without a consent.
    const stays = { code: 'OUTPUTS_MISSING' };
    await expect(world.connect({ deploy: true, dryRun: true })).rejects.toMatchObject(stays);
    await expect(world.connect({ deploy: true, yes: false })).rejects.toMatchObject(stays);
    expect(await world.connect({ deploy: true })).toBe(true);
    expect(world.printed).toContain('18 of 19 steps to the first row were done here');
    await world.expectConnected();
  } finally {
    await rm(app, { recursive: true });
  }
});

test('the statements of a migration are those that the CLI records', async () => {
  const client = new pg.Client({ connectionString: stackEnv().SUPABASE_DB_URL });
  await client.connect();
  const { rows } = await client
    .query('select version, name, statements from supabase_migrations.schema_migrations')
    .finally(() => client.end());
  expect(rows.length).toBeGreaterThan(30);
  for (const { version, name, statements } of rows) {
    const file = new URL(`../../supabase/migrations/${version}_${name}.sql`, import.meta.url);
    expect(statementsOf(await readFile(file, 'utf8'))).toEqual(statements);
  }
});
