-- Module audit: who did what, when, with what before and after. Rows are added by triggers and never
-- change: no role may update or delete them, the owner included. Only a person who is forgotten is taken
-- out of them.

select cognito_supabase.add_module('audit', '{base}');

create schema cognito_audit;
revoke all on schema cognito_audit from public;
comment on schema cognito_audit is 'What has happened to memberships, roles, trust and sessions. Append-only.';
create table cognito_audit.events (
  id bigint generated always as identity primary key,
  happened_at timestamptz not null default now(),
  actor_sub text,
  actor_client text,
  actor_role text not null,
  action text not null,
  relation text not null,
  target jsonb not null,
  before jsonb,
  after jsonb
);
alter table cognito_audit.events enable row level security;

comment on table cognito_audit.events is 'One row a change. Personal data stays out: rows name people by id and sub.';
comment on column cognito_audit.events.id is 'Order of recording.';
comment on column cognito_audit.events.happened_at is 'Start of the transaction that made the change.';
comment on column cognito_audit.events.actor_sub is 'Claim sub of the caller; null for changes without a token.';
comment on column cognito_audit.events.actor_client is 'App client of the caller''s token.';
comment on column cognito_audit.events.actor_role is 'Database role that the request ran as.';
comment on column cognito_audit.events.action is 'insert, update or delete.';
comment on column cognito_audit.events.relation is 'Schema and name of the table.';
comment on column cognito_audit.events.target is 'The columns that name the row.';
comment on column cognito_audit.events.before is 'The audited columns before the change; null for an insert.';
comment on column cognito_audit.events.after is 'The audited columns after it; null for a delete.';

create index events_relation_happened_at_idx on cognito_audit.events (relation, happened_at desc);
create index events_actor_sub_happened_at_idx on cognito_audit.events (actor_sub, happened_at desc);

-- The service may read; nobody is granted more.
revoke all on cognito_audit.events from anon, authenticated, service_role;
grant usage on schema cognito_audit to service_role;
grant select on cognito_audit.events to service_role;

-- Written by the triggers below alone; a plain insert, the owner's too, is refused. The one change there
-- is: a person who is to be forgotten. The trigger does not believe who asks; it looks whether the row
-- is what it was, with these names replaced.
create function cognito_audit.redacted(payload jsonb, names text[]) returns jsonb
  language sql immutable
  set search_path = pg_catalog, pg_temp
  as $$
    -- By key: a plan or a role may be called as somebody's sub is.
    select jsonb_object_agg(e.key, case
      when e.key in ('id', 'sub', 'cognito_sub', 'user_id', 'invited_by', 'accepted_by')
           and e.value #>> '{}' = any (names) then '"forgotten"'
      else e.value end)
    from jsonb_each(payload) as e
  $$;
revoke execute on function cognito_audit.redacted(jsonb, text[]) from public;
comment on function cognito_audit.redacted(jsonb, text[]) is 'The payload of an event, with each of the names replaced where it names a person.';

create function cognito_audit.refuse_change() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    names text[] := nullif(current_setting('cognito_audit.redacted_names', true), '')::text[];
  begin
    if tg_op = 'UPDATE' and names is not null then
      old.actor_sub := case when old.actor_sub = any (names) then 'forgotten' else old.actor_sub end;
      old.target := cognito_audit.redacted(old.target, names);
      old.before := cognito_audit.redacted(old.before, names);
      old.after := cognito_audit.redacted(old.after, names);
      if new is not distinct from old then
        return new;
      end if;
    end if;
    raise exception using errcode = 'insufficient_privilege', message = case tg_op
      when 'INSERT' then 'cognito_audit.events is written by triggers alone' else 'cognito_audit.events is append-only' end;
  end
  $$;
revoke execute on function cognito_audit.refuse_change() from public;
comment on function cognito_audit.refuse_change() is
  'Trigger: the owner has every privilege on the table, so a trigger says no to it as well. It lets the redaction of names pass (cognito_audit.redact_person), and nothing else.';

create trigger refuse_change before update or delete on cognito_audit.events
  for each row execute function cognito_audit.refuse_change();
