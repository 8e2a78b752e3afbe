-- Events, which triggers of the pool report between two runs, in any order and possibly more than once.
-- And forgetting a person.

create table cognito.forgotten (
  sub_hash bytea primary key,
  signed_up_on date,
  left_on date,
  status text,
  forgotten_at timestamptz not null default now()
);
alter table cognito.forgotten enable row level security;
comment on table cognito.forgotten is 'Forgotten people, without personal data. It keeps counts right, and prevents late events and scans from adding them again.';
comment on column cognito.forgotten.sub_hash is 'SHA-256 of the sub. The sub is random, so it cannot be guessed from the hash.';
comment on column cognito.forgotten.signed_up_on is 'Day of sign-up, for counts; null if the directory did not know the person.';
comment on column cognito.forgotten.left_on is 'Day of deletion.';
comment on column cognito.forgotten.status is 'Last status, for counts.';
comment on column cognito.forgotten.forgotten_at is 'When.';
revoke all on cognito.forgotten from anon, authenticated, service_role;

create function cognito.is_forgotten(sub text) returns boolean
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    select exists (select from cognito.forgotten as f where f.sub_hash = sha256(convert_to(sub, 'UTF8')))
  $$;
revoke execute on function cognito.is_forgotten(text) from public;
comment on function cognito.is_forgotten(text) is 'Whether this person was forgotten.';

create function cognito.hold_person(sub text) returns void
  language sql
  set search_path = pg_catalog, pg_temp
  as $$ select pg_catalog.pg_advisory_xact_lock(hashtextextended('cognito.directory ' || sub, 0)) $$;
revoke execute on function cognito.hold_person(text) from public;
comment on function cognito.hold_person(text) is 'Locks a person until the transaction ends, so that events and forgetting come one after the other.';

