-- Module audit: who changed what, when, with the values before and after. Triggers add rows, and rows
-- never change: no role may update or delete them, not even the owner. The only exception is to replace
-- the names of a forgotten person.

select cognito_supabase.add_module('audit', '{base}');

create schema cognito_audit;
revoke all on schema cognito_audit from public;
comment on schema cognito_audit is 'Changes of memberships, roles, trust and sessions. Append-only.';
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

comment on table cognito_audit.events is 'One row for each change. Rows name people by id and sub, and contain no other personal data.';
comment on column cognito_audit.events.id is 'Order of recording.';
comment on column cognito_audit.events.happened_at is 'Start of the transaction that made the change.';
comment on column cognito_audit.events.actor_sub is 'Claim sub of the caller; null for changes without a token.';
comment on column cognito_audit.events.actor_client is 'App client of the caller''s token.';
comment on column cognito_audit.events.actor_role is 'Database role that the request ran as.';
comment on column cognito_audit.events.action is 'insert, update or delete.';
comment on column cognito_audit.events.relation is 'Schema and name of the table.';
comment on column cognito_audit.events.target is 'The columns that identify the row.';
comment on column cognito_audit.events.before is 'The audited columns before the change; null for an insert.';
comment on column cognito_audit.events.after is 'The audited columns after it; null for a delete.';

create index events_relation_happened_at_idx on cognito_audit.events (relation, happened_at desc);
create index events_actor_sub_happened_at_idx on cognito_audit.events (actor_sub, happened_at desc);

-- The service may read. Nobody has another grant.
revoke all on cognito_audit.events from anon, authenticated, service_role;
grant usage on schema cognito_audit to service_role;
grant select on cognito_audit.events to service_role;

-- Only the triggers below write it. Any other insert is refused, even by the owner. The only allowed
-- update replaces the names of a forgotten person. The trigger does not trust the caller: it compares the
-- new row with the old one with these names replaced.
create function cognito_audit.redacted(payload jsonb, names text[]) returns jsonb
  language sql immutable
  set search_path = pg_catalog, pg_temp
  as $$
    -- Only under these keys, because a plan or a role may have the same text as a sub.
    select jsonb_object_agg(e.key, case
      when e.key in ('id', 'sub', 'old_id', 'cognito_sub', 'user_id', 'invited_by', 'accepted_by')
           and e.value #>> '{}' = any (names) then '"forgotten"'
      else e.value end)
    from jsonb_each(payload) as e
  $$;
revoke execute on function cognito_audit.redacted(jsonb, text[]) from public;
comment on function cognito_audit.redacted(jsonb, text[]) is 'The payload of an event with the names replaced in all keys that name a person.';

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
  'Trigger: refuses changes by every role, because the owner has all privileges on the table. It allows the redaction of names (cognito_audit.redact_person), and nothing else.';

create trigger refuse_change before update or delete on cognito_audit.events
  for each row execute function cognito_audit.refuse_change();
-- Depth 0 means that no other trigger made the insert.
create trigger refuse_insert before insert on cognito_audit.events
  for each row when (pg_trigger_depth() = 0) execute function cognito_audit.refuse_change();
create trigger refuse_truncate before truncate on cognito_audit.events
  for each statement execute function cognito_audit.refuse_change();

-- Security definer, because callers who change an audited row may not write to cognito_audit.events.
create function cognito_audit.record() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    -- First argument: columns that identify the row. Second: columns that are audited. Comma-separated.
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
  'Trigger (after, each row): records the change. Arguments: columns that identify the row, columns that are audited.';

-- For the owner only. Nobody else may update the table or execute the function.
create function cognito_audit.redact_person(sub text, email text) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    ids text[];
    names text[];
    redacted bigint;
  begin
    -- Profiles are audited by id and cognito_sub. A profile that was made before the first sign-in has
    -- pending:email there.
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
      -- Search the text first, because parsing every event would be much slower.
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
  'Replaces a person''s sub, profile id and pending address by "forgotten" in all events, and returns the number of changed events. The events stay.';

-- If module analytics is installed already, add this module's tables as its sources.
do $$
begin
  if to_regprocedure('cognito.add_module_sources()') is not null then
    perform cognito.add_module_sources();
  end if;
end
$$;
