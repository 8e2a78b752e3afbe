/** Set-ups that are wrong in one way each, and the one finding of doctor; and a right one, without any. */
import { readManifest, withNeeds } from '@cognito-supabase/local/modules';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readProjectFiles } from '../../cli/doctor/access/project.ts';
import { FINDING_IDS } from '../../cli/doctor/catalogue/index.ts';
import type { Context } from '../../cli/doctor/check.ts';
import { CHECKS } from '../../cli/doctor/checks/index.ts';
import { type Diagnosis, diagnose } from '../../cli/doctor/engine.ts';
import { fixable } from '../../cli/doctor/fix.ts';
import { ownVersion } from '../../cli/doctor/own-version.ts';
import { type Stack, startStack } from '../../cli/testing/index.ts';
import { fetchJwks, get } from '../../cli/token/issuer.ts';
import { decodeToken } from '../../cli/token/read-token.ts';
import { type KitProject, kitProject } from '../support/kit-project.ts';
import { install, type ModuleWorld, startModuleWorld } from '../support/module-world.ts';
import { BARE, BARE_ROWS } from './doctor-bare-rows.ts';
import { databaseRows } from './doctor-database-rows.ts';
import { FRESH_ROWS, ISSUER, ofWrappers, PG_CRON, SECRET_ID } from './doctor-fresh-rows.ts';
import { OUTSIDE_ROWS } from './doctor-outside-rows.ts';
import { RIGHT_OUTSIDE } from './doctor-right-outside.ts';
import { RIGHT_ROWS, SHOWN_ROWS } from './doctor-right-rows.ts';
import { type DoctorWorld, startDoctorWorld } from './doctor-stand-ins.ts';

let copy: KitProject;
let stack: Stack;
let database: pg.Client;
let world: DoctorWorld;
/** Everything there is, and all of it right. */
let right: Context;

beforeAll(async () => {
  copy = await kitProject();
  stack = await startStack(copy);
  const { env } = stack;
  const alice = await stack.signIn('alice');
  database = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await database.connect();
  await database.query(PG_CRON);
  await database.query('select cognito.refresh()');
  world = await startDoctorWorld(env);
  const project = await readProjectFiles(copy.workdir);
  if (project === undefined) throw new Error('the copy has no supabase/');
  right = {
    ...{ database, project, env, get, fetchJwks, now: Date.now, version: await ownVersion() },
    ...{ issuer: env.COGNITO_ISSUER, client: env.COGNITO_CLIENT_ID },
    dataApi: { url: world.front.url, key: env.SUPABASE_PUBLISHABLE_KEY },
    token: [decodeToken(alice.accessToken), decodeToken(alice.idToken)],
    ...{ aws: world.aws, hosted: world.hosted },
  };
});
afterAll(async () => {
  await world?.close();
  await database?.end();
  await stack?.stop();
  await copy?.remove();
});

/** In a transaction that is rolled back, as each row needs a right database. */
async function afterBreaking(
  breaking: () => Promise<unknown>,
  context: Context,
): Promise<Diagnosis> {
  await database.query('begin');
  try {
    await breaking();
    return await diagnose(CHECKS, context);
  } finally {
    await database.query('rollback');
  }
}

const idsOf = ({ findings }: Diagnosis): readonly string[] => findings.map(({ id }) => id);

test('a right set-up has no finding, and nothing of it is out of sight', async () => {
  const { findings, unseen, seen } = await afterBreaking(async () => undefined, right);
  expect(findings).toEqual([]);
  expect(unseen).toEqual([]);
  expect(seen).toEqual(CHECKS.map(({ name }) => name));
});

// The stack's addresses are not known when the rows are named.
const DATABASE_ROWS = databaseRows('ISSUER', 'CLIENT');

/** The only findings whose SQL `--fix` may run. */
const TAKES_NOTHING = [
  'schedules-missing',
  'table-without-trust-policy',
  'table-without-write-check',
] as const;

test.each(DATABASE_ROWS)('database, $id: $how', async ({ id, sql }) => {
  const { env } = stack;
  const own = sql
    .replaceAll('ISSUER', env.COGNITO_ISSUER)
    .replaceAll('CLIENT', env.COGNITO_CLIENT_ID);
  const diagnosis = await afterBreaking(() => database.query(own), inside());
  expect(idsOf(diagnosis)).toEqual([id]);
  for (const one of fixable(diagnosis)) expect(TAKES_NOTHING).toContain(one.id);
});

