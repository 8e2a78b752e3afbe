-- For analysts: a role that reads views and nothing else.
--
-- The views run with their owner's rights (not security_invoker), because analysts have none on what is
-- below: the views are the whole grant. Schema analytics is not exposed, so no API reaches them.
-- security_barrier where a view filters or aggregates; users, history and runs hide columns but no rows,
-- and without it Postgres can use its indexes for any condition.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'cognito_analyst') then
    create role cognito_analyst nologin noinherit;
  end if;
end
$$;
-- The owner may see what analysts see: set role cognito_analyst.
grant cognito_analyst to postgres;
comment on role cognito_analyst is 'Reads schema analytics, and nothing else. Granted to people by cognito.admit_analyst().';
-- A setting of a role counts for whom it logs in, so admit_analyst gives logins the same.
alter role cognito_analyst set default_transaction_read_only = on;
alter role cognito_analyst set statement_timeout = '60s';
alter role cognito_analyst set idle_session_timeout = '30min';
alter role cognito_analyst set idle_in_transaction_session_timeout = '30min';

create schema analytics;
revoke all on schema analytics from public;
comment on schema analytics is 'Questions about users, as views over cognito.directory and the application''s tables. For cognito_analyst. Days and weeks are UTC in every session.';

create function cognito.admit_analyst(login name) returns void
  language plpgsql
  set search_path = ''
  as $$
  declare
    api_roles constant text[] := '{anon,authenticated,service_role,authenticator}';
    problem text;
  begin
    if not exists (select from pg_catalog.pg_roles as r where r.rolname = login and r.rolcanlogin) then
      raise exception using errcode = 'PT400',
        message = format('there is no role %s that can log in', coalesce(login, 'null')),
        hint = 'Make one for the person: create role ann login password ''…''';
    end if;
    -- What a role is a member of is its own as well. And what an API role is a member of, a token can
    -- name: then the views would be open to the API. A role is a member of itself.
    select case when r.rolname = login then '' else format(': it is a member of %s', r.rolname) end into problem
    from pg_catalog.pg_roles as r
    where pg_has_role(login, r.oid, 'member')
      and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication or r.rolname like 'pg\_%'
        or r.rolname = any (api_roles || '{postgres,supabase_admin}'))
    order by r.rolname <> login, r.rolname limit 1;
    if not found then
      select format(': %s is a member of it', r.rolname) into problem
      from pg_catalog.pg_roles as r
      where r.rolname = any (api_roles) and pg_has_role(r.oid, login, 'member')
      order by r.rolname limit 1;
    end if;
    if found then
      raise exception using errcode = 'PT400',
        message = format('%s is no role for an analyst', login) || problem,
        hint = 'Each analyst has a role of their own, without superuser, bypassrls, createrole and replication, apart from the roles of Postgres and of the API: create role ann login password ''…''';
    end if;
    execute format('grant cognito_analyst to %I', login);
    execute format('alter role %I set default_transaction_read_only = on', login);
    execute format('alter role %I set statement_timeout = %L', login, '60s');
    -- Who idles can hold an advisory lock, and with it a refresh. The first does not count in a transaction.
    execute format('alter role %I set idle_session_timeout = %L', login, '30min');
    execute format('alter role %I set idle_in_transaction_session_timeout = %L', login, '30min');
    execute format('alter role %I set search_path = analytics', login);
  end
  $$;
revoke execute on function cognito.admit_analyst(name) from public;
comment on function cognito.admit_analyst(name) is
  'Makes an existing login role an analyst of schema analytics. Read-only, 60 s a statement and 30 min of idling are defaults that the role can change for itself: they guard against accidents, the grants are the boundary. Refuses roles that can do more than log in, and those of the API (PT400).';

create view analytics.users as
  select d.sub, d.username, d.email, lower(substring(d.email from '@([^@]+)$')) as email_domain, d.email_verified,
         d.status, d.enabled, d.created_at, d.updated_at, d.attributes, d.groups, d.mfa_enabled,
         d.first_seen_at,
         case when d.scanned and d.deleted_at is null and d.missed_at is null
           then greatest(d.last_seen_at, (select max(r.started_at) from cognito.refresh_runs as r where r.complete))
           else d.last_seen_at end as last_seen_at,
         d.last_active_at, d.deleted_at
  from cognito.directory as d;
comment on view analytics.users is 'One row a user of the pool, deleted ones included (deleted_at). Personal data.';

create view analytics.history as
  select h.sub, h.changed_at, h.field, h.before, h.after from cognito.directory_history as h;
comment on view analytics.history is 'Changes of status, enabled, email, groups and existence (deleted). Personal data.';

create view analytics.runs as
  select r.id, r.source, r.started_at, r.ended_at, r.pages, r.seen, r.changed, r.deleted, r.complete, r.error
  from cognito.refresh_runs as r;
comment on view analytics.runs is 'How fresh the answers are: each run over the pool, and what came of it.';

