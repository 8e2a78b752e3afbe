/** The record of `connect` in a file and in Vault: of two machines, of a copied database, lost, damaged and forged. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasVault, keep, readKept } from '../../cli/connect/kept-record.ts';
import { type Before, readRecord } from '../../cli/connect/record.ts';
import { disconnect } from '../../cli/connect/run.ts';
import { openByUrl } from '../../cli/hosted/database.ts';
import { useNewProjects } from '../support/hosted-hooks.ts';
import { HostedWorld, REF } from '../support/hosted-world.ts';
import { newProject } from '../support/management-api.ts';

const COPY = 'copyofthatprojecthere'.slice(0, 20);
const SECRET = 'cognito-supabase connect dev';
const EVIL = 'https://evil.example';

let world: HostedWorld;
/** Another machine's checkout. */
let other: string;

beforeAll(async () => {
  world = await HostedWorld.start();
  other = path.join(world.dir, 'other');
});
afterAll(() => world?.stop());
useNewProjects(() => world);
beforeEach(async () => {
  await rm(other, { recursive: true, force: true });
  await cp(path.join(world.workdir, 'supabase'), path.join(other, 'supabase'), { recursive: true });
});

const sql = (text: string, values: unknown[] = []) =>
  world.inDatabase((client) => client.query(text, values));
const undo = (more = {}) => disconnect(...world.run(more));
const place = () => ({ workdir: world.workdir, stage: 'dev', project: REF });
const isAccepted = (issuer: string): boolean =>
  world.api.project.thirdPartyAuth.some((one) => one.oidc_issuer_url === issuer);

async function changeKept(change: (record: Record<string, unknown>) => void): Promise<void> {
  const { rows } = await sql(
    'select decrypted_secret as text from vault.decrypted_secrets where name = $1',
    [SECRET],
  );
  const record = JSON.parse(rows[0].text);
  change(record);
  await sql('select vault.update_secret(id, $2) from vault.secrets where name = $1', [
    SECRET,
    JSON.stringify(record),
  ]);
}

describe('a record that somebody has forged in Vault', () => {
  test('writes no file, and makes the project accept nobody', async () => {
    expect(await world.connect()).toBe(true);
    const victim = path.join(world.dir, 'victim/.git/config');
    await mkdir(path.dirname(victim), { recursive: true });
    await writeFile(victim, '[core]\n');
    await changeKept((record) => {
      record.envFiles = [
        {
          path: '../victim/.git/config',
          isThere: true,
          values: [['fetch', 'x\n[core]\n\tfsmonitor = evil']],
          written: [['fetch', '']],
        },
      ];
      record.issuers = [...(record.issuers as string[]), EVIL];
      record.thirdPartyAuth = [{ oidc_issuer_url: EVIL }];
      (record.outputs as Record<string, string>).ReaderUserName = 'somebody-else';
    });
    await world.deleteRecordFile();
    // Its files have not the form of a file of variables.
    await expect(undo()).rejects.toMatchObject({ code: 'RECORD_WRONG' });
    await changeKept((record) => {
      record.envFiles = [
        {
          path: '../victim/.env',
          isThere: false,
          values: [['VITE_SUPABASE_URL', 'x']],
          written: [],
        },
      ];
    });
    expect(await undo()).toBe(true);
    expect(isAccepted(EVIL)).toBe(false);
    expect(await readFile(victim, 'utf8')).toBe('[core]\n');
    await expect(readFile(path.join(world.dir, 'victim/.env'))).rejects.toThrow('ENOENT');
    expect(world.printed.join('\n')).toMatch(/delete AKIA\w+ of user reader/);
    expect(world.printed.join('\n')).not.toContain('somebody-else');
  });

  test('in the file: a path or a name of another kind is refused', async () => {
    expect(await world.connect()).toBe(true);
    const file = path.join(world.workdir, '.cognito-supabase/connect-dev.json');
    const record = JSON.parse(await readFile(file, 'utf8'));
    for (const envFile of [
      { path: '../.git/config', isThere: true, values: [], written: [] },
      { path: '.env', isThere: true, values: [['PATH', 'x']], written: [] },
      { path: '.env', isThere: true, values: [['VITE_SUPABASE_URL', 'x\nPATH=y']], written: [] },
    ]) {
      await writeFile(file, JSON.stringify({ ...record, envFiles: [envFile] }));
      await expect(undo()).rejects.toMatchObject({ code: 'RECORD_WRONG' });
    }
  });
});

