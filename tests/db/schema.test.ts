/**
 * The schema after all migrations: no findings of the advisors, comments on everything, current types.
 */
import { readFile } from 'node:fs/promises';
import { generateRepositoryTypes, TYPES_FILE } from '@cognito-supabase/local/generate-types';
import { runSupabase } from '@cognito-supabase/local/supabase-cli';
import pg from 'pg';
import { expect, test } from 'vitest';
import { stackEnv } from '../support/stack.ts';

test('supabase db advisors finds nothing', async () => {
  const args = ['db', 'advisors', '--level=warn', '--fail-on=warn'];
  const { code, output } = await runSupabase(stackEnv().SUPABASE_DB_URL, args);
  expect(output).toContain('No issues found');
  expect(code).toBe(0);
});

test('the types of the web app are those of the schema', async () => {
  const fresh = await generateRepositoryTypes(stackEnv().SUPABASE_DB_URL);
  const committed = await readFile(TYPES_FILE, 'utf8');
  expect(committed, 'run `npm run types:generate` with the stack running').toBe(fresh);
});

test.each(['anon', 'authenticated', 'service_role', 'authenticator', 'cognito_analyst'])(
  '%s makes nothing temporary, which functions that run as their owner would find first',
  async (role) => {
    const client = new pg.Client({ connectionString: stackEnv().SUPABASE_DB_URL });
    await client.connect();
    const { rows } = await client.query(
      "select has_database_privilege($1, current_database(), 'temporary') as may",
      [role],
    );
    await client.end();
    expect(rows).toEqual([{ may: false }]);
  },
);

test('every schema, table, column and function of the project has a comment', async () => {
  const client = new pg.Client({ connectionString: stackEnv().SUPABASE_DB_URL });
  await client.connect();
  const { rows } = await client.query(`
    with ours as (select oid, nspname from pg_namespace where nspname in ('public', 'cognito_supabase', 'cognito', 'cognito_audit', 'cognito_analytics'))
    select 'schema ' || nspname as missing from ours where obj_description(oid, 'pg_namespace') is null
    union all
    select 'relation ' || c.oid::regclass from pg_class c join ours on ours.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and obj_description(c.oid, 'pg_class') is null
    union all
    select 'column ' || c.oid::regclass || '.' || a.attname
    from pg_class c join ours on ours.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
      and col_description(c.oid, a.attnum) is null
    union all
    select 'function ' || p.oid::regprocedure from pg_proc p join ours on ours.oid = p.pronamespace
    where obj_description(p.oid, 'pg_proc') is null`);
  await client.end();
  expect(rows).toEqual([]);
});