test.each([
  ['sql', "as 'select 1'", 'select'],
  ['plpgsql', "as 'begin return 1; end'", 'perform'],
])('the line that guards a function is of its language: %s', async (language, body, word) => {
  const sql = `create function public.mine() returns int language ${language} security definer set search_path = '' ${body}`;
  const { findings } = await afterBreaking(() => database.query(sql), inside());
  expect(findings).toMatchObject([
    { fix: expect.stringContaining(`public.mine(): ${word} cognito_supabase.require_trust();`) },
  ]);
});

/** The set-up without what is around it. */
function inside(): Context {
  const { dataApi: _api, token: _token, aws: _aws, hosted: _hosted, ...context } = right;
  return context;
}

test.each(RIGHT_ROWS)('no finding: $how', async ({ sql }) => {
  const diagnosis = await afterBreaking(() => database.query(sql), inside());
  expect(diagnosis.findings).toEqual([]);
});

test.each(SHOWN_ROWS)('the SQL of $id mends: $how', async ({ id, sql, still = 'select' }) => {
  await database.query('begin');
  try {
    await database.query(sql);
    const { findings } = await diagnose(CHECKS, inside());
    expect(findings.map((one) => one.id)).toEqual([id]);
    await database.query(findings[0]?.fix ?? '');
    await database.query(still);
    expect((await diagnose(CHECKS, inside())).findings).toEqual([]);
  } finally {
    await database.query('rollback');
  }
});

test('without its database, the rest is looked at, and nothing is thrown', async () => {
  const lost = new pg.Client({ connectionString: stack.env.SUPABASE_DB_URL });
  await lost.connect();
  await lost.end();
  const named = new Map([['database', 'SUPABASE_DB_URL']] as const);
  const diagnosis = await diagnose(CHECKS, { ...inside(), database: lost, named });
  expect(diagnosis.seen).toContain('config.toml');
  expect(diagnosis.unusable.map(({ name }) => name)).toEqual(['SUPABASE_DB_URL']);
});

