-- Runs: one pass over the pool, merged into the directory. A run consists of begin_sync, staging and
-- finish_sync. cognito.refresh() does all three with cognito.users. `npm run directory -- sync` stages
-- from outside.

create function cognito.open_run(source text) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    run_id bigint;
  begin
    update cognito.refresh_runs as r
    set ended_at = clock_timestamp(), error = coalesce(r.error, 'cut off before it finished')
    where r.ended_at is null;
    -- Not truncate, because its lock would block every reader, such as a dump, until a refresh ends.
    delete from cognito.staged_users;
    delete from cognito.staged_parts;
    insert into cognito.refresh_runs as r (source) values (open_run.source) returning r.id into run_id;
    return run_id;
  end
  $$;
revoke execute on function cognito.open_run(text) from public;
comment on function cognito.open_run(text) is 'Ends interrupted runs, deletes their staged rows, and begins a run. The caller holds the lock.';

create function cognito.begin_sync(source text) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    -- First, because a later failure keeps the lock.
    perform cognito_supabase.check_one_of('source', coalesce(source, ''), '{refresh,sync}');
    perform cognito.hold_run_lock(true);
    return cognito.open_run(source);
  end
  $$;
revoke execute on function cognito.begin_sync(text) from public;
comment on function cognito.begin_sync(text) is
  'Begins a run (refresh or sync) and returns its id, under which users are staged. The session holds a lock until finish_sync: connect directly or in session mode, not through a transaction pooler.';

create function cognito.resume_sync(run_id bigint) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito.hold_run_lock(true);
    if exists (
      select from cognito.refresh_runs as r, cognito.directory_settings as t
      where r.id = resume_sync.run_id and r.source = 'sync'
        and r.ended_at is null and r.started_at > now() - t.resume_within
        and exists (select from cognito.staged_parts as p where p.run_id = r.id)
    ) then
      return run_id;
    end if;
    return cognito.open_run('sync');
  end
  $$;
revoke execute on function cognito.resume_sync(bigint) from public;
comment on function cognito.resume_sync(bigint) is
  'As begin_sync, but continues this interrupted sync if it is still open and not too old. cognito.staged_parts has the parts that it has read. Otherwise it begins a new one and returns its id.';

create function cognito.missing_users(run_id bigint) returns setof text
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    select d.sub
    from cognito.directory as d
    join cognito.refresh_runs as r on r.id = missing_users.run_id
    where d.deleted_at is null and d.last_seen_at <= r.started_at
      and not exists (
        select from cognito.staged_users as s where s.run_id = r.id and s.sub = d.sub)
  $$;
revoke execute on function cognito.missing_users(bigint) from public;
comment on function cognito.missing_users(bigint) is
  'The people whom finish_sync would mark as deleted: in the directory since before the run began, and not staged. Look them up before finishing, and stage those who exist.';

