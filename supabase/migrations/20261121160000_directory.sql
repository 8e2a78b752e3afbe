-- Module directory: cognito.directory, the user pool as an indexed table, so that a query takes
-- milliseconds instead of reading the whole pool. Three sources update it: a refresh reads cognito.users,
-- a sync reads Cognito in parallel from outside, and events report changes in between. Each fact has the
-- time at which it was known to be true, and the newest wins, in whatever order they arrive.

select cognito_supabase.add_module('directory', '{cognito-users}');

create table cognito.directory (
  sub text primary key,
  username text not null,
  email text,
  email_verified boolean not null default false,
  status text,
  enabled boolean,
  created_at timestamptz,
  updated_at timestamptz,
  attributes jsonb not null default '{}',
  groups text[],
  mfa_enabled boolean,
  first_seen_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  last_active_at timestamptz,
  deleted_at timestamptz,
  missed_at timestamptz,
  scanned boolean not null default false,
  attributes_as_of timestamptz,
  status_as_of timestamptz,
  enabled_as_of timestamptz,
  groups_as_of timestamptz,
  constraint directory_sub_not_empty check (sub <> ''),
  constraint directory_attributes_is_object check (jsonb_typeof(attributes) = 'object')
)
-- Events update rows often, and index-only scans need pages that vacuum has marked.
with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
alter table cognito.directory enable row level security;

comment on table cognito.directory is 'One row for each user of the pool, deleted ones included: the indexed copy of cognito.users.';
comment on column cognito.directory.sub is 'Attribute sub, which never changes: joins app_users.cognito_sub and the claim sub.';
comment on column cognito.directory.username is 'Username in the pool; with email sign-in, the sub.';
comment on column cognito.directory.email is 'Attribute email, as it was written; null if it has more than 320 characters.';
comment on column cognito.directory.email_verified is 'Whether Cognito has verified the address.';
comment on column cognito.directory.status is 'UNCONFIRMED, CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, EXTERNAL_PROVIDER or UNKNOWN; null if it is not known.';
comment on column cognito.directory.enabled is 'False if an administrator has disabled the user; null if it is not known.';
comment on column cognito.directory.created_at is 'Sign-up. Without a scan, the time of the earliest event; null if only the deletion is known.';
comment on column cognito.directory.updated_at is 'Last change in Cognito, by the last scan; without a scan, by events.';
comment on column cognito.directory.attributes is 'All attributes as one object, {"sub": "…", "email": "…"}. Values are text, as in Cognito.';
comment on column cognito.directory.groups is 'Groups, sorted. Null: not known, because cognito.users has none; a sync with groups and events do.';
comment on column cognito.directory.mfa_enabled is 'Null: not known. ListUsers does not return it, but an event may have it (attribute cognito:mfa_enabled).';
comment on column cognito.directory.first_seen_at is 'When the directory first learned of the user.';
comment on column cognito.directory.last_seen_at is 'Newest proof of existence that changed the row. A user who is not marked as deleted also existed at the last complete run; that time is not written to each row, because it would rewrite the table at each run.';
comment on column cognito.directory.last_active_at is 'Last sign-up, confirmation or sign-in that an event reported.';
comment on column cognito.directory.deleted_at is 'When the user was known to be deleted; null for existing users.';
comment on column cognito.directory.missed_at is 'Start of the first complete refresh that did not find the user; null if the last one did. Wrappers can end a scan early without an error, so one run is no proof.';
comment on column cognito.directory.scanned is 'Whether a scan has read the user. Without a scan, times are those of events.';
comment on column cognito.directory.attributes_as_of is 'The latest time at which username, email, email_verified and attributes are known to be true.';
comment on column cognito.directory.status_as_of is 'The same for status.';
comment on column cognito.directory.enabled_as_of is 'The same for enabled.';
comment on column cognito.directory.groups_as_of is 'The same for groups.';

-- Indexes for the usual queries: an address (exact, by its beginning, or in any case), a username, the
-- newest users, counts by status, members of a group.
create index directory_email_idx on cognito.directory (email text_pattern_ops);
create index directory_lower_email_idx on cognito.directory (lower(email) text_pattern_ops);
create index directory_username_idx on cognito.directory (username);
create index directory_created_at_idx on cognito.directory (created_at desc);
create index directory_status_idx on cognito.directory (status, enabled, deleted_at);
create index directory_groups_idx on cognito.directory using gin (groups);
comment on index cognito.directory_email_idx is 'An address, or the beginning of one.';
comment on index cognito.directory_lower_email_idx is 'The same in any case.';
comment on index cognito.directory_username_idx is 'A username.';
comment on index cognito.directory_created_at_idx is 'The newest users, without a sort.';
comment on index cognito.directory_status_idx is 'Counts by status, from the index alone.';
comment on index cognito.directory_groups_idx is 'Members of a group: groups @> array[…].';

