/** Breaks that need a superuser, or a project without module trust: each in a database of its own. */
import type { FindingId } from '../../cli/doctor/catalogue/index.ts';

export const ISSUER = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC';
export const SECRET_ID = '11111111-1111-4111-8111-111111111111';

/** The server of cognito.users, with options as Wrappers takes them. */
export const ofWrappers = (key: string): string => `
  drop server cognito_server cascade;
  create server cognito_server foreign data wrapper cognito_wrapper options (
    aws_access_key_id 'AKIAIOSFODNN7EXAMPLE', region 'eu-central-1', user_pool_id 'eu-central-1_AbC', ${key});
  alter server cognito_server owner to postgres;
  create foreign table cognito.users (username text) server cognito_server options (object 'users');
  alter foreign table cognito.users owner to postgres;
  revoke all on cognito.users from anon, authenticated;`;

export const FRESH_ROWS: readonly {
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

/** The tables and functions of pg_cron that are read, as in schedules.test.ts. */
export const PG_CRON = `
  create schema cron;
  create table cron.job (jobid bigserial primary key, jobname text unique, schedule text, command text, active boolean not null default true);
  create table cron.job_run_details (jobid bigint, status text, return_message text, start_time timestamptz);
  create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
    insert into cron.job as j (jobname, schedule, command) values ($1, $2, $3)
    on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command
    returning jobid $$;
  select cognito_supabase.set_up_schedules();`;
