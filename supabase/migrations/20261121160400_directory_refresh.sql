-- cognito.refresh(): a run with cognito.users, inside the database; and the cost of a scan.

create function cognito.stage_scan(run_id bigint, only_subs text[], out rows_read bigint, out problem text)
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    scan refcursor;
    line cognito.users;
    batch cognito.users[];
    ended boolean := false;
    detail text;
  begin
    rows_read := 0;
    -- Reads in batches, each in its own block, so that rows before an error are kept. Variables keep
    -- their value after a failed block, but its rows are lost. A timeout or a cancel ends the reading
    -- like any other error.
    begin
      open scan no scroll for select u.* from cognito.users as u;
    exception when query_canceled or others then
      problem := sqlerrm;
      return;
    end;
    while not ended loop
      batch := '{}';
      begin
        for i in 1..600 loop
          fetch scan into line;
          if not found then
            ended := true;
            exit;
          end if;
          batch := batch || line;
        end loop;
        if ended then
          -- The wrapper may report a failure only at the end.
          close scan;
        end if;
      exception when query_canceled or others then
        get stacked diagnostics detail = pg_exception_detail;
        problem := concat_ws(': ', sqlerrm, nullif(detail, ''));
        -- Postgres has no text with NUL, and a scan cannot continue after that row.
        if problem ~* '\mnul\M|u0000|0x00|null character' then
          problem := problem || '. A user has a NUL in an attribute: `npm run directory -- sync` reads the pool without it';
        end if;
        ended := true;
      end;
      begin
        insert into cognito.staged_users
        select stage_scan.run_id, a.attributes ->> 'sub', b.username, b.email, a.attributes ->> 'email_verified' = 'true',
               b.status, b.enabled, b.created_at at time zone 'UTC', b.updated_at at time zone 'UTC', a.attributes
        from unnest(batch) as b
        cross join lateral (
          select coalesce(jsonb_object_agg(e.key, e.value), '{}') as attributes
          from jsonb_array_elements(b.attributes) as o, jsonb_each(o) as e
        ) as a
        where only_subs is null or a.attributes ->> 'sub' = any (only_subs);
        rows_read := rows_read + cardinality(batch);
      exception when query_canceled or others then
        problem := concat_ws('; ', problem, sqlerrm);
        ended := true;
      end;
    end loop;
    -- An open scan would fail again at the end of the transaction.
    if problem is not null then
      begin
        close scan;
      exception when query_canceled or others then
        null;
      end;
    end if;
  end
  $$;
revoke execute on function cognito.stage_scan(bigint, text[]) from public;
comment on function cognito.stage_scan(bigint, text[]) is
  'Reads cognito.users once and stages all users, or these people only. Returns the number of rows, and the error if there was one. It never fails.';

create function cognito.refresh(allow_deletes boolean default false) returns cognito.refresh_runs
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    run_id bigint;
    pass record;
    pages integer;
    missing text[];
  begin
    perform cognito.hold_run_lock(false);
    run_id := cognito.open_run('refresh');
    select * into pass from cognito.stage_scan(run_id, null);
    pages := ceil(pass.rows_read / 60.0);
    -- ListUsers promises no order, so a user who moves to a page that was read already is missed. So the
    -- pool is read again for all missing people. This also finds a skipped page.
    if pass.problem is null and (select t.confirm_deletes from cognito.directory_settings as t) then
      missing := array(select cognito.missing_users(run_id));
      if cardinality(missing) > 0 and pass.rows_read > 0 then
        select * into pass from cognito.stage_scan(run_id, missing);
        pages := pages + ceil(pass.rows_read / 60.0);
      end if;
    end if;
    return cognito.finish_sync(run_id, pass.problem is null, pages, pass.problem, allow_deletes);
  end
  $$;
revoke execute on function cognito.refresh(boolean) from public;
comment on function cognito.refresh(boolean) is
  'Reads the pool by cognito.users and merges it into the directory: one pass, and a second one if somebody is missing. Only one refresh can run at a time. A failed scan keeps the rows that it has read, marks nobody as deleted, and reports the error in the returned row.';

create function cognito.scan_cost(
  out users bigint, out pages bigint, out requests bigint, out seconds numeric, out based_on text
)
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    seconds_a_page numeric;
  begin
    select r.seen, format('run %s of %s', r.id, to_char(r.started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'))
      into users, based_on
    from cognito.refresh_runs as r where r.complete order by r.started_at desc limit 1;
    if not found then
      select greatest(c.reltuples, 0)::bigint, 'an estimate: there has been no complete run yet' into users, based_on
      from pg_catalog.pg_class as c where c.oid = 'cognito.directory'::regclass;
    end if;
    select extract(epoch from r.read_at - r.started_at) / r.pages into seconds_a_page
    from cognito.refresh_runs as r
    where r.source = 'refresh' and r.pages > 0 and r.read_at is not null
    order by r.started_at desc limit 1;
    pages := greatest(1, ceil(users / 60.0));
    requests := pages;
    seconds := round(pages * coalesce(seconds_a_page, 0.05), 1);
    based_on := based_on || case when seconds_a_page is null then ', 0.05 s a page assumed'
                                 else format(', %s s a page measured', round(seconds_a_page, 4)) end;
  end
  $$;
revoke execute on function cognito.scan_cost() from public;
comment on function cognito.scan_cost() is
  'The cost of a scan of cognito.users: users, pages of 60, requests (of the quota of 30 a second for account and region), seconds, and the source of these numbers. It does not call Cognito.';

select cognito_supabase.set_up_schedules();