create table cognito.directory_history (
  id bigint generated always as identity primary key,
  sub text not null references cognito.directory (sub) on delete cascade,
  changed_at timestamptz not null,
  field text not null,
  before jsonb,
  after jsonb,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint directory_history_field check (field in ('status', 'enabled', 'email', 'groups', 'deleted'))
);
alter table cognito.directory_history enable row level security;
comment on table cognito.directory_history is 'Changes of status, enabled, email, groups and existence, as the directory saw them. Two changes between two runs are one change.';
comment on column cognito.directory_history.id is 'Order of recording.';
comment on column cognito.directory_history.sub is 'The person.';
comment on column cognito.directory_history.changed_at is 'When it changed in Cognito, as exactly as is known.';
comment on column cognito.directory_history.field is 'status, enabled, email, groups or deleted.';
comment on column cognito.directory_history.before is 'Value before; for deleted, the time or null.';
comment on column cognito.directory_history.after is 'Value after.';
comment on column cognito.directory_history.recorded_at is 'When the directory saw it.';
create index directory_history_sub_changed_at_idx on cognito.directory_history (sub, changed_at desc);
create index directory_history_changed_at_idx on cognito.directory_history (changed_at desc);

create function cognito.keep_history() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    -- If a scan has changed updated_at, that is the time of the change in Cognito. Otherwise the fact's
    -- own time.
    known timestamptz := case when new.updated_at is distinct from old.updated_at then new.updated_at end;
  begin
    insert into cognito.directory_history (sub, changed_at, field, before, after)
    select new.sub, c.changed_at, c.field, c.before, c.after
    from (values
      ('status', old.status_as_of, coalesce(known, new.status_as_of), to_jsonb(old.status), to_jsonb(new.status)),
      ('enabled', old.enabled_as_of, coalesce(known, new.enabled_as_of), to_jsonb(old.enabled), to_jsonb(new.enabled)),
      ('email', old.attributes_as_of, coalesce(known, new.attributes_as_of), to_jsonb(old.email), to_jsonb(new.email)),
      ('groups', old.groups_as_of, new.groups_as_of, to_jsonb(old.groups), to_jsonb(new.groups)),
      ('deleted', old.last_seen_at, coalesce(new.deleted_at, new.last_seen_at),
        to_jsonb(old.deleted_at), to_jsonb(new.deleted_at))
    ) as c (field, known_since, changed_at, before, after)
    -- A fact that was not known has not changed. An event reports some facts, and a scan the others later.
    where c.before is distinct from c.after and c.known_since is not null;
    return null;
  end
  $$;
revoke execute on function cognito.keep_history() from public;
comment on function cognito.keep_history() is 'Trigger: writes changes to cognito.directory_history.';
create trigger keep_history after update on cognito.directory
  for each row when (
    old.status is distinct from new.status or old.enabled is distinct from new.enabled
    or old.email is distinct from new.email or old.groups is distinct from new.groups
    or old.deleted_at is distinct from new.deleted_at
  )
  execute function cognito.keep_history();

create table cognito.refresh_runs (
  id bigint generated always as identity primary key,
  source text not null,
  started_at timestamptz not null default clock_timestamp(),
  read_at timestamptz,
  ended_at timestamptz,
  pages integer,
  seen bigint,
  changed bigint,
  deleted bigint,
  missing bigint,
  complete boolean not null default false,
  with_groups boolean not null default false,
  error text,
  constraint refresh_runs_source check (source in ('refresh', 'sync'))
);
alter table cognito.refresh_runs enable row level security;
comment on table cognito.refresh_runs is 'One row for each run over the pool, with its result.';
comment on column cognito.refresh_runs.id is 'The run.';
comment on column cognito.refresh_runs.source is 'refresh: by cognito.users. sync: by the command line, in parallel.';
comment on column cognito.refresh_runs.started_at is 'Before the first page. The data of the run is at least this new.';
comment on column cognito.refresh_runs.read_at is 'After the last page, before the merge.';
comment on column cognito.refresh_runs.ended_at is 'After the merge; null while it runs, or if it was interrupted.';
comment on column cognito.refresh_runs.pages is 'Pages read. A refresh counts 60 users as a page, because the wrapper does not report pages.';
comment on column cognito.refresh_runs.seen is 'Different users that were read.';
comment on column cognito.refresh_runs.changed is 'Rows written for new or changed users.';
comment on column cognito.refresh_runs.deleted is 'People marked as deleted.';
comment on column cognito.refresh_runs.missing is 'People whom the run did not find and did not mark as deleted, because another complete run has to miss them too.';
comment on column cognito.refresh_runs.complete is 'Whether the whole pool was read and merged, as far as the reader knows.';
comment on column cognito.refresh_runs.with_groups is 'Groups were read too.';
comment on column cognito.refresh_runs.error is 'The error; null if there was none.';
create index refresh_runs_complete_idx on cognito.refresh_runs (started_at desc) where complete;
comment on index cognito.refresh_runs_complete_idx is 'The last complete run.';

