/** Set-ups that are wrong in one way each, and the one finding of doctor; and a right one, without any. */
import { readManifest, withNeeds } from '@cognito-supabase/local/modules';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readProjectFiles } from '../../cli/doctor/access/project.ts';
import { FINDING_IDS, type FindingId } from '../../cli/doctor/catalogue/index.ts';
import type { Context } from '../../cli/doctor/check.ts';
import { CHECKS } from '../../cli/doctor/checks/index.ts';
import { type Diagnosis, diagnose } from '../../cli/doctor/engine.ts';
import { ownVersion } from '../../cli/doctor/own-version.ts';
import { type Stack, startStack } from '../../cli/testing/index.ts';
import { fetchJwks, get } from '../../cli/token/issuer.ts';
import { decodeToken } from '../../cli/token/read-token.ts';
import { type KitProject, kitProject } from '../support/kit-project.ts';
import { install, type ModuleWorld, startModuleWorld } from '../support/module-world.ts';
import { BARE, BARE_ROWS } from './doctor-bare-rows.ts';
import { databaseRows } from './doctor-database-rows.ts';
import { OUTSIDE_ROWS } from './doctor-outside-rows.ts';
import { type DoctorWorld, startDoctorWorld } from './doctor-stand-ins.ts';

/** The tables and functions of pg_cron that are read, as in schedules.test.ts. */
const PG_CRON = `
  create schema cron;
  create table cron.job (jobid bigserial primary key, jobname text unique, schedule text, command text, active boolean not null default true);
  create table cron.job_run_details (jobid bigint, status text, return_message text, start_time timestamptz);
  create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
    insert into cron.job as j (jobname, schedule, command) values ($1, $2, $3)
    on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command
    returning jobid $$;
  select cognito_supabase.set_up_schedules();`;

const ISSUER = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC';
const SECRET_ID = '11111111-1111-4111-8111-111111111111';

/** The server of cognito.users, with options as Wrappers takes them. */
const ofWrappers = (key: string): string => `
  drop server cognito_server cascade;
  create server cognito_server foreign data wrapper cognito_wrapper options (
    aws_access_key_id 'AKIAIOSFODNN7EXAMPLE', region 'eu-central-1', user_pool_id 'eu-central-1_AbC', ${key});
  alter server cognito_server owner to postgres;
  create foreign table cognito.users (username text) server cognito_server options (object 'users');
  alter foreign table cognito.users owner to postgres;
  revoke all on cognito.users from anon, authenticated;`;

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

test.each(DATABASE_ROWS)('database, $id: $how', async ({ id, sql }) => {
  const { env } = stack;
  const own = sql
    .replaceAll('ISSUER', env.COGNITO_ISSUER)
    .replaceAll('CLIENT', env.COGNITO_CLIENT_ID);
  const { dataApi: _api, token: _token, aws: _aws, hosted: _hosted, ...context } = right;
  expect(idsOf(await afterBreaking(() => database.query(own), context))).toEqual([id]);
});

/** Breaks that need a superuser, or a project without module trust: in a database of their own. */
const FRESH_ROWS: readonly {
  readonly id: FindingId;
  readonly modules: readonly string[];
  readonly sql: string;
}[] = [
  { id: 'trust-module-missing', modules: ['hardening'], sql: 'select' },
  {
    id: 'schema-exposed',
    modules: ['trust', 'hardening'],
    sql: `alter role authenticator set pgrst.db_schemas = 'public, cognito_audit'`,
  },
  {
    id: 'table-without-trust-policy',
    modules: ['trust', 'hardening'],
    sql: `
      alter role authenticator set pgrst.db_schemas = 'public, api';
      create schema api; grant usage on schema api to authenticated;
      create table api.letters (owner_sub text); create index on api.letters (owner_sub);
      alter table api.letters enable row level security; grant select on api.letters to authenticated;
      create policy "own" on api.letters for select to authenticated
        using (owner_sub = (select (select auth.jwt()) ->> 'sub'))`,
  },
  {
    id: 'fdw-key-in-options',
    modules: ['trust', 'hardening', 'cognito-users'],
    sql: `set event_triggers = off; ${ofWrappers(`aws_secret_access_key 'of-the-test'`)}`,
  },
  {
    id: 'fdw-secret-missing',
    modules: ['trust', 'hardening', 'cognito-users'],
    sql: `set event_triggers = off; ${ofWrappers(`api_key_id '${SECRET_ID}'`)}`,
  },
];

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
