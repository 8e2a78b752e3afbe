-- The views that analysts read.

create view cognito_analytics.users as
  select d.sub, d.username, d.email, lower(substring(d.email from '@([^@]+)$')) as email_domain, d.email_verified,
         d.status, d.enabled, d.created_at, d.updated_at, d.attributes, d.groups, d.mfa_enabled,
         d.first_seen_at,
         case when d.scanned and d.deleted_at is null and d.missed_at is null
           then greatest(d.last_seen_at, (select max(r.started_at) from cognito.refresh_runs as r where r.complete))
           else d.last_seen_at end as last_seen_at,
         d.last_active_at, d.deleted_at
  from cognito.directory as d;
comment on view cognito_analytics.users is 'One row for each user of the pool, deleted ones included (deleted_at). Personal data.';

create view cognito_analytics.history as
  select h.sub, h.changed_at, h.field, h.before, h.after from cognito.directory_history as h;
comment on view cognito_analytics.history is 'Changes of status, enabled, email, groups and existence (deleted). Personal data.';

create view cognito_analytics.runs as
  select r.id, r.source, r.started_at, r.ended_at, r.pages, r.seen, r.changed, r.deleted, r.complete, r.error
  from cognito.refresh_runs as r;
comment on view cognito_analytics.runs is 'Each run over the pool with its result, which shows how fresh the data is.';

create view cognito_analytics.activity with (security_barrier) as
  select d.sub, p.created_at as profile_at, t.first_row_at,
         greatest(d.last_active_at, t.last_active_at) as last_active_at
  from cognito.directory as d
  left join cognito.analytics_profiles as p on p.sub = d.sub
  left join (
    select sub, min(first_row_at) as first_row_at, max(last_active_at) as last_active_at
    from cognito.analytics_traces group by sub
  ) as t on t.sub = d.sub;
comment on view cognito_analytics.activity is
  'Activity of people: sign-ins that events reported, and rows of the sources (cognito.analytics_sources). Reading is not recorded.';

-- Everybody who ever signed up: in the directory, deleted, or forgotten. No sub, no address. In hours,
-- because a day in the session's time zone can have 23 hours.
create view cognito_analytics.signups with (security_barrier) as
  select (d.created_at at time zone 'UTC')::date as day,
         d.status in ('CONFIRMED', 'RESET_REQUIRED', 'EXTERNAL_PROVIDER') as confirmed,
         d.deleted_at is not null as gone,
         a.profile_at is not null as profile,
         a.first_row_at is not null as first_row,
         a.last_active_at >= now() - 7 * interval '24 hours' as active_7_days,
         a.last_active_at >= now() - 28 * interval '24 hours' as active_28_days
  from cognito.directory as d
  join cognito_analytics.activity as a on a.sub = d.sub
  where d.created_at is not null
  union all
  select f.signed_up_on, f.status in ('CONFIRMED', 'RESET_REQUIRED', 'EXTERNAL_PROVIDER'), true, false, false, false, false
  from cognito.forgotten as f
  where f.signed_up_on is not null;
comment on view cognito_analytics.signups is 'One row for each sign-up, without personal data, as the base of the counts. A forgotten person still counts as a sign-up.';

create view cognito_analytics.signups_by_day with (security_barrier) as
  select day, count(*) as signed_up, count(*) filter (where confirmed) as confirmed,
         count(*) filter (where gone) as gone
  from cognito_analytics.signups group by day;
comment on view cognito_analytics.signups_by_day is 'Sign-ups of each day, and how many of them are confirmed and deleted now. Days without a sign-up have no row.';

create view cognito_analytics.signups_by_week with (security_barrier) as
  select date_trunc('week', day::timestamp)::date as week, count(*) as signed_up, count(*) filter (where confirmed) as confirmed,
         count(*) filter (where gone) as gone
  from cognito_analytics.signups group by 1;
comment on view cognito_analytics.signups_by_week is 'The same for each week. Weeks begin on Monday.';

create view cognito_analytics.funnel with (security_barrier) as
  select date_trunc('week', day::timestamp)::date as week,
         count(*) as signed_up,
         count(*) filter (where confirmed) as confirmed,
         count(*) filter (where profile) as profile,
         count(*) filter (where first_row) as first_row,
         count(*) filter (where active_28_days) as active_28_days,
         count(*) filter (where active_7_days) as active_7_days
  from cognito_analytics.signups group by 1;
comment on view cognito_analytics.funnel is
  'How many people of a week have reached each step: signed up, confirmed, profile made, first row written, active in the last 28 and 7 days (cognito_analytics.activity).';

create view cognito_analytics.statuses with (security_barrier) as
  select d.status, d.enabled,
         case d.mfa_enabled when true then 'on' when false then 'off' else 'not known' end as mfa,
         count(*) as users
  from cognito.directory as d where d.deleted_at is null group by 1, 2, 3;
comment on view cognito_analytics.statuses is
  'Users by status, enabled and MFA. ListUsers does not return MFA. It is known only if an event has reported it.';

create view cognito_analytics.email_domains with (security_barrier) as
  select u.email_domain as domain, count(*) as users,
         count(*) filter (where u.email_verified) as verified,
         max(u.created_at) as newest
  from cognito_analytics.users as u
  where u.deleted_at is null and u.email_domain is not null group by 1;
comment on view cognito_analytics.email_domains is 'Users by the domain of their address. Users without an address are not counted.';

create view cognito_analytics.groups with (security_barrier) as
  select g.name as group_name, count(*) as users
  from cognito.directory as d
  cross join lateral unnest(case when d.groups is null then '{(not known)}' when d.groups = '{}' then '{(none)}'
                                 else d.groups end) as g (name)
  where d.deleted_at is null group by 1;
