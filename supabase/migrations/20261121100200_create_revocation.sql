-- Revocation: ends sessions in the database at once, while their tokens are still valid elsewhere.
-- Cognito's own global sign-out stops refreshing; this stops the tokens that are out already.

-- How long a revocation is kept: as long as a refresh token of the pool can live. 30 days is Cognito's
-- default, and what infra/ sets.
create function private.revocation_lifetime() returns interval
  language sql immutable
  set search_path = ''
  return interval '31 days';
revoke execute on function private.revocation_lifetime() from public;
comment on function private.revocation_lifetime() is
  'How long a revocation is kept. Replace it where refresh tokens of the pool live longer than 30 days.';

create function private.sweep_revocations() returns integer
  language plpgsql
  set search_path = ''
  as $$
  declare
    sessions integer;
    users integer;
  begin
    delete from private.revoked_sessions where expires_at < now();
    get diagnostics sessions = row_count;
    delete from private.revoked_users where expires_at < now();
    get diagnostics users = row_count;
    return sessions + users;
  end
  $$;
revoke execute on function private.sweep_revocations() from public;
comment on function private.sweep_revocations() is
  'Deletes expired revocations and returns how many. Every revocation calls it, and a schedule once a day (cognito.set_up_schedules).';

-- Security definer in all three: the tables belong to nobody else.
create function public.revoke_user(sub text) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  begin
    perform private.check_length('sub', sub, 1, 255);
    if sub is null then
      raise exception using errcode = 'PT400', message = 'revoke_user wants a sub',
        hint = 'It is the claim sub of the person''s tokens.';
    end if;
    perform private.sweep_revocations();
    -- Not now(): of two at once, the one that waited has begun earlier.
    insert into private.revoked_users as u (sub, revoked_at, expires_at)
      values (revoke_user.sub, clock_timestamp(), clock_timestamp() + private.revocation_lifetime())
    on conflict on constraint revoked_users_pkey do update set
      revoked_at = greatest(u.revoked_at, excluded.revoked_at),
      expires_at = greatest(u.expires_at, excluded.expires_at);
    -- A caller who ends their own session is not trusted for the rest of the transaction either.
    perform set_config('cognito_supabase.trusted', '', true);
  end
  $$;

create function public.revoke_session(origin_jti text) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  begin
    perform private.check_length('origin_jti', origin_jti, 1, 255);
    if origin_jti is null then
      raise exception using errcode = 'PT400', message = 'revoke_session wants an origin_jti',
        hint = 'It is a claim that all tokens of a session share.';
    end if;
    perform private.sweep_revocations();
    insert into private.revoked_sessions as s (origin_jti, expires_at)
      values (revoke_session.origin_jti, now() + private.revocation_lifetime())
    on conflict on constraint revoked_sessions_pkey do update set
      expires_at = greatest(s.expires_at, excluded.expires_at);
  end
  $$;

create function public.sign_out_everywhere() returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  begin
    perform private.require_trust();
    -- Its tokens say nothing of when a session began: it could never sign in again.
    if private.is_machine() then
      raise exception using errcode = 'insufficient_privilege', message = 'a machine has no sessions',
        hint = 'Take its app client out of the settings, or delete the client''s secret.';
    end if;
    perform public.revoke_user(auth.jwt() ->> 'sub');
  end
  $$;

revoke execute on function public.revoke_user(text) from public, anon, authenticated;
revoke execute on function public.revoke_session(text) from public, anon, authenticated;
revoke execute on function public.sign_out_everywhere() from public, anon;
grant execute on function public.revoke_user(text) to service_role;
grant execute on function public.revoke_session(text) to service_role;
grant execute on function public.sign_out_everywhere() to authenticated;

comment on function public.revoke_user(text) is
  'Ends every session of the person that began up to now. For the service only.';
comment on function public.revoke_session(text) is
  'Ends one session, by the claim origin_jti that all its tokens share. For the service only.';
comment on function public.sign_out_everywhere() is
  'Ends every session of the caller that began up to now, this one included.';
