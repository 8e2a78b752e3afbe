-- Audit: who did what, when, with what before and after. Rows are added by triggers and never change:
-- no role may update or delete them, the owner included.

create schema audit;
revoke all on schema audit from public;
comment on schema audit is 'What has happened to memberships, roles, trust and sessions. Append-only.';

create table audit.events (
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
alter table audit.events enable row level security;

comment on table audit.events is 'One row a change. Personal data stays out: rows name people by id and sub.';
comment on column audit.events.id is 'Order of recording.';
comment on column audit.events.happened_at is 'Start of the transaction that made the change.';
comment on column audit.events.actor_sub is 'Claim sub of the caller; null for changes without a token.';
comment on column audit.events.actor_client is 'App client of the caller''s token.';
comment on column audit.events.actor_role is 'Database role that the request ran as.';
comment on column audit.events.action is 'insert, update or delete.';
comment on column audit.events.relation is 'Schema and name of the table.';
comment on column audit.events.target is 'The columns that name the row.';
comment on column audit.events.before is 'The audited columns before the change; null for an insert.';
comment on column audit.events.after is 'The audited columns after it; null for a delete.';

create index events_relation_happened_at_idx on audit.events (relation, happened_at desc);
create index events_actor_sub_happened_at_idx on audit.events (actor_sub, happened_at desc);

-- The service may read; nobody is granted more.
revoke all on audit.events from anon, authenticated, service_role;
grant usage on schema audit to service_role;
grant select on audit.events to service_role;

create function audit.refuse_change() returns trigger
  language plpgsql
  set search_path = ''
  as $$
  begin
    raise exception using errcode = 'insufficient_privilege', message = 'audit.events is append-only';
  end
  $$;
revoke execute on function audit.refuse_change() from public;
comment on function audit.refuse_change() is
  'Trigger: the owner has every privilege on the table, so a trigger says no to it as well.';

create trigger refuse_change before update or delete on audit.events
  for each row execute function audit.refuse_change();
create trigger refuse_truncate before truncate on audit.events
  for each statement execute function audit.refuse_change();

-- Security definer: whoever changes an audited row may not write to audit.events.
create function audit.record() returns trigger
  language plpgsql security definer
  set search_path = ''
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
    insert into audit.events (actor_sub, actor_client, actor_role, action, relation, target, before, after)
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
revoke execute on function audit.record() from public;
comment on function audit.record() is
  'Trigger (after, each row): records the change. Arguments: columns that name the row, columns that are audited.';
