/**
 * Stand-in for the extension pg_cron: its functions and table, after its documentation
 * (https://github.com/citusdata/pg_cron). Reason: the real one is compiled C that Postgres has to load at its start.
 * Jobs are kept, and never run.
 */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** `trusted`, because the hosted platform lets `postgres` create it. */
const CONTROL = `comment = 'stand-in for pg_cron'
default_version = '1.6'
relocatable = false
schema = pg_catalog
trusted = true
`;

const SQL = `
create schema cron;
create table cron.job (
  jobid bigint generated always as identity primary key,
  jobname text unique, schedule text not null, command text not null, username text not null default current_user,
  active boolean not null default true
);
create function cron.schedule(job_name text, schedule text, command text) returns bigint
  language sql security definer set search_path = '' as $$
    insert into cron.job as j (jobname, schedule, command) values ($1, $2, $3)
    on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command
    returning jobid $$;
create function cron.unschedule(job_name text) returns boolean
  language sql security definer set search_path = '' as $$
    delete from cron.job where jobname = $1 returning true $$;
create function cron.alter_job(job_id bigint, schedule text default null, command text default null,
    database text default null, username text default null, active boolean default null) returns void
  language sql security definer set search_path = '' as $$
    update cron.job as j set schedule = coalesce($2, j.schedule), command = coalesce($3, j.command),
      active = coalesce($6, j.active) where j.jobid = $1 $$;
grant usage on schema cron to postgres;
grant select on cron.job to postgres;
`;

const filesOf = (home: string) => {
  const folder = path.join(home, 'runtime/share/postgresql/extension');
  return [
    [path.join(folder, 'pg_cron.control'), CONTROL],
    [path.join(folder, 'pg_cron--1.6.sql'), SQL],
  ] as const;
};

/** Makes the extension available in the databases of a cluster, whose folder is `home`. */
export async function addPgCron(home: string): Promise<void> {
  for (const [file, text] of filesOf(home)) await writeFile(file, text);
}

export async function removePgCron(home: string): Promise<void> {
  for (const [file] of filesOf(home)) await rm(file);
}
