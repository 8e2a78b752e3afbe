/** The files that `connect` writes, and the deployment that it starts. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deploy } from '../../../../cli/connect/deploy.ts';
import {
  type Before,
  readRecord,
  recordFile,
  writeRecord,
} from '../../../../cli/connect/record.ts';
import { envFile as envFileStep, withEnvFile } from '../../../../cli/connect/steps/env-file.ts';
import type { World } from '../../../../cli/connect/world.ts';
import { statementsOf } from '../../../../cli/hosted/sql-statements.ts';
import { addFakeCdk } from '../../../support/fake-cdk.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'connect-'));
});
afterEach(() => rm(dir, { recursive: true }));

const before: Before = {
  version: 1,
  connection: '0f8fad5b-d9cb-469f-a165-70867728950e',
  ...{ revision: 3, isKept: false, isFirstHand: true, vaultSet: [] },
  stage: 'dev',
  project: 'abcdefghijklmnopqrst',
  thirdPartyAuth: [{ oidc_issuer_url: 'https://accounts.example.com' }],
  auth: { disable_signup: false, external_email_enabled: null },
  exposedSchemas: 'public',
  exposedSchemasSet: null,
  directoryPool: null,
  extensions: ['plpgsql'],
  modules: [],
  vault: [],
  isConnected: false,
  trust: null,
  preRequest: null,
  schedules: [],
  madeKeys: [],
  issuers: [],
  outputs: { Region: 'eu-central-1' },
  making: null,
  envFiles: [
    {
      ...{ path: '.env.local', isThere: false },
      ...{ values: [['VITE_SUPABASE_URL', null]], written: [['VITE_SUPABASE_URL', 'https://x']] },
    },
  ],
};

describe('the record', () => {
  const place = () => ({ workdir: dir, stage: 'dev', project: before.project });

  test('is read as it was written, for its owner only, and git ignores it', async () => {
    await writeRecord(place(), before);
    expect(await readRecord(place())).toEqual(before);
    expect((await stat(recordFile(place()))).mode & 0o777).toBe(0o600);
    execFileSync('git', ['init', '--quiet', dir]);
    expect(execFileSync('git', ['-C', dir, 'status', '--porcelain']).toString()).toBe('');
  });

  test.each([
    ['is damaged', '{', /is damaged/],
    ['has another form', '{"version": 1}', /is damaged/],
    ['is newer', JSON.stringify({ ...before, version: 2 }), /by a newer version/],
    ['is of another stage', JSON.stringify({ ...before, stage: 'prod' }), /record of stage prod/],
    [
      'is of another project',
      JSON.stringify({ ...before, project: 'zzz' }),
      /connected to project zzz/,
    ],
  ])('%s: refused', async (_, text, message) => {
    await writeRecord(place(), before);
    await writeFile(recordFile(place()), text);
    await expect(readRecord(place())).rejects.toMatchObject({
      code: 'RECORD_WRONG',
      message: expect.stringMatching(message),
    });
  });
});

describe('the settings of the web app', () => {
  const world = (file = '.env.local') =>
    ({
      workdir: dir,
      envFile: path.join(dir, file),
      outputs: { UserPoolId: 'eu-central-1_AbC', ClientId: 'web' },
      api: { ref: 'abcdefghijklmnopqrst', publishableKey: async () => 'sb_publishable_x' },
    }) as unknown as World;

  async function write(): Promise<string> {
    const finding = await envFileStep.inspect(world());
    if (finding.state !== 'change') throw new Error(finding.says);
    await finding.apply();
    expect((await envFileStep.inspect(world())).state).toBe('done');
    return readFile(path.join(dir, '.env.local'), 'utf8');
  }

  test('have the prefix of Vite, or of Next.js', async () => {
    expect(await write()).toBe(
      'VITE_SUPABASE_URL=https://abcdefghijklmnopqrst.supabase.co\n' +
        'VITE_SUPABASE_PUBLISHABLE_KEY=sb_publishable_x\n' +
        'VITE_COGNITO_USER_POOL_ID=eu-central-1_AbC\nVITE_COGNITO_CLIENT_ID=web\n',
    );
    await rm(path.join(dir, '.env.local'));
    await writeFile(path.join(dir, 'package.json'), '{"dependencies": {"next": "^16"}}');
    expect(await write()).toMatch(/^NEXT_PUBLIC_SUPABASE_URL=/);
  });

  test('of another stage stay, and another file can be named', async () => {
    await writeRecord({ workdir: dir, stage: 'dev', project: before.project }, before);
    const prod = (file: string) => ({ ...world(file), stage: 'prod' }) as World;
    expect(await envFileStep.inspect(prod('.env.local'))).toEqual({
      state: 'left out',
      says: '.env.local has the settings of stage dev: --web-env names another file',
    });
    expect((await envFileStep.inspect(prod('.env.production.local'))).state).toBe('change');
    const dev = { ...world('.env.local'), stage: 'dev' } as World;
    expect((await envFileStep.inspect(dev)).state).toBe('change');
  });

  test('are given back in each file that was written', async () => {
    await writeFile(path.join(dir, '.env.local'), 'VITE_SUPABASE_URL="http://a #b"\n');
    let envFiles: Before['envFiles'] = [];
    for (const file of ['.env.local', 'web.env']) {
      envFiles = await withEnvFile(world(file), envFiles);
      const finding = await envFileStep.inspect(world(file));
      if (finding.state === 'change') await finding.apply();
      // A second run does not take its own values for the former ones.
      envFiles = await withEnvFile(world(file), envFiles);
    }
    const undo = await envFileStep.inspectUndo(world(), { ...before, envFiles });
    expect(undo).toMatchObject({ state: 'change', says: 'give back .env.local, web.env' });
    if (undo.state === 'change') await undo.apply();
    expect(await readFile(path.join(dir, '.env.local'), 'utf8')).toBe(
      "VITE_SUPABASE_URL='http://a #b'\n",
    );
    await expect(stat(path.join(dir, 'web.env'))).rejects.toThrow('ENOENT');
    expect((await envFileStep.inspectUndo(world(), { ...before, envFiles })).state).toBe('done');
  });

  test('never go into git', async () => {
    execFileSync('git', ['init', '--quiet', dir]);
    await expect(envFileStep.inspect(world())).rejects.toMatchObject({ code: 'ENV_NOT_IGNORED' });
    await writeFile(path.join(dir, '.gitignore'), '.env.local\n');
    expect(await write()).toContain('VITE_COGNITO_CLIENT_ID=web');
  });

  test('never go into git behind a link, nor where git cannot say', async () => {
    execFileSync('git', ['init', '--quiet', dir]);
    await mkdir(path.join(dir, 'packages/web'), { recursive: true });
    await symlink('packages/web', path.join(dir, 'web'));
    const refused = { code: 'ENV_NOT_IGNORED' };
    await expect(envFileStep.inspect(world('web/.env'))).rejects.toMatchObject(refused);
    await writeFile(path.join(dir, '.gitignore'), '.env\n');
    expect((await envFileStep.inspect(world('web/.env'))).state).toBe('change');
    // As in a container whose user does not own the checkout.
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
    try {
      await expect(envFileStep.inspect(world('web/.env'))).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('dubious ownership'),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('are written where there is no repository', async () => {
    expect(await write()).toContain('VITE_COGNITO_CLIENT_ID=web');
    await expect(envFileStep.inspect(world('none/.env'))).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  });
});

describe('cdk deploy', () => {
  const options = () => ({ stage: 'dev', dir, outputsFile: path.join(dir, 'out.txt'), yes: true });

  test('gets the stage and the file of outputs, and no secret of Supabase', async () => {
    await addFakeCdk(dir, 'echo "$@" > "$5"; env >> "$5"');
    await deploy(options(), { ...process.env, SUPABASE_ACCESS_TOKEN: 'sbp_x', PGPASSWORD: 'pg_x' });
    const text = await readFile(path.join(dir, 'out.txt'), 'utf8');
    expect(text).toMatch(/^deploy -c stage=dev --outputs-file \S+ --require-approval never\n/);
    expect(text).not.toMatch(/sbp_x|pg_x/);
  });

  test('needs the folder of the app', async () => {
    const nowhere = { ...options(), dir: path.join(dir, 'infra') };
    await expect(deploy(nowhere, process.env)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: `--deploy needs a CDK app, and there is no folder ${nowhere.dir}`,
      hint: expect.stringContaining('--cdk-dir'),
    });
  });

  test('that fails is an error', async () => {
    await addFakeCdk(dir, 'exit 7');
    await expect(deploy(options(), process.env)).rejects.toMatchObject({
      code: 'DEPLOY_FAILED',
      message: expect.stringContaining('exit code 7'),
    });
  });
});

test.each([
  ['select 1; select 2', ['select 1', 'select 2']],
  ["select ';' ; select 'it''s;' ;", ["select ';'", "select 'it''s;'"]],
  ["select E'\\';' ; select 1", ["select E'\\';'", 'select 1']],
  ['select ";" ; select "a"";"', ['select ";"', 'select "a"";"']],
  ["-- it's; one\nselect 1;", ["-- it's; one\nselect 1"]],
  ['/* a; /* b; */ c; */ select 1; ; \n', ['/* a; /* b; */ c; */ select 1']],
  ['do $$ begin; end $$; select $a$ ; $$ ; $a$', ['do $$ begin; end $$', 'select $a$ ; $$ ; $a$']],
  ['select $1; select 2', ['select $1', 'select 2']],
  [
    'create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 3',
    [
      'create function f() returns int begin atomic select 1; select case when true then 2 end; end',
      'select 3',
    ],
  ],
])('the statements of %j', (sql, statements) => {
  expect(statementsOf(sql)).toEqual(statements);
});
