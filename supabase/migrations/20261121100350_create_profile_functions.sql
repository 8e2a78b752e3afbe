-- A person's profile: made, shown, found, deleted. All but me() run as their owner (security definer):
-- they write what callers may not, or show what is not theirs. Each begins with the trust check, which
-- policies would make otherwise, or is for the service alone.

create function private.verified_email() returns text
  language sql stable
  set search_path = ''
  as $$
    -- The trigger puts a verified address alone into an access token; an ID token says which it is.
    select lower(nullif(c.claims ->> 'email', ''))
    from (select auth.jwt() as claims) as c
    where coalesce(c.claims ->> 'email_verified', (c.claims ->> 'token_use' = 'access')::text) = 'true'
      and char_length(c.claims ->> 'email') <= 320
  $$;
revoke execute on function private.verified_email() from public;
comment on function private.verified_email() is 'The caller''s verified address in lower case, where the token has one.';

create function public.ensure_profile() returns public.app_users
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    own_sub text := auth.jwt() ->> 'sub';
    own_email text := private.verified_email();
    profile public.app_users;
  begin
    perform private.require_trust();
    if private.is_machine() then
      perform private.refuse('a machine has no profile');
    end if;
    select * into profile from public.app_users as u where u.cognito_sub = own_sub;
    if found then
      return profile;
    end if;
    -- A row that the service made ahead of the first sign-in waits under the verified address.
    update public.app_users as u set cognito_sub = own_sub
    where u.cognito_sub = 'pending:' || own_email
    returning * into profile;
    if found then
      return profile;
    end if;
    insert into public.app_users as u (cognito_sub, email) values (own_sub, own_email)
    on conflict (cognito_sub) do nothing
    returning * into profile;
    -- Another call was faster.
    if not found then
      select * into profile from public.app_users as u where u.cognito_sub = own_sub;
    end if;
    return profile;
  end
  $$;

-- The profile first: while it is locked, its person joins no other workspace. Then the members of their
-- workspaces, by id, as everything that locks several does.
create function public.delete_profile(sub text) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    profile public.app_users;
    workspace uuid;
  begin
    select * into profile from public.app_users as u where u.cognito_sub = delete_profile.sub for update;
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no profile of this sub';
    end if;
    for workspace in
      select m.workspace_id from public.workspace_members as m where m.user_id = profile.id order by m.workspace_id
    loop
      perform private.lock_members(workspace);
    end loop;
    -- Members first, while the profile still says which invitations are theirs.
    delete from public.workspace_members as m where m.user_id = profile.id;
    delete from public.app_users as u where u.id = profile.id;
    -- A token that is out would make a new profile, which knows of no ban.
    if delete_profile.sub not like 'pending:%' then
      perform public.revoke_user(delete_profile.sub);
    end if;
  end
  $$;

-- Security invoker: it shows what the policies let the caller see, no more. The check says why that is
-- nothing where the token is not trusted.
create function public.me() returns jsonb
  language plpgsql stable
  set search_path = ''
  as $$
  begin
    perform private.require_trust();
    return jsonb_build_object(
      'profile', (
        select to_jsonb(u) from public.app_users as u
        where u.cognito_sub = (select (select auth.jwt()) ->> 'sub')),
      'memberships', coalesce((
        select jsonb_agg(jsonb_build_object(
          'workspace_id', m.workspace_id,
          'name', w.name,
          'role', m.role,
          'permissions', case m.role
            when 'viewer' then '["tasks:read"]'::jsonb
            when 'member' then '["tasks:read", "tasks:write"]'
            when 'admin' then '["tasks:read", "tasks:write", "members:manage", "workspace:rename"]'
            when 'owner' then '["tasks:read", "tasks:write", "members:manage", "workspace:rename", "owners:manage", "workspace:delete"]'
          end) order by w.name, w.id)
        from public.workspace_members as m
        join public.workspaces as w on w.id = m.workspace_id
        where m.user_id = (select private.current_user_id())), '[]'),
      'permissions', case (select private.app_role())
        when 'support' then '["users:find"]'::jsonb
        when 'admin' then '["users:find"]'
        else '[]' end);
  end
  $$;

-- The one thing an application role is good for: to look a person up by their address. Exact, so that
-- nobody reads the list.
create function public.find_user(email text) returns setof public.app_users
  language plpgsql stable security definer
  set search_path = ''
  as $$
  begin
    perform private.require_trust();
    if coalesce(private.app_role(), '') not in ('support', 'admin') then
      perform private.refuse('only support and administrators look people up');
    end if;
    return query select * from public.app_users as u where lower(u.email) = lower(find_user.email);
  end
  $$;
create index app_users_email_idx on public.app_users (lower(email));

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
-- Deleting a profile deletes members; see the grants on those.
revoke delete on public.app_users from service_role;
revoke execute on function public.delete_profile(text) from public, anon, authenticated;
grant execute on function public.delete_profile(text) to service_role;

comment on function public.ensure_profile() is
  'The caller''s row of app_users, made where there is none. A row that waits as cognito_sub ''pending:'' || lower(email) is taken over by whose token has that verified address. Safe to call twice at once.';
comment on function public.delete_profile(text) is
  'Deletes a person''s profile, memberships and invitations, and ends their sessions; tasks of theirs are nobody''s then, notes and files stay under their sub. For the service only. Refused while they are the last owner of a workspace. Disable or delete the user in Cognito first: whoever signs in anew begins anew.';
comment on function public.me() is
  'Profile, memberships and permissions of the caller, for an app to begin with. profile is null until ensure_profile() was called.';
comment on function public.find_user(text) is
  'People with exactly this address. For support and admin: people by app_users.role, machines by their app client''s app_role.';