create view analytics.activity with (security_barrier) as
  select d.sub,
         p.created_at as profile_at,
         least(n.first_at, m.first_at) as first_row_at,
         greatest(d.last_active_at, n.last_at, m.last_at, e.last_at) as last_active_at
  from cognito.directory as d
  left join public.app_users as p on p.cognito_sub = d.sub
  left join (
    select owner_sub, min(created_at) as first_at, max(greatest(created_at, updated_at)) as last_at
    from public.notes group by owner_sub
  ) as n on n.owner_sub = d.sub
  left join (
    select user_id, min(created_at) as first_at, max(created_at) as last_at
    from public.workspace_members group by user_id
  ) as m on m.user_id = p.id
  left join (
    select actor_sub, max(happened_at) as last_at from audit.events group by actor_sub
  ) as e on e.actor_sub = d.sub;
comment on view analytics.activity is
  'What people do, by traces that exist: sign-ins that events told of, notes, joining workspaces, audited changes. Tasks do not say who wrote them, and reading leaves no trace.';

-- Everybody who ever signed up: in the directory, deleted, or forgotten. No sub, no address.
-- Hours, because a day of the session's time zone can have 23 of them.
create view analytics.signups with (security_barrier) as
  select (d.created_at at time zone 'UTC')::date as day,
         d.status in ('CONFIRMED', 'RESET_REQUIRED', 'EXTERNAL_PROVIDER') as confirmed,
         d.deleted_at is not null as gone,
         a.profile_at is not null as profile,
         a.first_row_at is not null as first_row,
         a.last_active_at >= now() - 7 * interval '24 hours' as active_7_days,
         a.last_active_at >= now() - 28 * interval '24 hours' as active_28_days
  from cognito.directory as d
  join analytics.activity as a on a.sub = d.sub
  where d.created_at is not null
  union all
  select f.signed_up_on, f.status in ('CONFIRMED', 'RESET_REQUIRED', 'EXTERNAL_PROVIDER'), true, false, false, false, false
  from cognito.forgotten as f
  where f.signed_up_on is not null;
comment on view analytics.signups is 'One row a sign-up, without saying whose: the ground of the counts. Who was forgotten still counts as a sign-up.';

create view analytics.signups_by_day with (security_barrier) as
  select day, count(*) as signed_up, count(*) filter (where confirmed) as confirmed,
         count(*) filter (where gone) as gone
  from analytics.signups group by day;
comment on view analytics.signups_by_day is 'Sign-ups a day; how many of those are confirmed by now, and how many gone. Days without a sign-up have no row.';

create view analytics.signups_by_week with (security_barrier) as
  select date_trunc('week', day::timestamp)::date as week, count(*) as signed_up, count(*) filter (where confirmed) as confirmed,
         count(*) filter (where gone) as gone
  from analytics.signups group by 1;
comment on view analytics.signups_by_week is 'The same a week; weeks begin on Monday.';

create view analytics.funnel with (security_barrier) as
  select date_trunc('week', day::timestamp)::date as week,
         count(*) as signed_up,
         count(*) filter (where confirmed) as confirmed,
         count(*) filter (where profile) as profile,
         count(*) filter (where first_row) as first_row,
         count(*) filter (where active_28_days) as active_28_days,
         count(*) filter (where active_7_days) as active_7_days
  from analytics.signups group by 1;
comment on view analytics.funnel is
  'How far the people of a week have come: signed up, confirmed, profile made, first row written (note or membership), active in the last 28 and 7 days (analytics.activity).';

create view analytics.statuses with (security_barrier) as
  select d.status, d.enabled,
         case d.mfa_enabled when true then 'on' when false then 'off' else 'not known' end as mfa,
         count(*) as users
  from cognito.directory as d where d.deleted_at is null group by 1, 2, 3;
comment on view analytics.statuses is
  'Users by status, enabled and MFA. Cognito''s ListUsers does not tell MFA: it is known where an event said so.';

create view analytics.email_domains with (security_barrier) as
  select u.email_domain as domain, count(*) as users,
         count(*) filter (where u.email_verified) as verified,
         max(u.created_at) as newest
  from analytics.users as u
  where u.deleted_at is null and u.email_domain is not null group by 1;
comment on view analytics.email_domains is 'Users by the domain of their address. Who has none does not count.';

create view analytics.groups with (security_barrier) as
  select g.name as group_name, count(*) as users
  from cognito.directory as d
  cross join lateral unnest(case when d.groups is null then '{(not known)}' when d.groups = '{}' then '{(none)}'
                                 else d.groups end) as g (name)
  where d.deleted_at is null group by 1;
comment on view analytics.groups is
  'Users by group. (not known): neither an event nor a sync with groups has told; cognito.users has no groups.';

