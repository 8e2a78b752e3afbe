-- Only one run at a time. begin_sync holds the lock for its session, between its statements. A run in one
-- transaction holds it until the transaction ends, so that the next run sees all its rows. Lock 1 is the
-- lock. A session also takes lock 2 to record that it holds lock 1 beyond the transaction.
create function cognito.run_lock() returns integer
  language sql immutable
  set search_path = pg_catalog, pg_temp
  return 1668245358; -- 'cogn'
revoke execute on function cognito.run_lock() from public;
comment on function cognito.run_lock() is 'Class of the advisory locks of refresh and sync.';

create function cognito.take_run_lock(patience text default null) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    usual text := current_setting('lock_timeout');
    holder record;
  begin
    if patience is not null then
      begin
        perform set_config('lock_timeout', patience, true);
        perform pg_advisory_xact_lock(cognito.run_lock(), 1);
      exception when lock_not_available then
        null;
      end;
      perform set_config('lock_timeout', usual, true);
    end if;
    if not pg_try_advisory_xact_lock(cognito.run_lock(), 1) then
      select a.pid, a.usename, nullif(a.application_name, '') as program into holder
      from pg_catalog.pg_locks as l join pg_catalog.pg_stat_activity as a on a.pid = l.pid
      where l.locktype = 'advisory' and l.classid = cognito.run_lock() and l.objid = 1 and l.objsubid = 2 and l.granted;
      raise exception using errcode = 'lock_not_available',
        message = 'another refresh or sync of cognito.directory is running',
        detail = format('Process %s of role %s holds the lock, program %s.', holder.pid, holder.usename, coalesce(holder.program, 'without a name')),
        hint = format('Wait for it. It ends with that session at the latest: select pg_terminate_backend(%s)', holder.pid);
    end if;
  end
  $$;
revoke execute on function cognito.take_run_lock(text) from public;
comment on function cognito.take_run_lock(text) is
  'Takes the lock of refresh and sync until the transaction ends. Waits for it for the given time (such as 60s), by default not at all. Fails with 55P03 and names the process that holds it.';

create function cognito.hold_run_lock(for_session boolean) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    key constant integer := cognito.run_lock();
    held boolean := exists (
      select from pg_catalog.pg_locks as l
      where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.classid = key and l.objid = 2
        and l.objsubid = 2 and l.granted
    );
  begin
    -- A lock that this session still holds from an unfinished run stays.
    perform cognito.take_run_lock();
    if for_session and not held then
      perform pg_advisory_lock(key, n) from generate_series(1, 2) as n;
    elsif not for_session and held then
      perform pg_advisory_unlock(key, n) from generate_series(1, 2) as n;
    end if;
  end
  $$;
revoke execute on function cognito.hold_run_lock(boolean) from public;
comment on function cognito.hold_run_lock(boolean) is
  'Takes the lock of refresh and sync, for the session or for this transaction alone. Fails with 55P03 if another session has it.';
