-- Schedules, by pg_cron. It may be enabled after the migrations, so one function sets them up whenever it
-- is called. Elsewhere, any scheduler can run the same commands as postgres.

create function cognito.schedules(out name text, out schedule text, out command text) returns setof record
  language sql immutable
  set search_path = ''
  as $$
    values
      ('sweep-revocations', '17 3 * * *', 'select private.sweep_revocations()'),
      ('refresh-cognito-directory', '23 * * * *', 'set statement_timeout = ''30min''; select cognito.refresh()')
  $$;
revoke execute on function cognito.schedules() from public;
comment on function cognito.schedules() is 'What is to run, and when (cron, in GMT).';

create function cognito.set_up_schedules(out name text, out schedule text, out state text) returns setof record
  language plpgsql
  set search_path = ''
  as $$
  declare
    wanted record;
  begin
    for wanted in select * from cognito.schedules() loop
      name := wanted.name;
      schedule := wanted.schedule;
      if to_regnamespace('cron') is null then
        state := 'missing: enable the extension pg_cron (create extension pg_cron), and call cognito.set_up_schedules() again';
      else
        -- pg_cron replaces a job of the same name.
        execute 'select cron.schedule($1, $2, $3)' using wanted.name, wanted.schedule, wanted.command;
        state := 'scheduled';
      end if;
      return next;
    end loop;
  end
  $$;
revoke execute on function cognito.set_up_schedules() from public;
comment on function cognito.set_up_schedules() is
  'Schedules all that is to run by itself, and says of each what became of it. Can be called again: after pg_cron was enabled, or after a schedule was changed.';

create function cognito.remove_schedules() returns integer
  language plpgsql
  set search_path = ''
  as $$
  declare
    removed integer := 0;
  begin
    if to_regnamespace('cron') is not null then
      execute 'select count(cron.unschedule(j.jobname)) from cron.job as j
               where j.jobname in (select s.name from cognito.schedules() as s)' into removed;
    end if;
    return removed;
  end
  $$;
revoke execute on function cognito.remove_schedules() from public;
comment on function cognito.remove_schedules() is 'Ends the schedules that set_up_schedules() makes, and returns how many there were.';

select cognito.set_up_schedules();
