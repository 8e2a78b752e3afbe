/** The directory, its schedules, and the connection of cognito.users to the pool. */
import pg from 'pg';
import { cognitoIssuer } from '../../token/issuer.ts';
import { CouldNotSee, check, type Found } from '../check.ts';
import { exists, rowsOf } from './query.ts';

interface Runs {
  readonly ran: boolean;
  readonly stale: boolean;
  readonly failed: string | null;
  readonly open: boolean;
}

export const directory = check('freshness of the directory', ['database'], async (context) => {
  const { database } = context;
  if (!(await exists(database, 'cognito.refresh_runs'))) return [];
  const [runs] = await rowsOf<Runs>(
    database,
    `select exists (select from cognito.refresh_runs where complete) as ran,
       (select max(started_at) < now() - interval '1 day' from cognito.refresh_runs where complete) as stale,
       (select case when not complete then coalesce(error, 'no reason') end from cognito.refresh_runs
        where ended_at is not null order by id desc limit 1) as failed,
       exists (select from cognito.refresh_runs where ended_at is null and started_at < now() - interval '2 hours') as open`,
  );
  if (runs === undefined) return [];
  if (runs.open) return [{ id: 'directory-run-open' }];
  if (runs.failed !== null) return [{ id: 'directory-run-failed', detail: runs.failed }];
  if (!runs.ran) return [{ id: 'directory-never-filled' }];
  return runs.stale ? [{ id: 'directory-stale' }] : [];
});

interface Schedule {
  readonly name: string;
  readonly there: boolean;
  readonly active: boolean;
  readonly failure: string | null;
}

export const schedules = check('schedules', ['database'], async ({ database }) => {
  if (!(await exists(database, 'cognito_supabase.schedules()'))) return [];
  if (!(await exists(database, 'cron.job'))) {
    const [row] = await rowsOf<{ there: boolean }>(
      database,
      "select exists (select from pg_available_extensions where name = 'pg_cron') as there",
    );
    if (row?.there)
      return [
        {
          ...{ id: 'schedules-missing', place: 'pg_cron' },
          fix: 'create extension pg_cron; select * from cognito_supabase.set_up_schedules();',
        },
      ];
    throw new CouldNotSee('this server has no pg_cron: another scheduler has to run the commands');
  }
  const rows = await rowsOf<Schedule>(
    database,
    `select s.name, j.jobid is not null as there, coalesce(j.active, false) as active,
       (select case when r.status = 'failed' then coalesce(r.return_message, 'no reason') end from cron.job_run_details as r
        where r.jobid = j.jobid order by r.start_time desc limit 1) as failure
     from cognito_supabase.schedules() as s left join cron.job as j on j.jobname = s.name order by s.name`,
  );
  return rows.flatMap(({ name: place, there, active, failure }): Found[] => {
    if (!there)
      return [{ id: 'schedules-missing', place, fix: schedule(place), safe: KEEPS.has(place) }];
    // Somebody may have switched it off on purpose.
    if (!active) return [{ id: 'schedule-off', place, fix: switchOn(place) }];
    return failure === null ? [] : [{ id: 'schedule-failed', place, detail: failure }];
  });
});

/** The schedules that delete nothing that anybody can still use: refreshes, and revocations that have expired. */
const KEEPS: ReadonlySet<string> = new Set(['refresh-cognito-directory', 'sweep-revocations']);

/** Only this one: set_up_schedules() also sets back what somebody has changed in the others. */
const schedule = (name: string): string =>
  `select cron.schedule(name, schedule, command) from cognito_supabase.schedules() where name = ${pg.escapeLiteral(name)};`;

/** `cron.schedule()` leaves a job off that somebody has switched off. */
const switchOn = (name: string): string =>
  `select cron.alter_job(job_id => jobid, active => true) from cron.job where jobname = ${pg.escapeLiteral(name)};`;

interface Server {
  readonly options: readonly string[];
  readonly secret: string | null;
  readonly old: boolean;
}

const optionOf = (options: readonly string[], name: string): string | undefined =>
  options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);

/** Only the columns that are no secret. The server of a stack on this machine has a program in the place of Wrappers' options. */
const SERVER = `
  select coalesce(f.srvoptions, '{}') as options, s.id::text as secret,
    coalesce(s.updated_at, s.created_at) < now() - interval '90 days' as old
  from pg_foreign_server as f
  left join vault.secrets as s on f.srvoptions @> array['api_key_id=' || s.id]
    or s.name = 'cognito_secret_access_key'
      and exists (select from unnest(f.srvoptions) as o where o like 'program=%')
  where f.srvname = 'cognito_server'`;

function connectionOf({ options, secret, old }: Server, issuer: string | undefined): Found[] {
  const program = optionOf(options, 'program') ?? '';
  const pool = /\s(\w[\w-]*_\w+)$/.exec(program)?.[1] ?? optionOf(options, 'user_pool_id');
  if (pool === undefined || pool === 'not-connected') return [{ id: 'fdw-not-connected' }];
  if (optionOf(options, 'aws_secret_access_key') !== undefined)
    return [{ id: 'fdw-key-in-options', place: 'cognito_server' }];
  if (secret === null) return [{ id: 'fdw-secret-missing', place: 'cognito_server' }];
  const expected = issuer && (cognitoIssuer(issuer)?.poolId ?? issuer.split('/').at(-1));
  if (expected && pool !== expected) return [{ id: 'fdw-other-pool', place: pool }];
  return old ? [{ id: 'fdw-secret-old', place: 'cognito_secret_access_key' }] : [];
}

export const foreignUsers = check('cognito.users', ['database'], async (context) => {
  const { database, issuer } = context;
  if (!(await exists(database, 'cognito.users'))) return [];
  if (!(await exists(database, 'vault.secrets')))
    throw new CouldNotSee('Vault is not installed, or this role may not read it');
  const [server] = await rowsOf<Server>(database, SERVER);
  if (server === undefined) throw new CouldNotSee('there is no server cognito_server');
  const found = connectionOf(server, issuer);
  if (found.some(({ id }) => id !== 'fdw-secret-old')) return found;
  try {
    await database.query("set local statement_timeout = '20s'");
    await database.query('select from cognito.users limit 1');
  } catch (error) {
    return [...found, { id: 'fdw-scan-fails', detail: (error as Error).message }];
  }
  return found;
});

export const migrations = check('migrations', ['database', 'project'], async (context) => {
  const { database, project } = context;
  if (!(await exists(database, 'supabase_migrations.schema_migrations')))
    throw new CouldNotSee('the database has no record of migrations');
  const rows = await rowsOf<{ version: string }>(
    database,
    'select version from supabase_migrations.schema_migrations',
  );
  const applied = new Set(rows.map(({ version }) => version));
  const own = new Map(project.migrations.map((name) => [name.split('_')[0] ?? '', name]));
  const missing = [...own].filter(([version]) => !applied.has(version));
  const unknown = [...applied].filter((version) => !own.has(version));
  return [
    ...missing.map(([, place]) => ({ id: 'migration-not-applied' as const, place })),
    ...unknown.map((place) => ({ id: 'migration-unknown' as const, place })),
  ];
});
