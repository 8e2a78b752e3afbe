-- What ends trust: an ended session, a person who was signed out everywhere, a disabled person. It takes
-- effect in the database at once, while the tokens are still valid elsewhere. Cognito's own global
-- sign-out only ends the refreshing.

create table cognito_supabase.revoked_sessions (
  origin_jti text primary key,
  revoked_at timestamptz not null default now(),
  expires_at timestamptz not null
);
alter table cognito_supabase.revoked_sessions enable row level security;
comment on table cognito_supabase.revoked_sessions is 'Sessions that were ended, by the claim origin_jti that all their tokens share.';
comment on column cognito_supabase.revoked_sessions.origin_jti is 'Claim origin_jti.';
comment on column cognito_supabase.revoked_sessions.revoked_at is 'When.';
comment on column cognito_supabase.revoked_sessions.expires_at is 'When the row may be deleted, because the session''s refresh token has expired.';
create index revoked_sessions_expires_at_idx on cognito_supabase.revoked_sessions (expires_at);

create table cognito_supabase.revoked_users (
  sub text primary key,
  revoked_at timestamptz not null default now(),
  expires_at timestamptz not null
);
alter table cognito_supabase.revoked_users enable row level security;
comment on table cognito_supabase.revoked_users is 'People who were signed out everywhere: sessions that began before are ended.';
comment on column cognito_supabase.revoked_users.sub is 'Claim sub.';
comment on column cognito_supabase.revoked_users.revoked_at is 'Sessions that began (auth_time) up to this second are ended.';
comment on column cognito_supabase.revoked_users.expires_at is 'When the row may be deleted.';
create index revoked_users_expires_at_idx on cognito_supabase.revoked_users (expires_at);

create table cognito_supabase.disabled_users (
  sub text primary key,
  disabled_at timestamptz not null default clock_timestamp(),
  constraint disabled_users_sub check (cognito_supabase.check_length('sub', sub, 1, 255))
);
alter table cognito_supabase.disabled_users enable row level security;
comment on table cognito_supabase.disabled_users is 'People whose tokens are all refused. Written by disable_user() and enable_user().';
comment on column cognito_supabase.disabled_users.sub is 'Claim sub.';
comment on column cognito_supabase.disabled_users.disabled_at is 'Since when.';

revoke all on cognito_supabase.revoked_sessions, cognito_supabase.revoked_users, cognito_supabase.disabled_users
  from anon, authenticated, service_role;

create trigger audit after insert or update or delete on cognito_supabase.revoked_sessions
  for each row execute function cognito_audit.record('origin_jti', 'revoked_at');
-- Not the deletion of expired rows, because it is no change of trust, and would name a person who was
-- forgotten meanwhile.
create trigger audit after insert or update on cognito_supabase.revoked_users
  for each row execute function cognito_audit.record('sub', 'revoked_at');
create trigger audit_delete after delete on cognito_supabase.revoked_users
  for each row when (old.expires_at >= now()) execute function cognito_audit.record('sub', 'revoked_at');
create trigger audit after insert or update or delete on cognito_supabase.disabled_users
  for each row execute function cognito_audit.record('sub', 'disabled_at');

-- How long a revocation is kept: as long as a refresh token of the pool can live. 30 days is Cognito's
-- default, and what infra/ sets.
create function cognito_supabase.revocation_lifetime() returns interval
  language sql immutable
  set search_path = pg_catalog, pg_temp
  return interval '31 days';
revoke execute on function cognito_supabase.revocation_lifetime() from public;
comment on function cognito_supabase.revocation_lifetime() is
  'How long a revocation is kept. Replace it if refresh tokens of the pool live longer than 30 days.';

create function cognito_supabase.sweep_revocations() returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    sessions integer;
    users integer;
  begin
    delete from cognito_supabase.revoked_sessions where expires_at < now();
    get diagnostics sessions = row_count;
    delete from cognito_supabase.revoked_users where expires_at < now();
    get diagnostics users = row_count;
    return sessions + users;
  end
  $$;