-- Depth 0: not from within another trigger.
create trigger refuse_insert before insert on cognito_audit.events
  for each row when (pg_trigger_depth() = 0) execute function cognito_audit.refuse_change();
create trigger refuse_truncate before truncate on cognito_audit.events
  for each statement execute function cognito_audit.refuse_change();

-- Security definer: whoever changes an audited row may not write to cognito_audit.events.
create function cognito_audit.record() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    -- First argument: columns that name the row. Second: columns that are audited. Comma-separated.
    names text[] := string_to_array(tg_argv[0], ',');
    columns text[] := string_to_array(tg_argv[1], ',');
    old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    old_part jsonb := (select jsonb_object_agg(c, old_row -> c) from unnest(columns) as c where old_row is not null);
    new_part jsonb := (select jsonb_object_agg(c, new_row -> c) from unnest(columns) as c where new_row is not null);
    claims jsonb := auth.jwt();
  begin
    if old_part is not distinct from new_part then
      return null;
    end if;
    insert into cognito_audit.events (actor_sub, actor_client, actor_role, action, relation, target, before, after)
    values (
      claims ->> 'sub',
      coalesce(claims ->> 'client_id', claims ->> 'aud'),
      coalesce(nullif(current_setting('role', true), 'none'), session_user),
      lower(tg_op),
      tg_table_schema || '.' || tg_table_name,
      (select jsonb_object_agg(c, coalesce(new_row, old_row) -> c) from unnest(names) as c),
      old_part,
      new_part
    );
    return null;
  end
  $$;
revoke execute on function cognito_audit.record() from public;
comment on function cognito_audit.record() is
  'Trigger (after, each row): records the change. Arguments: columns that name the row, columns that are audited.';

-- For the owner alone: nobody else may update the table, and functions are closed.
create function cognito_audit.redact_person(sub text, email text) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    ids text[];
    names text[];
    redacted bigint;
  begin
    -- Profiles are audited by id and cognito_sub, and one that was made ahead of the first sign-in
    -- stood there as pending:email.
    select coalesce(array_agg(distinct e.target ->> 'id'), '{}') into ids
    from cognito_audit.events as e
    where e.relation = 'public.app_users'
      and array[e.target ->> 'cognito_sub', e.before ->> 'cognito_sub', e.after ->> 'cognito_sub']
        && array[redact_person.sub, 'pending:' || lower(redact_person.email)];
    select array[redact_person.sub] || ids || coalesce(array_agg(distinct s.name), '{}') into names
    from cognito_audit.events as e
    cross join lateral (values (e.target ->> 'cognito_sub'), (e.before ->> 'cognito_sub'), (e.after ->> 'cognito_sub')) as s (name)
    where e.relation = 'public.app_users' and e.target ->> 'id' = any (ids)
      and s.name <> redact_person.sub;
    perform set_config('cognito_audit.redacted_names', names::text, true);
    update cognito_audit.events as e set
      actor_sub = case when e.actor_sub = any (names) then 'forgotten' else e.actor_sub end,
      target = cognito_audit.redacted(e.target, names),
      before = cognito_audit.redacted(e.before, names),
      after = cognito_audit.redacted(e.after, names)
    where e.actor_sub = any (names)
      -- The text first: to take every event apart would cost many times as much.
      or (exists (
            select from unnest(names) as n
            where strpos(concat(e.target, e.before, e.after), to_jsonb(n)::text) > 0)
        and (e.target is distinct from cognito_audit.redacted(e.target, names)
          or e.before is distinct from cognito_audit.redacted(e.before, names)
          or e.after is distinct from cognito_audit.redacted(e.after, names)));
    get diagnostics redacted = row_count;
    perform set_config('cognito_audit.redacted_names', '', true);
    return redacted;
  end
  $$;
revoke execute on function cognito_audit.redact_person(text, text) from public;
comment on function cognito_audit.redact_person(text, text) is
  'Replaces a person''s sub, profile id and pending address by "forgotten" in all events, and returns in how many. The events themselves stay.';

-- Where module analytics is installed already, it counts this module's rows as well.
do $$
begin
  if to_regprocedure('cognito.add_module_sources()') is not null then
    perform cognito.add_module_sources();
  end if;
end
$$;
