-- Schedules, by pg_cron. The extension may be enabled after the migrations, and modules are added and
-- removed, so one function schedules the commands of the modules that are installed when it is called.
-- Without pg_cron, any scheduler can run the same commands as postgres.

create function cognito_supabase.schedules(out name text, out schedule text, out command text) returns setof record
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    select s.name, s.schedule, s.command
    from (values
      ('sweep-revocations', '17 3 * * *', 'select cognito_supabase.sweep_revocations()',
        'cognito_supabase.sweep_revocations()'),
      ('sweep-accounts', '29 3 * * *', 'select cognito_supabase.sweep_accounts()',
        'cognito_supabase.sweep_accounts()'),
      ('refresh-cognito-directory', '23 * * * *', 'set statement_timeout = ''30min''; select cognito.refresh()',
        'cognito.refresh(boolean)')
    ) as s (name, schedule, command, calls)
    where to_regprocedure(s.calls) is not null
  $$;
revoke execute on function cognito_supabase.schedules() from public;
comment on function cognito_supabase.schedules() is
  'Commands of the installed modules, with their schedules (cron, in GMT).';

create function cognito_supabase.set_up_schedules(out name text, out schedule text, out state text) returns setof record
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    wanted record;
  begin
    for wanted in select * from cognito_supabase.schedules() loop
      name := wanted.name;
      schedule := wanted.schedule;
      if to_regnamespace('cron') is null then
        state := 'missing: enable the extension pg_cron (create extension pg_cron), and call cognito_supabase.set_up_schedules() again';
      else
        -- pg_cron replaces a job of the same name.
        execute 'select cron.schedule($1, $2, $3)' using wanted.name, wanted.schedule, wanted.command;
        state := 'scheduled';
      end if;
      return next;
    end loop;
  end
  $$;
revoke execute on function cognito_supabase.set_up_schedules() from public;
comment on function cognito_supabase.set_up_schedules() is
  'Schedules the commands of the installed modules, and returns the state of each. Can be called again, after pg_cron was enabled or a schedule was changed.';

create function cognito_supabase.remove_schedules(names text[] default null) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    removed integer := 0;
  begin
    if to_regnamespace('cron') is not null then
      execute 'select count(cron.unschedule(j.jobname)) from cron.job as j where j.jobname = any ($1)'
        into removed using coalesce(names, array(select s.name from cognito_supabase.schedules() as s));
    end if;
    return removed;
  end
  $$;
revoke execute on function cognito_supabase.remove_schedules(text[]) from public;
comment on function cognito_supabase.remove_schedules(text[]) is
  'Removes these schedules, by default all of set_up_schedules(), and returns how many there were.';