create function cognito.record_event(
  sub text,
  kind text,
  attributes jsonb default null,
  groups text[] default null,
  occurred_at timestamptz default clock_timestamp(),
  username text default null
) returns boolean
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    -- The facts of the event; null if it does not contain them.
    said_attributes jsonb;
    said_groups text[] := (
      select coalesce(array_agg(distinct g order by g), '{}') from unnest(record_event.groups) as g where g <> '');
    said_status text := record_event.attributes ->> 'cognito:user_status';
    said_enabled boolean := case when kind in ('signed_up', 'signed_in', 'enabled') then true
                                 when kind = 'disabled' then false end;
    as_of timestamptz := record_event.occurred_at;
    groups_at timestamptz := case when record_event.groups is not null then record_event.occurred_at end;
    active boolean := kind in ('signed_up', 'confirmed', 'signed_in');
    gone boolean := kind = 'deleted';
  begin
    if coalesce(trim(sub), '') = '' or occurred_at is null then
      raise exception using errcode = 'PT400', message = 'record_event needs a sub and a time';
    end if;
    perform cognito_supabase.check_length('sub', sub, 1, 255), cognito_supabase.check_length('username', username, 1, 255);
    if (kind in ('signed_up', 'confirmed', 'signed_in', 'changed', 'enabled', 'disabled', 'regrouped', 'deleted')) is not true then
      raise exception using errcode = 'PT400',
        message = format('record_event does not know the kind %s', coalesce(kind, 'null')),
        hint = 'The kinds are signed_up, confirmed, signed_in, changed, enabled, disabled, regrouped and deleted.';
    end if;
    if jsonb_typeof(attributes) <> 'object'
       or exists (select from jsonb_each(attributes) as a where jsonb_typeof(a.value) not in ('string', 'null')) then
      raise exception using errcode = 'PT400',
        message = 'attributes is one JSON object, and its values are text',
        hint = '{"email": "…", "email_verified": "true"}';
    end if;
    perform cognito_supabase.check_length('email', nullif(attributes ->> 'email', ''), 1, 320);
    perform cognito_supabase.check_length('a group', g, 0, 128) from unnest(groups) as g;
    if said_status !~ '^[A-Z_]{1,40}$' then
      raise exception using errcode = 'PT400', message = 'cognito:user_status is not a status of Cognito',
        hint = 'UNCONFIRMED, CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, EXTERNAL_PROVIDER …';
    end if;
    if kind = 'regrouped' and groups is null then
      raise exception using errcode = 'PT400', message = 'regrouped needs the groups of the person',
        hint = 'An empty array means no group.';
    end if;
    if occurred_at < '2014-07-10' then
      raise exception using errcode = 'PT400', message = 'the time of the event is before Cognito existed';
    end if;
    if occurred_at > clock_timestamp() + interval '5 minutes' then
      raise exception using errcode = 'PT400', message = 'the time of the event is in the future',
        hint = 'It would override all events until then.';
    end if;
    -- So that forgetting the same person comes before or after, not in between.
    perform cognito.hold_person(sub);
    if cognito.is_forgotten(sub) then
      return false;
    end if;

    -- Triggers add their own names to the attributes. ListUsers does not have them.
    select coalesce(jsonb_object_agg(a.key, a.value), '{}') into said_attributes
    from jsonb_each(record_event.attributes) as a
    where a.key not like 'cognito:%' and jsonb_typeof(a.value) <> 'null';
    said_status := coalesce(said_status, case kind when 'signed_up' then 'UNCONFIRMED' when 'confirmed' then 'CONFIRMED' end);

    -- A complete run that began later has read all facts of the users that it has read.
    if exists (select from cognito.directory as d
               where d.sub = record_event.sub and d.scanned and d.missed_at is null) then
      if exists (select from cognito.refresh_runs as r where r.complete and r.started_at >= occurred_at) then
        as_of := null;
        gone := false;
        if exists (select from cognito.refresh_runs as r
                   where r.complete and r.with_groups and r.started_at >= occurred_at) then
          groups_at := null;
        end if;
      end if;
    end if;

    insert into cognito.directory as d (
      sub, username, email, email_verified, status, enabled, created_at, updated_at, attributes, groups,
      mfa_enabled, first_seen_at, last_seen_at, last_active_at, deleted_at,
      attributes_as_of, status_as_of, enabled_as_of, groups_as_of
    ) values (
      record_event.sub,
      coalesce(record_event.username, record_event.sub),
      nullif(said_attributes ->> 'email', ''),
      coalesce(said_attributes ->> 'email_verified' = 'true', false),
      said_status,
      said_enabled,
      case when not gone then occurred_at end,
      case when not gone then occurred_at end,
      said_attributes,
      case when record_event.groups is not null then said_groups end,
      (record_event.attributes ->> 'cognito:mfa_enabled') = 'true',
      clock_timestamp(),
      occurred_at,
      case when active then occurred_at end,
      case when gone then occurred_at end,
      case when record_event.attributes is not null then as_of end,
      case when said_status is not null then as_of end,
      case when said_enabled is not null then as_of end,
      groups_at
    )
    on conflict on constraint directory_pkey do update set
      username = case when record_event.username is not null and as_of >= coalesce(d.attributes_as_of, '-infinity')
                      then excluded.username else d.username end,
      email = case when excluded.attributes_as_of >= coalesce(d.attributes_as_of, '-infinity') then excluded.email else d.email end,
      email_verified = case when excluded.attributes_as_of >= coalesce(d.attributes_as_of, '-infinity') then excluded.email_verified else d.email_verified end,
      attributes = case when excluded.attributes_as_of >= coalesce(d.attributes_as_of, '-infinity') then excluded.attributes else d.attributes end,
      status = case when excluded.status_as_of >= coalesce(d.status_as_of, '-infinity') then excluded.status else d.status end,
      enabled = case when excluded.enabled_as_of >= coalesce(d.enabled_as_of, '-infinity') then excluded.enabled else d.enabled end,
      groups = case when excluded.groups_as_of >= coalesce(d.groups_as_of, '-infinity') then excluded.groups else d.groups end,
      -- Without its own time, because it is reported rarely.
      mfa_enabled = case when excluded.attributes_as_of >= coalesce(d.attributes_as_of, '-infinity')
                         then coalesce(excluded.mfa_enabled, d.mfa_enabled) else coalesce(d.mfa_enabled, excluded.mfa_enabled) end,
      created_at = case when d.scanned then d.created_at else least(d.created_at, excluded.created_at) end,
      updated_at = case when d.scanned then d.updated_at else greatest(d.updated_at, excluded.updated_at) end,
      last_seen_at = greatest(d.last_seen_at, excluded.last_seen_at),
      missed_at = case when occurred_at > d.missed_at and not gone then null else d.missed_at end,
      last_active_at = greatest(d.last_active_at, excluded.last_active_at),
      -- Deleted, if that is the newest report; existing again, if a later event shows the person.
      deleted_at = case
        when gone and excluded.deleted_at >= d.last_seen_at then greatest(d.deleted_at, excluded.deleted_at)
        when record_event.kind <> 'deleted' and occurred_at > d.deleted_at then null
        else d.deleted_at end,
      attributes_as_of = greatest(d.attributes_as_of, excluded.attributes_as_of),
      status_as_of = greatest(d.status_as_of, excluded.status_as_of),
      enabled_as_of = greatest(d.enabled_as_of, excluded.enabled_as_of),
      groups_as_of = greatest(d.groups_as_of, excluded.groups_as_of)
    -- A repeated event finds its own times and writes nothing.
    where occurred_at < d.created_at and not d.scanned
      or (as_of is not null and occurred_at > d.last_seen_at)
      or (gone and occurred_at >= d.last_seen_at and occurred_at > coalesce(d.deleted_at, '-infinity'))
      or (active and occurred_at > coalesce(d.last_active_at, '-infinity'))
      or excluded.attributes_as_of > coalesce(d.attributes_as_of, '-infinity')
      or excluded.status_as_of > coalesce(d.status_as_of, '-infinity')
      or excluded.enabled_as_of > coalesce(d.enabled_as_of, '-infinity')
      or excluded.groups_as_of > coalesce(d.groups_as_of, '-infinity');
    return found;
  end
  $$;