-- Unlogged, because the data of a run is not needed after a crash. Both tables lose their rows together,
-- so no part counts as read without its users.
create unlogged table cognito.staged_users (
  run_id bigint not null,
  sub text,
  username text,
  email text,
  email_verified boolean,
  status text,
  enabled boolean,
  created_at timestamptz,
  updated_at timestamptz,
  attributes jsonb,
  groups text[]
);
alter table cognito.staged_users enable row level security;
-- Otherwise the planner's statistics would keep samples of people after their rows are deleted.
alter table cognito.staged_users
  alter column sub set statistics 0, alter column username set statistics 0,
  alter column email set statistics 0, alter column attributes set statistics 0;
comment on table cognito.staged_users is 'The data of the current run. The same user may be here twice; the later updated_at wins.';
comment on column cognito.staged_users.run_id is 'refresh_runs.id.';
comment on column cognito.staged_users.sub is 'Attribute sub. A row without one makes the run incomplete.';
comment on column cognito.staged_users.username is 'As in cognito.directory.';
comment on column cognito.staged_users.email is 'As in cognito.directory.';
comment on column cognito.staged_users.email_verified is 'As in cognito.directory; null is false.';
comment on column cognito.staged_users.status is 'As in cognito.directory.';
comment on column cognito.staged_users.enabled is 'As in cognito.directory.';
comment on column cognito.staged_users.created_at is 'As in cognito.directory.';
comment on column cognito.staged_users.updated_at is 'As in cognito.directory.';
comment on column cognito.staged_users.attributes is 'One object, not an array.';
comment on column cognito.staged_users.groups is 'Null if they were not read.';

create unlogged table cognito.staged_parts (
  run_id bigint,
  part text,
  pages integer not null default 0,
  primary key (run_id, part)
);
alter table cognito.staged_parts enable row level security;
comment on table cognito.staged_parts is 'Parts of the pool that a sync has read and staged, written in one transaction with their users. cognito.resume_sync() continues there.';
comment on column cognito.staged_parts.run_id is 'refresh_runs.id.';
comment on column cognito.staged_parts.part is 'The part: a prefix of sub.';
comment on column cognito.staged_parts.pages is 'Number of its pages.';

create table cognito.directory_settings (
  id boolean primary key default true,
  delete_share numeric not null default 0.1,
  delete_floor integer not null default 10,
  confirm_deletes boolean not null default true,
  gone_after interval not null default interval '1 hour',
  resume_within interval not null default interval '1 day',
  constraint directory_settings_one_row check (id),
  constraint directory_settings_delete_share check (delete_share between 0 and 1)
);
alter table cognito.directory_settings enable row level security;
comment on table cognito.directory_settings is 'One row: settings of refresh and sync. Change them by update.';
comment on column cognito.directory_settings.id is 'Always true.';
comment on column cognito.directory_settings.delete_share is 'A run that misses more than this share of the people marks nobody as deleted.';
comment on column cognito.directory_settings.delete_floor is 'Up to this number of missing people the share does not count, unless all people are missing.';
comment on column cognito.directory_settings.confirm_deletes is 'Whether a refresh that misses somebody reads the pool again, because a user who changes pages during the walk can be missed.';
comment on column cognito.directory_settings.gone_after is 'Minimum time between two complete refreshes that miss a person, before the person counts as deleted. A sync looks each missing person up in Cognito, and needs no second run.';
comment on column cognito.directory_settings.resume_within is 'Maximum age of an interrupted sync that can be resumed.';
insert into cognito.directory_settings default values;

revoke all on cognito.directory, cognito.directory_history, cognito.refresh_runs, cognito.staged_users,
  cognito.staged_parts, cognito.directory_settings from anon, authenticated, service_role;