create view analytics.drift with (security_barrier) as
  select v.kind, coalesce(d.sub, p.cognito_sub) as sub, d.email as cognito_email, p.email as app_email
  from (select * from cognito.directory where deleted_at is null) as d
  full join (select * from public.app_users where cognito_sub not like 'pending:%') as p on p.cognito_sub = d.sub
  cross join lateral (values
    -- Who is confirmed as totals counts it. enabled is null where only events have told of the user.
    ('no profile', p.id is null and d.enabled is not false and d.status in ('CONFIRMED', 'RESET_REQUIRED', 'EXTERNAL_PROVIDER')),
    ('not in Cognito', d.sub is null),
    ('email differs', lower(d.email) <> lower(p.email)),
    -- Not the other way round: an application need not copy addresses.
    ('email here only', d.sub is not null and d.email is null and p.email is not null),
    ('disabled in Cognito only', not d.enabled and p.id is not null and p.disabled_at is null),
    ('disabled here only', d.sub is not null and d.enabled is not false and p.disabled_at is not null)
  ) as v (kind, holds)
  where v.holds;
comment on view analytics.drift is
  'Differences between Cognito and app_users: no profile (for confirmed users who are not disabled), not in Cognito, email differs, email here only, disabled in Cognito only, disabled here only. Profiles without a first sign-in are not listed. Personal data.';

create view analytics.totals with (security_barrier) as
  select
    count(*) as users,
    count(*) filter (where d.status in ('CONFIRMED', 'RESET_REQUIRED', 'EXTERNAL_PROVIDER')) as confirmed,
    count(*) filter (where not d.enabled) as disabled,
    (select count(*) from analytics.signups where gone) as gone,
    (select count(*) from analytics.signups) as signed_up_ever,
    (select count(*) from analytics.signups where day > (now() at time zone 'UTC')::date - 7) as signed_up_7_days,
    (select count(*) from analytics.signups where day > (now() at time zone 'UTC')::date - 28) as signed_up_28_days,
    (select count(*) from analytics.signups where active_7_days and not gone) as active_7_days,
    (select count(*) from analytics.signups where active_28_days and not gone) as active_28_days,
    (select count(*) from public.app_users where cognito_sub not like 'pending:%') as profiles,
    (select count(*) from analytics.drift) as drift,
    (select max(r.started_at) from cognito.refresh_runs as r where r.complete) as as_of
  from cognito.directory as d where d.deleted_at is null;
comment on view analytics.totals is 'One row of numbers for a dashboard. No personal data.';

do $$
declare
  c record;
begin
  for c in
    select a.attrelid::regclass as view, a.attname, coalesce(col_description(d.attrelid, d.attnum), w.words) as words
    from pg_attribute as a
    join pg_class as r on r.oid = a.attrelid and r.relnamespace = 'analytics'::regnamespace and r.relkind = 'v'
    left join pg_attribute as d on d.attname = a.attname and d.attrelid = case r.relname
      when 'history' then 'cognito.directory_history' when 'runs' then 'cognito.refresh_runs'
      when 'users' then 'cognito.directory' when 'statuses' then 'cognito.directory' end::regclass
    left join (values
      ('email_domain', 'What comes after the last @, in lower case; null where nothing does.'),
      ('domain', 'What comes after the last @, in lower case.'),
      ('sub', 'Attribute sub of the user.'), ('profile_at', 'When the row of app_users was made.'),
      ('first_row_at', 'First note, or first workspace.'), ('last_active_at', 'Newest trace of the person.'),
      ('day', 'Day of sign-up, UTC.'), ('week', 'Monday of the week of sign-up, UTC.'),
      ('signed_up', 'Sign-ups.'), ('confirmed', 'Of those, confirmed by now.'), ('gone', 'Of those, deleted or forgotten by now.'),
      ('profile', 'Of those, with a row of app_users.'), ('first_row', 'Of those, with a note or a workspace.'),
      ('active_7_days', 'Of those, active in the last 7 days.'), ('active_28_days', 'Of those, active in the last 28 days.'),
      ('mfa', 'on, off or not known.'), ('users', 'Users there are now.'), ('verified', 'Of those, with a verified address.'),
      ('newest', 'Newest sign-up.'), ('group_name', 'Name of the group, (none) or (not known).'),
      ('kind', 'What disagrees.'), ('cognito_email', 'Address in Cognito.'), ('app_email', 'Address in app_users.'),
      ('disabled', 'Of those, disabled.'), ('signed_up_ever', 'Sign-ups, whoever is gone included.'),
      ('signed_up_7_days', 'Sign-ups of the last 7 days.'), ('signed_up_28_days', 'Sign-ups of the last 28 days.'),
      ('profiles', 'Rows of app_users that belong to somebody.'), ('drift', 'Rows of analytics.drift.'),
      ('as_of', 'Beginning of the last complete run over the pool.')
    ) as w (name, words) on w.name = a.attname
    where a.attnum > 0
  loop
    execute format('comment on column %s.%I is %L', c.view, c.attname, c.words);
  end loop;
end
$$;

grant usage on schema analytics to cognito_analyst;
grant select on all tables in schema analytics to cognito_analyst;
