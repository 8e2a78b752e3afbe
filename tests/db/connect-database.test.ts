/**
 * The two ways of `connect` into a database: the real Supabase CLI by its URL, and the stand-in of the Management API.
 * Databases of their own in the shared Postgres.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { disconnect } from '../../cli/connect/run.ts';
import { type Database, openByApi, openByUrl } from '../../cli/hosted/database.ts';
import { openManagementApi } from '../../cli/hosted/management-api.ts';
import { applyMigrations, pendingMigrations } from '../../cli/hosted/migrations.ts';
import { Secrets } from '../../cli/hosted/secrets.ts';
import { type FakeAwsStack, startFakeAwsStack } from '../support/fake-aws-stack.ts';
import {
  type FakeManagementApi,
  newProject,
  startManagementApi,
} from '../support/management-api.ts';
import { newDir, removeDir, stackEnv } from '../support/stack.ts';

const REF = 'abcdefghijklmnopqrst';
let dir: string;
let api: FakeManagementApi;
let admin: pg.Client;
let url: string;
/** Opened by the test. */
const opened: Database[] = [];

beforeAll(async () => {
  admin = new pg.Client({ connectionString: stackEnv().SUPABASE_DB_URL });
  await admin.connect();
});
afterAll(() => admin.end());
beforeEach(async () => {
  dir = await newDir();
  await mkdir(path.join(dir, 'supabase/migrations'), { recursive: true });
  // The CLI would write the secret, and then apply no migration.
  await writeFile(
    path.join(dir, 'supabase/config.toml'),
    'project_id = "own"\n[db.vault]\nmine = "sesame"\n[db.migrations]\nenabled = false\n',
  );
  const name = `connect_${randomBytes(6).toString('hex')}`;
  await admin.query(`create database ${name}`);
  const target = new URL(stackEnv().SUPABASE_DB_URL);
  target.pathname = `/${name}`;
  url = target.href;
  api = await startManagementApi(newProject(REF, url));
});
afterEach(async () => {
  for (const db of opened.splice(0)) await db.close();
  // It has a session in the database.
  await api.close();
  await removeDir(dir);
  await admin.query(`drop database ${new URL(url).pathname.slice(1)} with (force)`);
});

const write = (version: number, sql: string): Promise<void> =>
  writeFile(path.join(dir, 'supabase/migrations', `${version}_own.sql`), sql);

function open(way: string): Database | Promise<Database> {
  if (way === 'its URL') return openByUrl(url);
  const { accessToken, url: baseUrl } = api;
  return openByApi(openManagementApi({ accessToken, ref: REF, baseUrl }));
}

async function apply(way: string): Promise<void> {
  const db = await open(way);
  opened.push(db);
  await applyMigrations(db, dir, await pendingMigrations(db, dir), () => {});
}

async function rows(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return (await client.query(sql).finally(() => client.end())).rows;
}

describe.each(['its URL', 'the Management API'])('by %s', (way) => {
  test('migrations are applied and nothing else; a byte order mark is no part of one', async () => {
    await write(20270101000000, '\uFEFFcreate table own ();\n-- two\ncreate table other ();');
    await apply(way);
    expect(await rows('select statements from supabase_migrations.schema_migrations')).toEqual([
      { statements: ['create table own ()', '-- two\ncreate table other ()'] },
    ]);
    // The second run needs the first file, and has a new one.
    await write(20270102000000, 'drop table other');
    await apply(way);
    expect(await rows("select to_regclass('own') as own, to_regclass('other') as other")).toEqual([
      { own: 'own', other: null },
    ]);
  });

  test('a file that ends its transaction: nobody says that nothing of it is applied', async () => {
    await write(20270101000000, 'begin; create table own (); commit; select 1 / 0;');
    await expect(apply(way)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringMatching(/20270101000000_own\.sql.*division by zero/s),
      hint: expect.stringContaining('a part of it may be applied'),
    });
    expect(await rows("select to_regclass('own') as own")).toEqual([{ own: 'own' }]);
    await write(20270101000000, 'create table more (); select 1 / 0;');
    await expect(apply(way)).rejects.toMatchObject({
      hint: expect.stringContaining('nothing of this one is'),
    });
  });

  test('a statement that runs in no transaction: by the URL, as the hint says', async () => {
    await write(20270101000000, 'create table own (id int);');
    await write(20270102000000, 'create index concurrently own_ids on own (id);');
    if (way === 'the Management API')
      await expect(apply(way)).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        hint: expect.stringContaining('--db-url'),
      });
    await apply('its URL');
    expect(await rows("select to_regclass('own_ids') as own")).toEqual([{ own: 'own_ids' }]);
  });
});

test('the CLI commits what is before such a statement, and the hint says so', async () => {
  await write(
    20270101000000,
    'create table own (id int); create index concurrently own_ids on own (id); select 1 / 0;',
  );
  await expect(apply('its URL')).rejects.toMatchObject({
    message: expect.stringContaining('division by zero'),
    hint: expect.stringContaining('a part of it may be applied'),
  });
  expect(await rows("select to_regclass('own') as own")).toEqual([{ own: 'own' }]);
});

describe('disconnect', () => {
  let aws: FakeAwsStack;
  beforeAll(async () => {
    aws = await startFakeAwsStack();
    const test = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    Object.assign(process.env, { ...test, AWS_ENDPOINT_URL: aws.url });
  });
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    await aws.close();
  });

  test('without a record says so, and asks nobody for the stack', async () => {
    const env = {
      ...{ SUPABASE_ACCESS_TOKEN: api.accessToken, SUPABASE_API_BASE_URL: api.url },
      AWS_REGION: 'eu-central-1',
    };
    await expect(
      disconnect(
        { stage: 'dev', project: REF, workdir: dir, yes: true },
        { env, secrets: new Secrets(), print: () => {} },
      ),
    ).rejects.toMatchObject({ code: 'RECORD_MISSING' });
    expect(aws.calls).toEqual([]);
  });
});