revoke execute on function cognito.record_event(text, text, jsonb, text[], timestamptz, text) from public;
comment on function cognito.record_event(text, text, jsonb, text[], timestamptz, text) is
  'Writes one event of the pool to the directory: signed_up, confirmed, signed_in, changed, enabled, disabled, regrouped or deleted, with all attributes or groups if they are known. The newest report of each fact counts, so events may come late, in any order and twice. Returns whether anything changed. Report a sign-up after its confirmation, not from the pre sign-up trigger, because it may still be refused there.';

-- Security definer: schema cognito stays closed to the service, which may say but not read.
create function public.record_cognito_event(
  sub text,
  kind text,
  attributes jsonb default null,
  groups text[] default null,
  occurred_at timestamptz default clock_timestamp(),
  username text default null
) returns boolean
  language sql security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select cognito.record_event(sub, kind, attributes, groups, occurred_at, username)
  $$;
revoke execute on function public.record_cognito_event(text, text, jsonb, text[], timestamptz, text)
  from public, anon, authenticated;
grant execute on function public.record_cognito_event(text, text, jsonb, text[], timestamptz, text) to service_role;
comment on function public.record_cognito_event(text, text, jsonb, text[], timestamptz, text) is
  'Reports an event of the user pool to the directory. For the service only; the pool''s triggers call it. Events may come late, in any order and twice.';

-- Other modules may have rows of the person. The SQL is dynamic, because these modules may not be
-- installed.
create function cognito.has_profile(sub text) returns boolean
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    found boolean := false;
  begin
    if to_regprocedure('public.delete_profile(text)') is not null then
      execute 'select exists (select from public.app_users as u where u.cognito_sub = $1)' into found using sub;
    end if;
    return found;
  end
  $$;