comment on view cognito_analytics.groups is
  'Users by group. (not known) if neither an event nor a sync with groups has reported them, because cognito.users has no groups.';

create view cognito_analytics.drift with (security_barrier) as
  select v.kind, coalesce(d.sub, p.sub) as sub, d.email as cognito_email, p.email as app_email
  from (select * from cognito.directory where deleted_at is null) as d
  full join cognito.analytics_profiles as p on p.sub = d.sub
  cross join lateral (values
    -- Confirmed users, as in totals. enabled is null if only events have reported the user.
    ('no profile', p.sub is null and d.enabled is not false and d.status in ('CONFIRMED', 'RESET_REQUIRED', 'EXTERNAL_PROVIDER')),
    ('not in Cognito', d.sub is null),
    ('email differs', lower(d.email) <> lower(p.email)),
    -- Not the other way round, because an application need not copy addresses.
    ('email here only', d.sub is not null and d.email is null and p.email is not null),
    ('disabled in Cognito only', not d.enabled and p.sub is not null and not p.disabled),
    ('disabled here only', d.sub is not null and d.enabled is not false and p.disabled)
  ) as v (kind, holds)
  -- A project without profiles has nothing to compare.
  where v.holds and exists (select from cognito.analytics_sources as s where s.kind = 'profiles');
comment on view cognito_analytics.drift is
  'Differences between Cognito and the profiles: no profile (for confirmed users who are not disabled), not in Cognito, email differs, email here only, disabled in Cognito only, disabled here only. Profiles without a first sign-in are not listed. Personal data.';

create view cognito_analytics.totals with (security_barrier) as
  select
    count(*) as users,
    count(*) filter (where d.status in ('CONFIRMED', 'RESET_REQUIRED', 'EXTERNAL_PROVIDER')) as confirmed,
    count(*) filter (where not d.enabled) as disabled,
    (select count(*) from cognito_analytics.signups where gone) as gone,
    (select count(*) from cognito_analytics.signups) as signed_up_ever,
    (select count(*) from cognito_analytics.signups where day > (now() at time zone 'UTC')::date - 7) as signed_up_7_days,
    (select count(*) from cognito_analytics.signups where day > (now() at time zone 'UTC')::date - 28) as signed_up_28_days,
    (select count(*) from cognito_analytics.signups where active_7_days and not gone) as active_7_days,
    (select count(*) from cognito_analytics.signups where active_28_days and not gone) as active_28_days,
    (select count(*) from cognito.analytics_profiles) as profiles,
    (select count(*) from cognito_analytics.drift) as drift,
    (select max(r.started_at) from cognito.refresh_runs as r where r.complete) as as_of
  from cognito.directory as d where d.deleted_at is null;
comment on view cognito_analytics.totals is 'One row of numbers for a dashboard. No personal data.';

do $$
declare
  c record;
begin
  for c in
    select a.attrelid::regclass as view, a.attname, coalesce(col_description(d.attrelid, d.attnum), w.words) as words
    from pg_attribute as a
    join pg_class as r on r.oid = a.attrelid and r.relkind = 'v'
      and (r.relnamespace = 'cognito_analytics'::regnamespace
        or r.oid in ('cognito.analytics_profiles'::regclass, 'cognito.analytics_traces'::regclass))
    left join pg_attribute as d on d.attname = a.attname and d.attrelid = case r.relname
      when 'history' then 'cognito.directory_history' when 'runs' then 'cognito.refresh_runs'
      when 'users' then 'cognito.directory' when 'statuses' then 'cognito.directory' end::regclass
    left join (values
      ('email_domain', 'The part after the last @, in lower case; null without one.'),
      ('domain', 'The part after the last @, in lower case.'),
      ('sub', 'Attribute sub of the user.'), ('profile_at', 'When the profile was made.'),
      ('last_active_at', 'Last activity of the person.'),
      ('day', 'Day of sign-up, UTC.'), ('week', 'Monday of the week of sign-up, UTC.'),
      ('signed_up', 'Sign-ups.'), ('confirmed', 'Of those, confirmed now.'), ('gone', 'Of those, deleted or forgotten now.'),
      ('email', 'Address in the profile.'), ('created_at', 'When the profile was made.'), ('first_row_at', 'First row of any source.'), ('profile', 'Of those, with a profile.'), ('first_row', 'Of those, with a row of any source.'),
      ('active_7_days', 'Of those, active in the last 7 days.'), ('active_28_days', 'Of those, active in the last 28 days.'),
      ('mfa', 'on, off or not known.'), ('users', 'Existing users.'), ('verified', 'Of those, with a verified address.'),
      ('newest', 'Newest sign-up.'), ('group_name', 'Name of the group, (none) or (not known).'),
      ('kind', 'Kind of disagreement.'), ('cognito_email', 'Address in Cognito.'), ('app_email', 'Address in the profile.'),
      ('disabled', 'Of those, disabled.'), ('signed_up_ever', 'All sign-ups, including deleted people.'),
      ('signed_up_7_days', 'Sign-ups of the last 7 days.'), ('signed_up_28_days', 'Sign-ups of the last 28 days.'),
      ('profiles', 'Profiles with a sub.'), ('drift', 'Rows of cognito_analytics.drift.'),
      ('as_of', 'Beginning of the last complete run over the pool.')
    ) as w (name, words) on w.name = a.attname
    where a.attnum > 0
  loop
    execute format('comment on column %s.%I is %L', c.view, c.attname, c.words);
  end loop;
end
$$;
comment on column cognito.analytics_profiles.disabled is 'Whether the person is disabled.';

grant usage on schema cognito_analytics to cognito_analyst;
grant select on all tables in schema cognito_analytics to cognito_analyst;