-- Returns the number of written rows. It touches only rows that differ, because `on conflict do update`
-- would lock, and thereby write, every row.
create function cognito.merge_staged(run cognito.refresh_runs) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    added bigint;
    updated bigint;
  begin
    if exists (select from cognito.staged_users as s group by s.sub having count(*) > 1) then
      delete from cognito.staged_users as s using (
        select ctid as tid, row_number() over (
          partition by sub order by updated_at desc nulls last, groups is not null desc, ctid desc) as place
        from cognito.staged_users
      ) as ranked
      where s.ctid = ranked.tid and ranked.place > 1;
    end if;
    analyze cognito.staged_users;

    insert into cognito.directory (
      sub, username, email, email_verified, status, enabled, created_at, updated_at, attributes, groups,
      first_seen_at, last_seen_at, scanned, attributes_as_of, status_as_of, enabled_as_of, groups_as_of)
    select
      s.sub, coalesce(s.username, s.sub), s.email, coalesce(s.email_verified, false), s.status, s.enabled,
      s.created_at, s.updated_at, coalesce(s.attributes, '{}'),
      case when s.groups is not null then array(select g from unnest(s.groups) as g order by g) end,
      clock_timestamp(), run.started_at, true, v.as_of, v.as_of, v.as_of,
      case when s.groups is not null then run.started_at end
    from cognito.staged_users as s
    cross join lateral (select greatest(run.started_at, s.updated_at) as as_of) as v
    where not exists (select from cognito.directory as d where d.sub = s.sub)
      and not exists (
        select from cognito.forgotten as f where f.sub_hash = sha256(convert_to(s.sub, 'UTF8')))
    on conflict on constraint directory_pkey do nothing;
    get diagnostics added = row_count;

    -- The newest report of each fact counts: a fact from an event after the run began stays, unless
    -- Cognito changed the user even later. All conditions are on d, so that Postgres checks them again if
    -- an event commits in between.
    update cognito.directory as d set
      username = case when v.as_of >= coalesce(d.attributes_as_of, '-infinity') then coalesce(s.username, d.username) else d.username end,
      email = case when v.as_of >= coalesce(d.attributes_as_of, '-infinity') then s.email else d.email end,
      email_verified = case when v.as_of >= coalesce(d.attributes_as_of, '-infinity') then v.email_verified else d.email_verified end,
      attributes = case when v.as_of >= coalesce(d.attributes_as_of, '-infinity') then v.attributes else d.attributes end,
      attributes_as_of = greatest(d.attributes_as_of, v.as_of),
      status = case when v.as_of >= coalesce(d.status_as_of, '-infinity') then s.status else d.status end,
      status_as_of = greatest(d.status_as_of, v.as_of),
      enabled = case when v.as_of >= coalesce(d.enabled_as_of, '-infinity') then s.enabled else d.enabled end,
      enabled_as_of = greatest(d.enabled_as_of, v.as_of),
      groups = case when run.started_at >= coalesce(d.groups_as_of, '-infinity') then coalesce(v.groups, d.groups) else d.groups end,
      groups_as_of = case when v.groups is not null then greatest(d.groups_as_of, run.started_at) else d.groups_as_of end,
      created_at = coalesce(s.created_at, d.created_at),
      updated_at = case when d.scanned then greatest(d.updated_at, s.updated_at) else coalesce(s.updated_at, d.updated_at) end,
      last_seen_at = greatest(d.last_seen_at, run.started_at),
      deleted_at = case when d.deleted_at < run.started_at then null else d.deleted_at end,
      missed_at = null,
      scanned = true
    from cognito.staged_users as s
    cross join lateral (
      select greatest(run.started_at, s.updated_at) as as_of,
             coalesce(s.email_verified, false) as email_verified,
             coalesce(s.attributes, '{}') as attributes,
             case when s.groups is not null then array(select g from unnest(s.groups) as g order by g) end as groups
    ) as v
    where d.sub = s.sub and (
      not d.scanned
      or d.missed_at is not null
      or s.updated_at > d.updated_at
      -- Readers round fractions of seconds differently.
      or date_trunc('second', s.created_at) <> date_trunc('second', d.created_at)
      or d.created_at is null
      or d.deleted_at < run.started_at
      or (v.as_of >= coalesce(d.attributes_as_of, '-infinity') and (
        s.email is distinct from d.email or v.email_verified <> d.email_verified
        or v.attributes <> d.attributes or s.username <> d.username))
      or (v.as_of >= coalesce(d.status_as_of, '-infinity') and s.status is distinct from d.status)
      or (v.as_of >= coalesce(d.enabled_as_of, '-infinity') and s.enabled is distinct from d.enabled)
      or (run.started_at >= coalesce(d.groups_as_of, '-infinity') and v.groups <> coalesce(d.groups, '{NULL}'))
    );
    get diagnostics updated = row_count;
    return added + updated;
  end
  $$;
revoke execute on function cognito.merge_staged(cognito.refresh_runs) from public;
comment on function cognito.merge_staged(cognito.refresh_runs) is
  'Writes staged users that are new or different to the directory, and returns the number of rows.';

create function cognito.mark_gone(
  run cognito.refresh_runs, allow_deletes boolean, out gone bigint, out waiting bigint, out refusal text
)
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    missing text[] := array(select cognito.missing_users(run.id));
    confirmed text[];
    people bigint;
    known bigint;
    settings cognito.directory_settings := (select t from cognito.directory_settings as t);
    seen_until timestamptz := (select max(r.started_at) from cognito.refresh_runs as r where r.complete);
  begin
    select count(*), count(*) filter (where d.first_seen_at < run.started_at) into people, known
    from cognito.directory as d where d.deleted_at is null;
    gone := 0;
    waiting := cardinality(missing);
    if not allow_deletes and cardinality(missing) > 0 and (
      run.seen = 0
      -- If no known person was found, it is probably another pool.
      or (cardinality(missing) > 1 and cardinality(missing) >= known)
      or (cardinality(missing) > settings.delete_floor and cardinality(missing) > settings.delete_share * people)
    ) then
      refusal := format('%s of %s people are missing from the pool: nobody was marked as gone. If they are gone, call again with allow_deletes => true', cardinality(missing), people);
      return;
    end if;
    if run.source = 'sync' then
      confirmed := missing;
    else
      confirmed := array(
        select d.sub from cognito.directory as d
        where d.sub = any (missing) and d.missed_at <= run.started_at - settings.gone_after);
      update cognito.directory as d set missed_at = run.started_at
      where d.sub = any (missing) and d.missed_at is null and d.deleted_at is null
        and d.last_seen_at <= run.started_at;
    end if;
    update cognito.directory as d set
      deleted_at = run.started_at,
      missed_at = null,
      last_seen_at = greatest(d.last_seen_at, least(seen_until, coalesce(d.missed_at, seen_until)))
    where d.sub = any (confirmed) and d.deleted_at is null and d.last_seen_at <= run.started_at;
    get diagnostics gone = row_count;
    waiting := cardinality(missing) - cardinality(confirmed);
  end
  $$;
