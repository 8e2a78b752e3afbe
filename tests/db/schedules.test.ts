/**
 * Schedules with pg_cron. The embedded Postgres does not have it, because Postgres has to load it at its
 * start. So the test makes its functions and table, after its documentation
 * (https://github.com/citusdata/pg_cron), in a transaction that is rolled back.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stackEnv } from '../support/stack.ts';

const PG_CRON = `
  create schema cron;
  create table cron.job (jobid bigserial primary key, jobname text unique, schedule text, command text);
  create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
    insert into cron.job as j (jobname, schedule, command) values ($1, $2, $3)
    on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command
    returning jobid $$;
  create function cron.unschedule(job_name text) returns boolean language sql as $$
    delete from cron.job where jobname = $1 returning true $$`;

const db = new pg.Client({
  connectionString: process.env.SUPABASE_DB_URL ?? stackEnv().SUPABASE_DB_URL,
});
const jobs = async () =>
  (await db.query('select jobname, schedule, command from cron.job order by jobname')).rows;

beforeAll(async () => {
  await db.connect();
  await db.query('begin');
});
afterAll(async () => {
  await db.query('rollback');
  await db.end();
});

test('pg_cron that is enabled after the migrations gets all schedules, once', async () => {
  const { rows: there } = await db.query("select to_regnamespace('cron') is not null as there");
  if (!there[0].there) {
    const { rows } = await db.query('select name, state from cognito_supabase.set_up_schedules()');
    expect(rows).toEqual([
      { name: 'sweep-revocations', state: expect.stringContaining('create extension pg_cron') },
      { name: 'sweep-accounts', state: expect.stringContaining('create extension pg_cron') },
      { name: 'refresh-cognito-directory', state: expect.stringContaining('set_up_schedules()') },
    ]);
    expect((await db.query('select cognito_supabase.remove_schedules() as n')).rows).toEqual([
      { n: 0 },
    ]);
    await db.query(PG_CRON);
  }
  for (let time = 0; time < 2; time += 1) {
    const { rows } = await db.query('select name, state from cognito_supabase.set_up_schedules()');
    expect(rows.map(({ state }) => state)).toEqual(['scheduled', 'scheduled', 'scheduled']);
    expect((await jobs()).filter(({ jobname }) => /cognito|sweep/.test(jobname))).toEqual([
      {
        jobname: 'refresh-cognito-directory',
        schedule: '23 * * * *',
        command: "set statement_timeout = '30min'; select cognito.refresh()",
      },
      {
        jobname: 'sweep-accounts',
        schedule: '29 3 * * *',
        command: 'select cognito_supabase.sweep_accounts()',
      },
      {
        jobname: 'sweep-revocations',
        schedule: '17 3 * * *',
        command: 'select cognito_supabase.sweep_revocations()',
      },
    ]);
  }
});

test('they are removed, and nothing else', async () => {
  await db.query("select cron.schedule('of-somebody-else', '* * * * *', 'select 1')");
  expect((await db.query('select cognito_supabase.remove_schedules() as n')).rows).toEqual([
    { n: 3 },
  ]);
  expect((await jobs()).map(({ jobname }) => jobname)).toContain('of-somebody-else');
});

test('the commands that are scheduled can be run', async () => {
  const { rows } = await db.query('select command from cognito_supabase.schedules()');
  for (const { command } of rows) {
    await db.query('savepoint command');
    await db.query(command);
    await db.query('rollback to command');
  }
});