revoke execute on function cognito_supabase.sweep_revocations() from public;
comment on function cognito_supabase.sweep_revocations() is
  'Deletes expired revocations and returns how many. Every revocation calls it, and a schedule once a day (cognito_supabase.set_up_schedules).';

-- Security definer in all four, because no other role has grants on the tables.
create function public.revoke_user(sub text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito_supabase.check_length('sub', sub, 1, 255);
    if sub is null then
      raise exception using errcode = 'PT400', message = 'revoke_user needs a sub',
        hint = 'It is the claim sub of the person''s tokens.';
    end if;
    perform cognito_supabase.sweep_revocations();
    -- Not now(), because a transaction that had to wait has begun earlier.
    insert into cognito_supabase.revoked_users as u (sub, revoked_at, expires_at)
      values (revoke_user.sub, clock_timestamp(), clock_timestamp() + cognito_supabase.revocation_lifetime())
    on conflict on constraint revoked_users_pkey do update set
      revoked_at = greatest(u.revoked_at, excluded.revoked_at),
      expires_at = greatest(u.expires_at, excluded.expires_at);
    -- A caller who ends their own session is not trusted for the rest of the transaction.
    perform set_config('cognito_supabase.trusted', '', true);
  end
  $$;

create function public.revoke_session(origin_jti text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito_supabase.check_length('origin_jti', origin_jti, 1, 255);
    if origin_jti is null then
      raise exception using errcode = 'PT400', message = 'revoke_session needs an origin_jti',
        hint = 'It is a claim that all tokens of a session share.';
    end if;
    perform cognito_supabase.sweep_revocations();
    insert into cognito_supabase.revoked_sessions as s (origin_jti, expires_at)
      values (revoke_session.origin_jti, now() + cognito_supabase.revocation_lifetime())
    on conflict on constraint revoked_sessions_pkey do update set
      expires_at = greatest(s.expires_at, excluded.expires_at);
  end
  $$;

create function public.disable_user(sub text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if sub is null then
      raise exception using errcode = 'PT400', message = 'disable_user needs a sub',
        hint = 'It is the claim sub of the person''s tokens.';
    end if;
    insert into cognito_supabase.disabled_users as d (sub) values (disable_user.sub)
    on conflict on constraint disabled_users_pkey do nothing;
  end
  $$;

create function public.enable_user(sub text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    delete from cognito_supabase.disabled_users as d where d.sub = enable_user.sub;
  end
  $$;

revoke execute on function public.revoke_user(text) from public, anon, authenticated;
revoke execute on function public.revoke_session(text) from public, anon, authenticated;
revoke execute on function public.disable_user(text) from public, anon, authenticated;
revoke execute on function public.enable_user(text) from public, anon, authenticated;
grant execute on function public.revoke_user(text) to service_role;
grant execute on function public.revoke_session(text) to service_role;
grant execute on function public.disable_user(text) to service_role;
grant execute on function public.enable_user(text) to service_role;

comment on function public.revoke_user(text) is
  'Ends every session of the person that began up to now. For the service only.';
comment on function public.revoke_session(text) is
  'Ends one session, by the claim origin_jti that all its tokens share. For the service only.';
comment on function public.disable_user(text) is
  'Refuses every token of the person until enable_user() is called. For the service only. Disable the user in Cognito as well, which ends the refreshing.';
comment on function public.enable_user(text) is
  'Ends what disable_user() began. For the service only.';

create function cognito_supabase.is_disabled(sub text) returns boolean
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    select exists (select from cognito_supabase.disabled_users as d where d.sub = is_disabled.sub)
  $$;
revoke execute on function cognito_supabase.is_disabled(text) from public;
comment on function cognito_supabase.is_disabled(text) is 'Whether the person is disabled.';
select cognito_supabase.set_up_schedules();
