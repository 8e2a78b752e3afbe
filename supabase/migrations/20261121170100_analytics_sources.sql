-- Sources of the views in analytics_views: queries for profiles, and for rows that people write. A
-- project adds its own. The modules profiles, audit, tenancy and example have theirs.

create table cognito.analytics_sources (
  name text primary key,
  kind text not null,
  query text not null,
  constraint analytics_sources_kind check (kind in ('profiles', 'traces'))
);
alter table cognito.analytics_sources enable row level security;
revoke all on cognito.analytics_sources from anon, authenticated, service_role;
comment on table cognito.analytics_sources is 'Queries over the application''s own tables. Written by cognito.add_analytics_source() and cognito.remove_analytics_source().';
comment on column cognito.analytics_sources.name is 'Name of the source, such as the table''s.';
comment on column cognito.analytics_sources.kind is 'profiles or traces.';
comment on column cognito.analytics_sources.query is
  'A select. Of profiles: sub, email, created_at, disabled. Of traces: sub, first_row_at, last_active_at.';

create function cognito.build_analytics_sources() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    wanted record;
  begin
    for wanted in
      select v.name, v.columns, v.casts,
        coalesce((
          select string_agg(format('select %s from (%s) as q', v.casts, s.query), e'\nunion all\n' order by s.name)
          from cognito.analytics_sources as s where s.kind = v.name),
          format('select %s from (values (null, null, null, null)) as q (%s) where false', v.casts, v.columns)) as query
      from (values
        ('profiles', 'sub, email, created_at, disabled',
          'q.sub::text as sub, q.email::text as email, q.created_at::timestamptz as created_at, q.disabled::boolean as disabled'),
        ('traces', 'sub, first_row_at, last_active_at, none',
          'q.sub::text as sub, q.first_row_at::timestamptz as first_row_at, q.last_active_at::timestamptz as last_active_at')
      ) as v (name, columns, casts)
    loop
      execute format('create or replace view cognito.%I with (security_barrier) as %s', 'analytics_' || wanted.name, wanted.query);
    end loop;
  end
  $$;
revoke execute on function cognito.build_analytics_sources() from public;
comment on function cognito.build_analytics_sources() is 'Makes the views analytics_profiles and analytics_traces from the sources.';
select cognito.build_analytics_sources();
comment on view cognito.analytics_profiles is 'Profiles of people, from all sources of this kind. Not for analysts.';
comment on view cognito.analytics_traces is 'Activity of people in the application''s tables, from all sources of this kind. Not for analysts.';

create function cognito.add_analytics_source(name text, kind text, query text) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if (kind in ('profiles', 'traces')) is not true then
      raise exception using errcode = 'PT400', message = format('a source is of kind profiles or traces, not %s', coalesce(kind, 'null'));
    end if;
    insert into cognito.analytics_sources as s (name, kind, query) values (add_analytics_source.name, add_analytics_source.kind, rtrim(add_analytics_source.query, e'; \n'))
    on conflict on constraint analytics_sources_pkey do update set kind = excluded.kind, query = excluded.query;
    perform cognito.build_analytics_sources();
  exception when syntax_error or undefined_table or undefined_column or undefined_function or cannot_coerce then
    raise exception using errcode = 'PT400',
      message = format('the query of the source %s does not run: %s', name, sqlerrm),
      hint = case kind when 'profiles' then 'It selects sub, email, created_at and disabled.'
                       else 'It selects sub, first_row_at and last_active_at.' end;
  end
  $$;
revoke execute on function cognito.add_analytics_source(text, text, text) from public;
comment on function cognito.add_analytics_source(text, text, text) is
  'Adds or replaces a source. A query of profiles selects sub, email, created_at, disabled, one row for each person. A query of traces selects sub, first_row_at, last_active_at. The tables of a source cannot be dropped before cognito.remove_analytics_source().';

create function cognito.remove_analytics_source(name text) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    delete from cognito.analytics_sources as s where s.name = remove_analytics_source.name;
    perform cognito.build_analytics_sources();
  end
  $$;
revoke execute on function cognito.remove_analytics_source(text) from public;
comment on function cognito.remove_analytics_source(text) is 'Removes a source from the views.';

create function cognito.add_module_sources() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    source record;
  begin
    for source in
      select v.* from (values
        ('profiles', 'app_users', 'profiles',
          'select u.cognito_sub as sub, u.email, u.created_at, d.sub is not null as disabled
           from public.app_users as u left join cognito_supabase.disabled_users as d on d.sub = u.cognito_sub
           where u.cognito_sub not like ''pending:%'''),
        ('audit', 'audit', 'traces',
          'select actor_sub as sub, null as first_row_at, max(happened_at) as last_active_at
           from cognito_audit.events where actor_sub is not null group by actor_sub'),
        ('tenancy', 'workspace_members', 'traces',
          'select u.cognito_sub as sub, min(m.created_at) as first_row_at, max(m.created_at) as last_active_at
           from public.workspace_members as m join public.app_users as u on u.id = m.user_id group by u.cognito_sub'),
        ('example', 'notes', 'traces',
          'select owner_sub as sub, min(created_at) as first_row_at, max(greatest(created_at, updated_at)) as last_active_at
           from public.notes group by owner_sub')
      ) as v (module, name, kind, query)
      join cognito_supabase.modules as m on m.name = v.module
    loop
      perform cognito.add_analytics_source(source.name, source.kind, source.query);
    end loop;
  end
  $$;
revoke execute on function cognito.add_module_sources() from public;
comment on function cognito.add_module_sources() is
  'Adds the sources of the kit''s own modules that are installed. Those modules also call it if they are installed later.';
select cognito.add_module_sources();