revoke execute on function cognito.mark_gone(cognito.refresh_runs, boolean) from public;
comment on function cognito.mark_gone(cognito.refresh_runs, boolean) is
  'Marks people as deleted whom a complete run has missed: a sync at once, a refresh if an earlier one missed them too (directory_settings.gone_after). Returns how many are deleted, how many are only missing, and an error message if it would be too many.';

create function cognito.finish_sync(
  run_id bigint, complete boolean, pages integer, error text default null, allow_deletes boolean default false
) returns cognito.refresh_runs
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    run cognito.refresh_runs;
    nameless bigint;
  begin
    perform cognito.hold_run_lock(false);
    select * into run from cognito.refresh_runs as r where r.id = finish_sync.run_id for update;
    if not found then
      raise exception using errcode = 'PT404', message = format('there is no run %s', run_id);
    end if;
    if run.ended_at is not null then
      return run;
    end if;
    run.pages := finish_sync.pages;
    run.read_at := clock_timestamp();
    run.error := finish_sync.error;
    run.deleted := 0;
    run.missing := 0;
    -- Too long for an index. Cognito does not have such values.
    update cognito.staged_users as s set sub = null
    where s.run_id = run.id and (trim(s.sub) = '' or char_length(s.sub) > 255 or char_length(s.username) > 255);
    update cognito.staged_users as s set email = null where s.run_id = run.id and char_length(s.email) > 320;
    select count(distinct s.sub), count(*) filter (where s.sub is null),
           count(s.groups) > 0 and count(*) = count(s.groups)
      into run.seen, nameless, run.with_groups
    from cognito.staged_users as s where s.run_id = run.id;
    run.complete := coalesce(finish_sync.complete, false) and nameless = 0;
    if nameless > 0 then
      run.error := concat_ws('; ', run.error, format('%s users came without a sub, or with one of over 255 characters', nameless));
    end if;

    -- Record an error here in the run's row, so that the run is not lost.
    begin
      delete from cognito.staged_users as s where s.run_id <> run.id or s.sub is null;
      run.changed := cognito.merge_staged(run);
      if run.complete then
        declare
          marked record;
        begin
          select * into marked from cognito.mark_gone(run, allow_deletes);
          run.deleted := marked.gone;
          run.missing := marked.waiting;
          run.complete := marked.refusal is null;
          run.error := coalesce(run.error || '; ' || marked.refusal, run.error, marked.refusal);
        end;
      end if;
    exception when query_canceled or others then
      run.changed := 0;
      run.deleted := 0;
      run.complete := false;
      run.error := concat_ws('; ', run.error, sqlerrm);
    end;
    delete from cognito.staged_users;
    delete from cognito.staged_parts;
    -- Update the planner's statistics after a change of a tenth of the rows.
    if run.changed + run.deleted > (select greatest(c.reltuples, 0) / 10 from pg_catalog.pg_class as c
                                    where c.oid = 'cognito.directory'::regclass) then
      analyze cognito.directory;
    end if;

    update cognito.refresh_runs as r set
      read_at = run.read_at, ended_at = clock_timestamp(), pages = run.pages, seen = run.seen, changed = run.changed,
      deleted = run.deleted, missing = run.missing, complete = run.complete, with_groups = run.with_groups, error = run.error
    where r.id = run.id
    returning r.* into run;
    return run;
  end
  $$;
revoke execute on function cognito.finish_sync(bigint, boolean, integer, text, boolean) from public;
comment on function cognito.finish_sync(bigint, boolean, integer, text, boolean) is
  'Merges the staged users of a run, marks missing people as deleted if the whole pool was read, empties the staging table and releases the lock. Returns the run''s row with the result, including errors.';