revoke execute on function cognito.has_profile(text) from public;
comment on function cognito.has_profile(text) is 'Whether module profiles is installed and has a row of this person.';

create function cognito.forget_elsewhere(sub text, email text) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    payloads bigint := 0;
    redacted bigint;
    old_id text;
  begin
    if to_regclass('cognito_supabase.disabled_users') is not null then
      execute 'delete from cognito_supabase.disabled_users as d where d.sub = $1' using sub;
    end if;
    if to_regclass('cognito_supabase.transfers') is not null then
      execute 'delete from cognito_supabase.sign_ins as s where s.sub = $1' using sub;
      execute 'update cognito_supabase.admin_operations as o set sub = ''forgotten'' where o.sub = $1' using sub;
      execute 'update cognito_supabase.admin_operations as o set actor_sub = ''forgotten'', key_hash = null where o.actor_sub = $1' using sub;
      for old_id in execute 'delete from cognito_supabase.transfers as t where t.sub = $1 returning t.old_id::text' using sub loop
        payloads := payloads + cognito_audit.redact_person(old_id, email);
      end loop;
    end if;
    -- Last, because the deletion is audited.
    if to_regprocedure('cognito_audit.redact_person(text, text)') is not null then
      execute 'select cognito_audit.redact_person($1, $2)' into redacted using sub, email;
      payloads := payloads + redacted;
      execute 'analyze cognito_audit.events';
    end if;
    return payloads;
  end
  $$;
revoke execute on function cognito.forget_elsewhere(text, text) from public;
comment on function cognito.forget_elsewhere(text, text) is
  'Removes a person from the modules trust, accounts and audit, where they are installed, and returns how many events of the audit named the person.';

create function cognito.forget(sub text) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    person cognito.directory;
    changes bigint;
    payloads bigint;
    known boolean;
  begin
    if coalesce(sub, '') = '' then
      raise exception using errcode = 'PT400', message = 'forget needs a sub';
    end if;
    -- A run that has read the person would bring them back.
    perform cognito.take_run_lock(patience => '60s');
    perform cognito.hold_person(sub);
    if cognito.has_profile(forget.sub) then
      raise exception using errcode = 'PT409', message = 'the person still has a profile',
        hint = 'select public.delete_profile(sub) first: the deletion is audited, and forget then cleans the audit.';
    end if;
    known := cognito.is_forgotten(sub);
    select count(*) into changes from cognito.directory_history as h where h.sub = forget.sub;
    delete from cognito.directory as d where d.sub = forget.sub returning d.* into person;
    delete from cognito.staged_users as s where s.sub = forget.sub;
    insert into cognito.forgotten as f (sub_hash, signed_up_on, left_on, status)
      values (sha256(convert_to(forget.sub, 'UTF8')), (person.created_at at time zone 'UTC')::date,
              (coalesce(person.deleted_at, case when person.sub is not null then now() end) at time zone 'UTC')::date,
              person.status)
    on conflict on constraint forgotten_pkey do nothing;
    payloads := cognito.forget_elsewhere(forget.sub, person.email);
    if not known and person.sub is null and payloads = 0 then
      raise exception using errcode = 'PT404', message = 'no person with this sub is known',
        hint = 'It is the attribute sub: select sub from cognito.directory where email = ''…''.';
    end if;
    -- The planner's statistics have samples of what was there.
    analyze cognito.directory, cognito.directory_history;
    return jsonb_build_object('directory', (person.sub is not null)::int, 'history', changes, 'audit', payloads);
  end
  $$;
revoke execute on function cognito.forget(text) from public;
comment on function cognito.forget(text) is
  'Removes a person from directory, history and audit payloads, and says how many rows of each. Counts stay right: cognito.forgotten keeps a row without personal data. Waits a minute for a run under way. Delete the user in Cognito and the application''s rows first: deleting those is audited, and this cleans the audit.';
