-- Functions that make, show, find and delete a profile. All but me() run as their owner (security
-- definer), because they write what callers may not write, or show rows of others. Each begins with the
-- trust check, or is for the service only.

-- Security definer, because they read tables whose policies call them.
create function cognito_supabase.current_user_id() returns uuid
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$ select id from public.app_users where cognito_sub = auth.jwt() ->> 'sub' $$;
revoke execute on function cognito_supabase.current_user_id() from public;
grant execute on function cognito_supabase.current_user_id() to authenticated;
comment on function cognito_supabase.current_user_id() is 'app_users.id of the caller; null without a profile.';

create function cognito_supabase.app_role() returns text
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select coalesce(
      (select u.role from public.app_users as u where u.cognito_sub = auth.jwt() ->> 'sub'),
      (select c.app_role from cognito_supabase.trusted_clients as c
       where c.kind = 'machine' and c.client_id = auth.jwt() ->> 'client_id' and c.issuer = auth.jwt() ->> 'iss'))
  $$;
revoke execute on function cognito_supabase.app_role() from public;
grant execute on function cognito_supabase.app_role() to authenticated;
comment on function cognito_supabase.app_role() is
  'Application role of the caller: from the profile of a person, from the app client of a machine. Otherwise null.';

create function cognito_supabase.verified_email() returns text
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    -- The trigger adds only a verified address to an access token. An ID token has email_verified.
    select lower(nullif(c.claims ->> 'email', ''))
    from (select auth.jwt() as claims) as c
    where coalesce(c.claims ->> 'email_verified', (c.claims ->> 'token_use' = 'access')::text) = 'true'
      and char_length(c.claims ->> 'email') <= 320
  $$;
revoke execute on function cognito_supabase.verified_email() from public;
comment on function cognito_supabase.verified_email() is 'The caller''s verified address in lower case; null if the token has none.';

create function cognito_supabase.make_profile(own_sub text, own_email text) returns public.app_users
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    profile public.app_users;
  begin
    select * into profile from public.app_users as u where u.cognito_sub = own_sub;
    if found then
      return profile;
    end if;
    -- The service may have made a row under the verified address before the first sign-in.
    update public.app_users as u set cognito_sub = own_sub
    where u.cognito_sub = 'pending:' || own_email
    returning * into profile;
    if found then
      update cognito_supabase.disabled_users as d set sub = own_sub where d.sub = 'pending:' || own_email;
      return profile;
    end if;
    insert into public.app_users as u (cognito_sub, email) values (own_sub, own_email)
    on conflict (cognito_sub) do nothing
    returning * into profile;
    -- Another call has made it meanwhile.
    if not found then
      select * into profile from public.app_users as u where u.cognito_sub = own_sub;
    end if;
    return profile;
  end
  $$;
revoke execute on function cognito_supabase.make_profile(text, text) from public;
comment on function cognito_supabase.make_profile(text, text) is
  'The row of app_users of a person, which is made if there is none. The address is a verified one, in lower case, or null.';

create function public.ensure_profile() returns public.app_users
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito_supabase.require_trust();
    if cognito_supabase.is_machine() then
      perform cognito_supabase.refuse('a machine has no profile');
    end if;
    return cognito_supabase.make_profile(auth.jwt() ->> 'sub', cognito_supabase.verified_email());
  end
  $$;

-- The pool's trigger makes the profile when an account is confirmed, before the first token.
create function public.provision_profile(sub text, email text default null) returns public.app_users
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if coalesce(trim(sub), '') = '' or sub like 'pending:%' then
      raise exception using errcode = 'PT400', message = 'provision_profile needs a sub';
    end if;
    perform cognito_supabase.check_length('sub', sub, 1, 255), cognito_supabase.check_length('email', email, 1, 320);
    return cognito_supabase.make_profile(sub, lower(nullif(email, '')));
  end
  $$;

create function public.delete_profile(sub text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    -- Triggers and foreign keys of other modules delete their rows.
    delete from public.app_users as u where u.cognito_sub = delete_profile.sub;
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no profile of this sub';
    end if;
    -- Otherwise a valid token would make a new profile.
    if delete_profile.sub not like 'pending:%' then
      perform public.revoke_user(delete_profile.sub);
    end if;
  end
  $$;

-- Security invoker, so it shows only rows that the policies allow. The check gives the reason if the
-- token is not trusted.
create function public.me() returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    memberships jsonb := '[]';
  begin
    perform cognito_supabase.require_trust();
    -- From module tenancy, if it is installed.
    if to_regprocedure('cognito_supabase.my_memberships()') is not null then
      execute 'select cognito_supabase.my_memberships()' into memberships;
    end if;
    return jsonb_build_object(
      'profile', (
        select to_jsonb(u) from public.app_users as u
        where u.cognito_sub = (select (select auth.jwt()) ->> 'sub')),
      'memberships', memberships,
      'permissions', case (select cognito_supabase.app_role())
        when 'support' then '["users:find"]'::jsonb
        when 'admin' then '["users:find"]'
        else '[]' end);
  end
  $$;

-- With the application role support or admin a person can be looked up by address. The match is exact, so
-- that nobody can read the list.
create function public.find_user(email text) returns setof public.app_users
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito_supabase.require_trust();
    if coalesce(cognito_supabase.app_role(), '') not in ('support', 'admin') then
      perform cognito_supabase.refuse('only support and administrators look people up');
    end if;
    return query select * from public.app_users as u where lower(u.email) = lower(find_user.email);
  end
  $$;

do $$
declare
  f regprocedure;
begin
  foreach f in array array[
    'public.ensure_profile()', 'public.me()', 'public.find_user(text)'
  ]::regprocedure[] loop
    execute format('revoke execute on function %s from public, anon, authenticated, service_role', f);
    execute format('grant execute on function %s to authenticated', f);
  end loop;
end
$$;
revoke execute on function public.delete_profile(text), public.provision_profile(text, text)
  from public, anon, authenticated;
grant execute on function public.delete_profile(text), public.provision_profile(text, text) to service_role;

comment on function public.ensure_profile() is
  'The caller''s row of app_users, which is made if there is none. A caller whose token has a verified address takes over the row with cognito_sub ''pending:'' || lower(email). Safe to call twice at once.';
comment on function public.provision_profile(text, text) is
  'Makes the profile of a person as ensure_profile() does, before the person has a token. The address must be verified. For the service only; the pool''s post-confirmation trigger calls it. Safe to call twice.';
comment on function public.delete_profile(text) is
  'Deletes a person''s profile, with the memberships and invitations of module tenancy, and ends their sessions. Rows of other tables with the sub stay. For the service only. Refused while the person is the last owner of a workspace. Disable or delete the user in Cognito first, because a person who signs in again gets a new profile.';
comment on function public.me() is
  'Profile, memberships and permissions of the caller. profile is null until ensure_profile() was called.';
comment on function public.find_user(text) is
  'People with exactly this address. For support and admin: people by app_users.role, machines by their app client''s app_role.';

-- If module analytics is installed already, add this module's tables as its sources.
do $$
begin
  if to_regprocedure('cognito.add_module_sources()') is not null then
    perform cognito.add_module_sources();
  end if;
end
$$;
