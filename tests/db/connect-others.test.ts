/** `connect` and `disconnect` where somebody else works too: another machine, another stage, a person at the dashboard. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { disconnect } from '../../cli/connect/run.ts';
import { useNewProjects } from '../support/hosted-hooks.ts';
import { HostedWorld } from '../support/hosted-world.ts';

let world: HostedWorld;
const BY_URL = { dbUrl: true as const };

beforeAll(async () => {
  world = await HostedWorld.start();
});
afterAll(() => world?.stop());
useNewProjects(() => world);

const sql = (text: string) => world.inDatabase((client) => client.query(text));
const undo = (more = {}) => disconnect(...world.run(more));
const lineOf = (step: string): string | undefined =>
  world.printed.findLast((line) => line.slice(4).startsWith(step));

describe('a new checkout, such as of CI, has the record of Vault', () => {
  test('a key that is rotated there is deleted later, and disconnect gives back what was there', async () => {
    const before = await world.state(false);
    expect(await world.connect()).toBe(true);
    await world.deleteRecordFile();
    expect(await world.connect({ rotateKey: true })).toBe(true);
    expect(world.aws.keys.size).toBe(1);
    await world.deleteRecordFile();
    expect(await world.connect({ rotateKey: true })).toBe(true);
    await world.expectConnected();
    await world.deleteRecordFile();
    await rm(path.join(world.workdir, '.env.local'));
    expect(await undo({ dropModules: true })).toBe(true);
    expect(await world.state(false)).toEqual(before);
    await expect(undo()).rejects.toMatchObject({ code: 'RECORD_MISSING' });
  });

  test('a pool that was replaced there is no longer accepted', async () => {
    expect(await world.connect()).toBe(true);
    const outputs = world.outputs();
    const UserPoolId = 'local-1_Newer';
    const Issuer = `https://cognito-idp.local-1.amazonaws.com/${UserPoolId}`;
    const TrustedClients = JSON.stringify([{ issuer: Issuer, client_id: 'newer' }]);
    world.setOutputs({ ...outputs, UserPoolId, Issuer, TrustedClients });
    await world.deleteRecordFile();
    world.printed.length = 0;
    expect(await world.connect({ dryRun: true })).toBe(true);
    expect(lineOf('cognito.users')).toContain(`read ${UserPoolId}`);
    expect(lineOf('cognito.directory')).toContain(
      `read all users of ${UserPoolId}, in place of ${outputs.UserPoolId}`,
    );
    // The fake pool has one id only, so the copy fails. What comes before is changed.
    await world.connect().catch(() => false);
    expect(world.api.project.thirdPartyAuth).toMatchObject([{ oidc_issuer_url: Issuer }]);
  });

  test('a newer one, which another machine has kept meanwhile, is not overwritten', async () => {
    expect(await world.connect()).toBe(true);
    world.api.project.auth.disable_signup = false;
    let isNewer = false;
    // After this run has read the record, and before it writes the next one.
    world.api.before = async ({ body }) => {
      if (isNewer || !/md5\(s\.text\)/.test(body.query ?? '')) return undefined;
      isNewer = true;
      await sql(`select vault.update_secret(id, jsonb_set(decrypted_secret::jsonb, '{revision}', '900')::text)
        from vault.decrypted_secrets where name = 'cognito-supabase connect dev'`);
      return undefined;
    };
    await expect(world.connect()).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS' });
    expect(world.api.project.auth.disable_signup).toBe(false);
    expect(await world.connect()).toBe(true);
    const { rows } = await sql(`select (decrypted_secret::jsonb ->> 'revision')::int > 900 as newer
      from vault.decrypted_secrets where name = 'cognito-supabase connect dev'`);
    expect(rows).toEqual([{ newer: true }]);
    await world.expectConnected();
  });
});

describe('two stages', () => {
  test('of one project are refused, also from another folder', async () => {
    expect(await world.connect()).toBe(true);
    world.aws.stacks.set('cognito-supabase-prod', world.outputs());
    const refused = {
      code: 'PROJECT_MISMATCH',
      message: expect.stringContaining('is connected with stage dev already'),
    };
    await expect(world.connect({ stage: 'prod' })).rejects.toMatchObject(refused);
    await world.deleteRecordFile();
    await expect(world.connect({ stage: 'prod' })).rejects.toMatchObject(refused);
    await world.expectConnected();
  });
});

describe('an access key that somebody has made', () => {
  test('stays, after there was no room for one', async () => {
    world.aws.keys.set('AKIATHEIRS1', 'theirs-one').set('AKIATHEIRS2', 'theirs-two');
    await expect(world.connect()).rejects.toMatchObject({ code: 'KEY_LIMIT' });
    world.aws.keys.clear();
    world.aws.keys.set('AKIABYHAND', 'by-hand');
    world.aws.made.set('AKIABYHAND', new Date().toISOString());
    world.printed.length = 0;
    expect(await world.connect()).toBe(true);
    expect([...world.aws.keys.keys()]).toContain('AKIABYHAND');
    expect(await undo()).toBe(true);
    expect([...world.aws.keys.keys()]).toEqual(['AKIABYHAND']);
  });

  test('long after the answer about another one was lost stays', async () => {
    world.aws.after = (action) => (action === 'CreateAccessKey' ? 'cut' : undefined);
    await expect(world.connect()).rejects.toMatchObject({ code: 'POOL_UNREACHABLE' });
    const [lost = ''] = world.aws.keys.keys();
    world.aws.after = () => undefined;
    world.aws.keys.set('AKIALATER', 'by-hand');
    world.aws.made.set('AKIALATER', new Date(Date.now() + 3_600_000).toISOString());
    world.printed.length = 0;
    expect(await world.connect({ dryRun: true })).toBe(true);
    expect(lineOf('access key')).toContain(`delete ${lost}, which connect made; make one`);
    expect(await world.connect()).toBe(true);
    expect([...world.aws.keys.keys()]).toContain('AKIALATER');
    expect([...world.aws.keys.keys()]).not.toContain(lost);
  });
});

test('disconnect leaves what somebody has set since', async () => {
  expect(await world.connect()).toBe(true);
  const { project } = world.api;
  project.postgrest.db_schema = 'public,reports';
  project.auth.disable_signup = false;
  const theirs = { issuer: 'https://accounts.example.com', client_id: 'theirs' };
  const { TrustedClients = '' } = world.outputs();
  const all = JSON.stringify([...JSON.parse(TrustedClients), theirs]);
  await sql(`select cognito_supabase.set_trust('${all}')`);
  const written = (await world.readEnvFile()) ?? '';
  await world.writeEnvFile(
    written.replace(/VITE_SUPABASE_URL=.*/, 'VITE_SUPABASE_URL=http://localhost').concat('OWN=1\n'),
  );
  expect(await undo()).toBe(true);
  expect(project.postgrest.db_schema).toBe('public,reports');
  expect(lineOf('exposed schemas')).toContain('as somebody has set since');
  expect(project.thirdPartyAuth).toEqual([]);
  const { rows } = await sql('select client_id from cognito_supabase.trusted_clients');
  expect(rows).toEqual([{ client_id: 'theirs' }]);
  expect(await world.readEnvFile()).toBe('VITE_SUPABASE_URL=http://localhost\nOWN=1\n');
});

