import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseOptions, type SyncOptions } from '../../../../cli/directory/options.ts';
import { readSettings } from '../../../../cli/directory/settings.ts';
import { openStaging } from '../../../../cli/directory/staging.ts';

describe('the command line', () => {
  test('without options', () => {
    expect(parseOptions(['sync'])).toMatchObject({
      ...{ rate: 20, groups: false, dryRun: false, allowDeletes: false, fresh: false },
      state: expect.stringMatching(/\.local.directory-sync\.json$/),
    });
  });

  test('all of them', () => {
    const text =
      'sync --rate 12.5 --groups --dry-run --allow-deletes --fresh --user-pool-id eu-west-1_A --region eu-west-1 --endpoint http://127.0.0.1:9 --state /x.json';
    expect(parseOptions(text.split(' '))).toMatchObject({
      ...{ rate: 12.5, groups: true, dryRun: true, allowDeletes: true, fresh: true },
      ...{ userPoolId: 'eu-west-1_A', region: 'eu-west-1', endpoint: 'http://127.0.0.1:9' },
      state: '/x.json',
    });
  });

  test('help reads nothing', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
  });

  test.each([
    [[], /the command is missing/],
    [['synk'], /not a command: synk/],
    [['sync', 'now'], /not a command: sync now/],
    [['sync', '--rat', '5'], /--rat/],
    [['sync', '--rate', '0'], /--rate needs/],
    [['sync', '--rate', '31'], /at most 30/],
    [['sync', '--rate', '-1'], /rate/],
    [['sync', '--rate', 'fast'], /--rate needs/],
    [['sync', '--endpoint', 'localhost:9'], /--endpoint needs/],
    [['sync', '--database-url', 'postgresql://u:p@h/d'], /--database-url/],
  ])('%j is refused with a reason', (args, message) => {
    expect(() => parseOptions(args)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(message) }),
    );
  });
});

describe('pool and database', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'directory-settings-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const DB = 'postgresql://postgres:secret@db.example.com:5432/postgres';
  const options = (...args: string[]) =>
    parseOptions(['sync', '--dir', dir, ...args]) as SyncOptions;
  const stack = () =>
    writeFile(
      path.join(dir, 'stack.env'),
      'SUPABASE_DB_URL=postgresql://postgres:x@127.0.0.1:1/postgres\nCOGNITO_USER_POOL_ID=local-1_Kit\nCOGNITO_REGION=local-1\nCOGNITO_ENDPOINT=http://127.0.0.1:2\n',
    );

  test('both of the environment', async () => {
    const env = { SUPABASE_DB_URL: DB, COGNITO_USER_POOL_ID: 'eu-central-1_Real' };
    expect(await readSettings(options(), env)).toEqual({
      databaseUrl: DB,
      pool: { userPoolId: 'eu-central-1_Real', region: 'eu-central-1', endpoint: undefined },
    });
  });

  test('both of the running stack', async () => {
    await stack();
    expect(await readSettings(options(), {})).toMatchObject({
      databaseUrl: expect.stringContaining('127.0.0.1'),
      pool: { userPoolId: 'local-1_Kit', region: 'local-1', endpoint: 'http://127.0.0.1:2' },
    });
  });

  test('never the database of the environment with the pool of a stack', async () => {
    await stack();
    await expect(readSettings(options(), { SUPABASE_DB_URL: DB })).rejects.toMatchObject({
      code: 'SETTING_MISSING',
      message: 'COGNITO_USER_POOL_ID is not set',
    });
  });

  test('the endpoint of one pool is not that of another', async () => {
    await stack();
    const settings = await readSettings(options('--user-pool-id', 'eu-west-1_Real'), {});
    expect(settings.pool).toEqual({
      userPoolId: 'eu-west-1_Real',
      region: 'eu-west-1',
      endpoint: undefined,
    });
  });

  test('without either it names the variables to set', async () => {
    await expect(readSettings(options(), {})).rejects.toMatchObject({
      code: 'SETTING_MISSING',
      hint: expect.stringContaining('SUPABASE_DB_URL'),
    });
  });

  test('a transaction pooler is refused: the lock of a run needs a session', async () => {
    const databaseUrl = 'postgresql://u:p@aws-0-eu-west-1.pooler.supabase.com:6543/postgres';
    const pool = { userPoolId: 'a-1_B', region: 'a-1', endpoint: undefined };
    await expect(openStaging({ databaseUrl, pool }, false)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      hint: expect.stringContaining('5432'),
    });
  });

  test('an invalid URL is not printed, because it may contain a password', async () => {
    const env = { SUPABASE_DB_URL: 'postgres:hunter2@host', COGNITO_USER_POOL_ID: 'a-1_B' };
    const error = await readSettings(options(), env).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'SETTING_INVALID' });
    expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
  });
});