describe('two machines', () => {
  test('a stage that another one has disconnected takes nothing from the next stage', async () => {
    expect(await world.connect()).toBe(true);
    expect(await undo({ workdir: other })).toBe(true);
    world.aws.stacks.set('cognito-supabase-staging', world.outputs());
    expect(await world.connect({ stage: 'staging', workdir: other })).toBe(true);
    const connected = await world.state();
    // The project accepts the issuer again, so the file may count. The other stage does.
    await expect(undo()).rejects.toMatchObject({ code: 'PROJECT_MISMATCH' });
    await expect(world.connect()).rejects.toMatchObject({ code: 'PROJECT_MISMATCH' });
    expect(await world.state()).toEqual(connected);
    expect(await undo({ stage: 'staging', workdir: other })).toBe(true);
    expect(await undo()).toBe(true);
    expect(world.printed.join('\n')).toContain(
      'another machine has disconnected stage dev already',
    );
    expect(await world.readEnvFile()).toBeUndefined();
    await expect(undo()).rejects.toMatchObject({ code: 'RECORD_MISSING' });
  });

  test('an older connection does not say what was there before the newer one', async () => {
    for (let runs = 0; runs < 3; runs += 1)
      expect(await world.connect({ rotateKey: true })).toBe(true);
    expect(await undo({ workdir: other })).toBe(true);
    // Its owner closes the project.
    world.api.project.auth.disable_signup = true;
    await rm(path.join(other, '.cognito-supabase'), { recursive: true });
    expect(await world.connect({ workdir: other })).toBe(true);
    expect(await world.connect()).toBe(true);
    expect(await undo({ workdir: other })).toBe(true);
    expect(world.api.project.auth.disable_signup).toBe(true);
  });

  test('that keep a record at the same time: one does', async () => {
    expect(await world.connect()).toBe(true);
    const databases = await Promise.all([0, 1].map(() => openByUrl(world.databaseUrl)));
    try {
      const [one, two] = databases;
      const before = (await readRecord(place())) as Before;
      if (!one || !two) throw new Error('two databases');
      expect(await hasVault(one)).toBe(true);
      for (let tries = 0; tries < 20; tries += 1) {
        const { hash } = await readKept(place(), one);
        const next = (n: number) => ({ ...before, revision: before.revision + 100 * tries + n });
        const kept = await Promise.allSettled([keep(one, next(1), hash), keep(two, next(2), hash)]);
        expect(kept.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      }
    } finally {
      for (const database of databases) await database.close();
    }
  });
});

describe('a database that was copied to another project', () => {
  test('is connected as a new one, and takes nothing from the project that it came from', async () => {
    expect(await world.connect()).toBe(true);
    const [key = ''] = world.aws.keys.keys();
    const { databaseUrl } = world.api.project;
    const name = `${world.database}_copy`;
    await world.api.endSession();
    await world.admin(`create database ${name} template ${world.database} owner postgres`);
    const url = new URL(databaseUrl);
    url.pathname = `/${name}`;
    world.api.project = newProject(COPY, url.href);
    world.printed.length = 0;
    const copy = { project: COPY, workdir: other };
    expect(
      await world.connect({ ...copy, stage: 'staging', dryRun: true }).catch((error) => error.code),
    ).toBe('OUTPUTS_MISSING');
    expect(await world.connect(copy)).toBe(true);
    expect(world.printed.join('\n')).toContain(
      `note: this database is a copy of the one of project ${REF}`,
    );
    expect([...world.aws.keys.keys()]).toContain(key);
    const { rows } = await world.inDatabase((client) =>
      client.query('select name from vault.secrets order by 1'),
    );
    const names = rows.map((row) => row.name);
    expect(names).toContain(`cognito-supabase copied record dev of ${REF}`);
    expect(names.filter((one) => one.includes('before connect'))).toEqual([]);
    expect(await undo(copy)).toBe(true);
    const left = await world.inDatabase((client) =>
      client.query("select name from vault.secrets where name like 'cognito\\_%'"),
    );
    expect(left.rows).toEqual([]);
    expect([...world.aws.keys.keys()]).toEqual([key]);
  });
});

describe('a record in Vault that is lost or damaged', () => {
  test('lost: the file counts while the project is connected, and keeps it again', async () => {
    const before = await world.state(false);
    expect(await world.connect()).toBe(true);
    await sql('delete from vault.secrets where name = $1', [SECRET]);
    expect(await world.connect({ rotateKey: true })).toBe(true);
    const { rows } = await sql('select from vault.secrets where name = $1', [SECRET]);
    expect(rows).toHaveLength(1);
    expect(await undo({ dropModules: true })).toBe(true);
    expect(await world.state(false)).toEqual(before);
  });

  test('lost without a file: it says so', async () => {
    expect(await world.connect()).toBe(true);
    await world.forgetConnection();
    world.printed.length = 0;
    expect(await world.connect()).toBe(true);
    expect(world.printed.join('\n')).toContain(
      'note: it is connected, and nobody knows what was there before',
    );
  });

  test('damaged: the file counts and mends it; without a file its name is said', async () => {
    expect(await world.connect()).toBe(true);
    await sql(`select vault.update_secret(id, 'damaged') from vault.secrets where name = $1`, [
      SECRET,
    ]);
    await expect(undo({ workdir: other })).rejects.toMatchObject({
      code: 'RECORD_WRONG',
      message: expect.stringContaining(`"${SECRET}"`),
      hint: expect.stringContaining('delete the secret'),
    });
    expect(await world.connect({ rotateKey: true })).toBe(true);
    await world.deleteRecordFile();
    expect(await undo()).toBe(true);
  });
});

test('--check does not ask for a file of the web app, which no new checkout has', async () => {
  expect(await world.connect()).toBe(true);
  expect(await world.connect({ workdir: other, check: true })).toBe(true);
  expect(await world.connect({ workdir: other, check: true, webEnv: '.env.local' })).toBe(false);
  world.api.project.auth.disable_signup = false;
  expect(await world.connect({ workdir: other, check: true })).toBe(false);
});

test('disconnect leaves a key and a pre-request function that somebody has set since', async () => {
  expect(await world.connect()).toBe(true);
  await world.forgetConnection();
  await sql('alter role authenticator reset pgrst.db_pre_request');
  expect(await world.connect()).toBe(true);
  await sql(`create function public.own_check() returns void language plpgsql as $$
    begin perform cognito_supabase.check_request(); end $$;
    alter role authenticator set pgrst.db_pre_request = 'public.own_check'`);
  await sql(
    `select vault.update_secret(id, 'AKIATHEIRS') from vault.secrets where name = 'cognito_access_key_id'`,
  );
  await sql(
    `select vault.update_secret(id, 'their-secret-key') from vault.secrets where name = 'cognito_secret_access_key'`,
  );
  expect(await undo()).toBe(true);
  const { rows } = await sql(
    "select name from vault.secrets where name like 'cognito\\_%key%' order by 1",
  );
  expect(rows.map(({ name }) => name)).toEqual([
    'cognito_access_key_id',
    'cognito_secret_access_key',
  ]);
  const setting = await sql(
    `select setconfig::text as is from pg_db_role_setting where setrole = 'authenticator'::regrole and setconfig::text like '%own_check%'`,
  );
  expect(setting.rows).toHaveLength(1);
});