test('a line of somebody else in the file of the web app does not stop disconnect', async () => {
  expect(await world.connect()).toBe(true);
  await world.writeEnvFile(`${await world.readEnvFile()}OWN=1\n`);
  expect(await undo()).toBe(true);
  expect(await world.readEnvFile()).toBe('OWN=1\n');
  expect(world.api.project.thirdPartyAuth).toEqual([]);
});

test.each([{}, BY_URL])(
  '--drop-modules names what needs a module, and changes nothing',
  async (way) => {
    expect(await world.connect(way)).toBe(true);
    await sql(`create table public.own (id int); alter table public.own enable row level security;
    create policy "needs trust" on public.own using ((select cognito_supabase.is_trusted()))`);
    const before = await world.state();
    await expect(undo({ ...way, dropModules: true })).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringMatching(/cannot be removed:.*needs trust/s),
      hint: expect.stringContaining('--drop-modules'),
    });
    expect(await world.state()).toEqual(before);
    await sql('drop table public.own');
    expect(await undo({ ...way, dropModules: true })).toBe(true);
  },
);

describe('the pre-request function', () => {
  test('that only names the one of the kit in a comment does not count', async () => {
    expect(await world.connect()).toBe(true);
    await sql(`create function public.pre() returns void language plpgsql as $$
      begin /* TODO cognito_supabase.check_request() */ -- cognito_supabase.check_request()
      end $$;
      alter role authenticator set pgrst.db_pre_request = 'public.pre'`);
    world.printed.length = 0;
    expect(await world.connect()).toBe(true);
    expect(lineOf('pre-request')).toMatch(/^ {2}–.*add "perform/);
  });

  test('of this database counts before the one of all', async () => {
    expect(await world.connect()).toBe(true);
    const here = `alter role authenticator in database ${world.database}`;
    await sql(`${here} set pgrst.db_pre_request = 'public.nothing'`);
    world.printed.length = 0;
    expect(await world.connect()).toBe(true);
    expect(lineOf('pre-request')).toMatch(/^ {2}– .*calls public\.nothing/);
    await sql(`${here} reset pgrst.db_pre_request`);
  });
});

test('a Data API that is off stays off', async () => {
  const config = path.join(world.workdir, 'supabase/config.toml');
  const { project } = world.api;
  project.postgrest.db_schema = '';
  try {
    await writeFile(config, 'project_id = "own"\n[api]\nenabled = false\nschemas = ["public"]\n');
    expect(await world.connect()).toBe(true);
    expect(lineOf('exposed schemas')).toContain('the Data API is off');
    expect(project.postgrest.db_schema).toBe('');
  } finally {
    await writeFile(config, 'project_id = "own"\n[api]\nschemas = ["public"]\n');
  }
});

test('a schedule that somebody has switched off is switched on', async () => {
  expect(await world.connect()).toBe(true);
  await world.admin(
    "update cron.job set active = false where jobname = 'sweep-revocations'",
    world.database,
  );
  expect(await world.connect({ check: true })).toBe(false);
  expect(await world.connect()).toBe(true);
  expect(await world.connect({ check: true })).toBe(true);
  await world.expectConnected();
});

test('a plan shows each removal, however many changes there are', async () => {
  expect(await world.connect()).toBe(true);
  const { Issuer = '' } = world.outputs();
  const many = Array.from({ length: 14 }, (_, n) => ({
    ...{ issuer: Issuer, client_id: `client${n}${'a'.repeat(20)}` },
  }));
  await sql(
    `select cognito_supabase.set_trust('${JSON.stringify([{ issuer: Issuer, client_id: 'byhand' }])}')`,
  );
  world.setOutputs({ ...world.outputs(), TrustedClients: JSON.stringify(many) });
  world.printed.length = 0;
  expect(await world.connect({ dryRun: true })).toBe(true);
  expect(lineOf('trusted app clients')).toMatch(/- byhand.*\+ client13a+$/);
});

test('a folder for the file of the web app that is not there is found before anything is changed', async () => {
  await expect(world.connect({ webEnv: 'none/.env' })).rejects.toMatchObject({
    code: 'BAD_OPTION',
  });
  await mkdir(path.join(world.workdir, 'none'));
  try {
    expect(await world.connect({ webEnv: 'none/.env' })).toBe(true);
  } finally {
    await rm(path.join(world.workdir, 'none'), { recursive: true });
  }
});