describe('a database of its own', () => {
  let fresh: ModuleWorld;
  beforeAll(async () => {
    fresh = await startModuleWorld();
  });
  afterAll(() => fresh?.stop());

  test.each(FRESH_ROWS)('$id', async ({ id, modules, sql }) => {
    const manifest = await readManifest();
    await fresh.inFreshDatabase(async (client, url) => {
      await install(client, withNeeds(manifest.modules, modules));
      if (modules.includes('trust'))
        await client.query('select cognito_supabase.set_trust($1)', [
          JSON.stringify([{ issuer: ISSUER, client_id: 'app' }]),
        ]);
      await fresh.asSuperuser(url, (superuser) => superuser.query(sql));
      await client.query('begin');
      const found = await diagnose(CHECKS, {
        ...{ database: client, env: {}, get, fetchJwks, now: Date.now },
      });
      expect(idsOf(found)).toEqual([id]);
      await fresh.asSuperuser(url, (superuser) =>
        superuser.query('alter role authenticator reset pgrst.db_schemas'),
      );
    });
  });

  test('without the module trust, all exposed schemas are looked at', async () => {
    const manifest = await readManifest();
    await fresh.inFreshDatabase(async (client, url) => {
      await install(client, withNeeds(manifest.modules, ['hardening', 'cognito-users']));
      await fresh.asSuperuser(url, (superuser) => superuser.query(BARE));
      /** What is found beside what the database without rows has. */
      const idsAfter = async (sql: string) => {
        await client.query('begin');
        await client.query(sql);
        const found = await diagnose(CHECKS, {
          ...{ database: client, env: {}, get, fetchJwks, now: Date.now },
        });
        await client.query('rollback');
        return idsOf(found).filter(
          (id) => !['trust-module-missing', 'fdw-not-connected'].includes(id),
        );
      };
      const found: Record<string, readonly string[]> = {};
      for (const { how, sql } of BARE_ROWS) found[how] = await idsAfter(sql);
      expect(found).toEqual(Object.fromEntries(BARE_ROWS.map(({ how, ids }) => [how, ids])));
      await fresh.asSuperuser(url, (superuser) =>
        superuser.query('alter role authenticator reset pgrst.db_schemas'),
      );
    });
  });

  test("somebody's own schema cognito is not private", async () => {
    await fresh.inFreshDatabase(async (client, url) => {
      await fresh.asSuperuser(url, (superuser) =>
        superuser.query(`
          alter role authenticator set pgrst.db_schemas = 'public, cognito';
          create schema cognito; grant usage on schema cognito to authenticated;
          create table cognito.letters (owner_sub text primary key); alter table cognito.letters enable row level security;
          grant select on cognito.letters to authenticated;
          create policy "own" on cognito.letters for select to authenticated
            using (owner_sub = (select (select auth.jwt()) ->> 'sub'));`),
      );
      const ids = async () => {
        await client.query('begin');
        const context = { env: {}, get, fetchJwks, now: Date.now };
        const project = { functions: [], verifiers: [], migrations: [] };
        const config = '[api]\nschemas = ["public", "cognito"]\n';
        const found = await diagnose(CHECKS, {
          ...{ ...context, database: client, project: { ...project, config } },
        });
        await client.query('rollback');
        return idsOf(found).filter((id) => /schema|private|^table/.test(id));
      };
      expect(await ids()).toEqual([]);
      // It is looked at like each exposed schema.
      await fresh.asSuperuser(url, (superuser) =>
        superuser.query('alter table cognito.letters disable row level security'),
      );
      expect(await ids()).toEqual(['table-without-rls']);
      // The module puts its own table into the schema.
      const manifest = await readManifest();
      await fresh.asSuperuser(url, (superuser) =>
        superuser.query(
          'alter schema cognito owner to postgres; alter table cognito.letters owner to postgres',
        ),
      );
      await install(client, withNeeds(manifest.modules, ['cognito-users']));
      await client.query('grant select on cognito.users to authenticated');
      expect(await ids()).toEqual([
        'config-exposes-schema',
        'private-table-open',
        'schema-exposed',
      ]);
      await fresh.asSuperuser(url, (superuser) =>
        superuser.query('alter role authenticator reset pgrst.db_schemas'),
      );
    });
  });

  test('fdw-secret-old: Vault has had the key for 100 days', async () => {
    const manifest = await readManifest();
    await fresh.inFreshDatabase(async (client, url) => {
      await install(client, withNeeds(manifest.modules, ['hardening', 'cognito-users']));
      const ages = async (days: number) => {
        await fresh.asSuperuser(url, (superuser) =>
          superuser.query(`
            update vault.secrets set created_at = now() - interval '${days} days', updated_at = now() - interval '${days} days'`),
        );
        await client.query('begin');
        const found = await diagnose(CHECKS, {
          ...{ database: client, env: {}, get, fetchJwks, now: Date.now },
        });
        await client.query('rollback');
        return idsOf(found).filter((id) => id === 'fdw-secret-old');
      };
      await fresh.asSuperuser(url, (superuser) =>
        superuser.query(`
          insert into vault.secrets (id, name, secret) values ('${SECRET_ID}', 'cognito_secret_access_key', 'of-the-test');
          set event_triggers = off; ${ofWrappers(`api_key_id '${SECRET_ID}'`)}`),
      );
      expect(await ages(80)).toEqual([]);
      expect(await ages(100)).toEqual(['fdw-secret-old']);
    });
  });
});

test.each(RIGHT_OUTSIDE)('outside, no finding: $how', async ({ make }) => {
  const { context, sql = '', undo } = await make(right, world);
  try {
    expect((await afterBreaking(() => database.query(sql), context)).findings).toEqual([]);
  } finally {
    undo?.();
  }
});

test.each(OUTSIDE_ROWS)('outside, $id: $how', async ({ id, make }) => {
  const { context, sql = '', undo } = await make(right, world);
  try {
    expect(idsOf(await afterBreaking(() => database.query(sql), context))).toEqual([id]);
  } finally {
    undo?.();
  }
});

describe('the table', () => {
  test('has a row for each finding, and at least 50', () => {
    const rows = [...DATABASE_ROWS, ...OUTSIDE_ROWS, ...FRESH_ROWS].map(({ id }) => id);
    expect(FINDING_IDS.filter((id) => !rows.includes(id))).toEqual(['fdw-secret-old']);
    expect(rows.length).toBeGreaterThanOrEqual(50);
  });
});
