-- What people do with workspaces and members. Nobody has a grant to change members, so these functions
-- are the only way, and they hold the rules:
--   owner   gives and takes every role, removes anybody, hands the workspace over
--   admin   gives and takes member and viewer, removes and invites those
--   anyone  leaves
--   service as an owner, of every workspace
-- Nobody raises their own role, and the last owner stays (private.keep_an_owner).
--
-- All run as their owner (security definer): they write what callers may not. Each begins with the
-- trust check, which policies would make otherwise. Lock order: workspaces by id, invitation, member.

create function private.refuse(message text, hint text default null) returns void
  language plpgsql
  set search_path = ''
  as $$
  begin
    raise exception using errcode = 'insufficient_privilege', message = message, hint = coalesce(hint, '');
  end
  $$;
revoke execute on function private.refuse(text, text) from public;
comment on function private.refuse(text, text) is 'Raises 42501, which the Data API answers with 403.';

create function private.refuse_disabled(user_id uuid) returns void
  language plpgsql
  set search_path = ''
  as $$
  begin
    if exists (
      select from public.app_users as u where u.id = refuse_disabled.user_id and u.disabled_at is not null
    ) then
      raise exception using errcode = 'PT409', message = 'the person is disabled, and an owner has to be able to act';
    end if;
  end
  $$;
revoke execute on function private.refuse_disabled(uuid) from public;
comment on function private.refuse_disabled(uuid) is 'Raises PT409 where the person is disabled.';

create function private.lock_workspace(workspace uuid) returns text
  language plpgsql
  set search_path = ''
  as $$
  declare
    by_service boolean := current_setting('role', true) = 'service_role';
    own_role text;
  begin
    if not by_service then
      perform private.is_trusted();
    end if;
    -- Who is outside waits for nobody inside, and learns nothing: the same answer as for no workspace.
    if by_service or exists (
      select from public.workspace_members as m
      where m.workspace_id = workspace and m.user_id = private.current_user_id()
    ) then
      perform from public.workspaces as w where w.id = workspace for no key update;
      if found and by_service then
        return 'owner';
      end if;
      select m.role into own_role from public.workspace_members as m
      where m.workspace_id = workspace and m.user_id = private.current_user_id();
    end if;
    if own_role is null then
      raise exception using errcode = 'PT404', message = 'there is no such workspace, or you are not in it';
    end if;
    return own_role;
  end
  $$;
revoke execute on function private.lock_workspace(uuid) from public;
comment on function private.lock_workspace(uuid) is
  'Begins a change of members: trust check, lock, the caller''s role in the workspace. The service comes as an owner.';

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
    perform private.is_trusted();
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

create function public.create_workspace(name text) returns public.workspaces
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    profile public.app_users := public.ensure_profile();
    workspace public.workspaces;
  begin
    insert into public.workspaces (name) values (coalesce(create_workspace.name, '')) returning * into workspace;
    insert into public.workspace_members (workspace_id, user_id, role)
      values (workspace.id, profile.id, 'owner');
    return workspace;
  end
  $$;

create function public.invite_member(workspace_id uuid, email text, role text) returns text
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    own_role text := private.lock_workspace(invite_member.workspace_id);
    token text := encode(extensions.gen_random_bytes(32), 'hex');
  begin
    perform private.check_one_of('role of an invitation', coalesce(invite_member.role, ''), '{admin,member,viewer}');
    if not private.may_manage(own_role, invite_member.role) then
      perform private.refuse(format('as %s you cannot invite anybody as %s', own_role, invite_member.role));
    end if;
    insert into public.workspace_invites (workspace_id, email, role, token_hash, invited_by)
      values (invite_member.workspace_id, lower(trim(coalesce(invite_member.email, ''))), invite_member.role,
              sha256(convert_to(token, 'UTF8')), private.current_user_id());
    return token;
  end
  $$;

create function public.accept_invite(token text) returns public.workspace_members
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    profile public.app_users := public.ensure_profile();
    hash bytea := sha256(convert_to(coalesce(accept_invite.token, ''), 'UTF8'));
    workspace uuid;
    invite public.workspace_invites;
    membership public.workspace_members;
  begin
    select i.workspace_id into workspace from public.workspace_invites as i where i.token_hash = hash;
    perform from public.workspaces as w where w.id = workspace for no key update;
    select * into invite from public.workspace_invites as i where i.token_hash = hash for update;
    -- One answer for all of it: a token is tried by whoever has got hold of it. Who is disabled invites
    -- nobody, from before either.
    if not found or invite.accepted_at is not null or invite.expires_at <= now()
       or exists (select from public.app_users as u where u.id = invite.invited_by and u.disabled_at is not null) then
      raise exception using errcode = 'PT404',
        message = 'the invitation does not exist, has expired, or was used';
    end if;
    -- The address is compared where it is known and verified. Otherwise to have the mail is proof.
    if coalesce(private.verified_email(), lower(profile.email), lower(invite.email)) <> lower(invite.email) then
      perform private.refuse('the invitation is for another address');
    end if;
    insert into public.workspace_members as m (workspace_id, user_id, role)
      values (invite.workspace_id, profile.id, invite.role)
    on conflict (workspace_id, user_id) do nothing
    returning * into membership;
    if not found then
      raise exception using errcode = 'PT409', message = 'you are a member of this workspace already';
    end if;
    update public.workspace_invites as i set accepted_at = now(), accepted_by = profile.id
    where i.id = invite.id;
    -- Sent twice, used once.
    delete from public.workspace_invites as i
    where i.workspace_id = invite.workspace_id and lower(i.email) = lower(invite.email) and i.accepted_at is null;
    return membership;
  end
  $$;

create function public.change_member_role(workspace_id uuid, user_id uuid, role text)
  returns public.workspace_members
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    own_role text := private.lock_workspace(change_member_role.workspace_id);
    membership public.workspace_members;
  begin
    perform private.check_one_of('role', coalesce(change_member_role.role, ''), '{owner,admin,member,viewer}');
    select * into membership from public.workspace_members as m
    where m.workspace_id = change_member_role.workspace_id and m.user_id = change_member_role.user_id
    for update;
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no such member';
    end if;
    if not private.may_manage(own_role, membership.role)
       or not private.may_manage(own_role, change_member_role.role) then
      perform private.refuse(format('as %s you cannot make %s of %s',
        own_role, change_member_role.role, membership.role));
    end if;
    if change_member_role.role = 'owner' then
      perform private.refuse_disabled(change_member_role.user_id);
    end if;
    update public.workspace_members as m set role = change_member_role.role
    where m.workspace_id = membership.workspace_id and m.user_id = membership.user_id
    returning * into membership;
    return membership;
  end
  $$;

create function public.remove_member(workspace_id uuid, user_id uuid) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    own_role text := private.lock_workspace(remove_member.workspace_id);
    other_role text;
  begin
    select m.role into other_role from public.workspace_members as m
    where m.workspace_id = remove_member.workspace_id and m.user_id = remove_member.user_id
    for update;
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no such member';
    end if;
    if not private.may_manage(own_role, other_role) then
      perform private.refuse(format('as %s you cannot remove %s', own_role, other_role),
        'To leave, call leave_workspace.');
    end if;
    delete from public.workspace_members as m
    where m.workspace_id = remove_member.workspace_id and m.user_id = remove_member.user_id;
  end
  $$;

create function public.leave_workspace(workspace_id uuid) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  begin
    perform private.lock_workspace(leave_workspace.workspace_id);
    delete from public.workspace_members as m
    where m.workspace_id = leave_workspace.workspace_id and m.user_id = private.current_user_id();
  end
  $$;

create function public.transfer_ownership(workspace_id uuid, user_id uuid) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    own_role text := private.lock_workspace(transfer_ownership.workspace_id);
    own_id uuid := private.current_user_id();
  begin
    if own_role <> 'owner' then
      perform private.refuse('only an owner can hand a workspace over');
    end if;
    if transfer_ownership.user_id = own_id then
      raise exception using errcode = 'PT409', message = 'the workspace is yours already',
        hint = 'Name another member.';
    end if;
    perform private.refuse_disabled(transfer_ownership.user_id);
    update public.workspace_members as m set role = 'owner'
    where m.workspace_id = transfer_ownership.workspace_id and m.user_id = transfer_ownership.user_id;
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no such member';
    end if;
    update public.workspace_members as m set role = 'admin'
    where m.workspace_id = transfer_ownership.workspace_id and m.user_id = own_id;
  end
  $$;

-- Locks the person's workspaces first, in the order that everybody keeps, and then looks again: whoever
-- joined one meanwhile has to be asked once more.
create function public.delete_profile(sub text) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    profile public.app_users;
    locked uuid[];
  begin
    select * into profile from public.app_users as u where u.cognito_sub = delete_profile.sub;
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no profile of this sub';
    end if;
    select array_agg(w.id) into locked from (
      select w.id from public.workspaces as w
      where w.id in (select m.workspace_id from public.workspace_members as m where m.user_id = profile.id)
      order by w.id for no key update) as w;
    perform from public.app_users as u where u.id = profile.id for update;
    if exists (
      select from public.workspace_members as m
      where m.user_id = profile.id and m.workspace_id <> all (coalesce(locked, '{}'))
    ) then
      raise exception using errcode = 'PT409', message = 'the person has just joined another workspace',
        hint = 'Call delete_profile again.';
    end if;
    -- Members first, while the profile still says which invitations are theirs.
    delete from public.workspace_members as m where m.user_id = profile.id;
    delete from public.app_users as u where u.id = profile.id;
    -- A token that is out would make a new profile, which knows of no ban.
    if delete_profile.sub not like 'pending:%' then
      perform public.revoke_user(delete_profile.sub);
    end if;
  end
  $$;

-- Security invoker: it shows what the policies let the caller see, no more. They let an untrusted caller
-- see nothing; the check says why.
create function public.me() returns jsonb
  language plpgsql stable
  set search_path = ''
  as $$
  begin
    perform private.is_trusted();
    return jsonb_build_object(
      'profile', (
        select to_jsonb(u) from public.app_users as u
        where u.cognito_sub = ((select auth.jwt()) ->> 'sub')),
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
    perform private.is_trusted();
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
    'public.ensure_profile()', 'public.create_workspace(text)', 'public.invite_member(uuid, text, text)',
    'public.accept_invite(text)', 'public.change_member_role(uuid, uuid, text)',
    'public.remove_member(uuid, uuid)', 'public.leave_workspace(uuid)',
    'public.transfer_ownership(uuid, uuid)', 'public.me()', 'public.find_user(text)'
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
grant execute on function public.invite_member(uuid, text, text) to service_role;
grant execute on function public.change_member_role(uuid, uuid, text) to service_role;
grant execute on function public.remove_member(uuid, uuid) to service_role;

comment on function public.ensure_profile() is
  'The caller''s row of app_users, made where there is none. A row that waits as cognito_sub ''pending:'' || lower(email) is taken over by whose token has that verified address. Safe to call twice at once.';
comment on function public.create_workspace(text) is 'Makes a workspace, with the caller as its owner.';
comment on function public.invite_member(uuid, text, text) is
  'Invites an address as admin, member or viewer, and returns the one-time token. It is shown this once: only its hash is kept.';
comment on function public.accept_invite(text) is 'Joins the workspace of an invitation. Once, and for the invited address where the token or the profile names one.';
comment on function public.change_member_role(uuid, uuid, text) is 'Gives a member another role.';
comment on function public.remove_member(uuid, uuid) is 'Removes somebody from a workspace.';
comment on function public.leave_workspace(uuid) is 'Removes the caller from a workspace. The last owner stays.';
comment on function public.transfer_ownership(uuid, uuid) is 'Makes a member owner, and the caller admin.';
comment on function public.delete_profile(text) is
  'Deletes a person''s profile, memberships and invitations, and ends their sessions; tasks of theirs are nobody''s then, notes and files stay under their sub. For the service only. Refused while they are the last owner of a workspace. Disable or delete the user in Cognito first: whoever signs in anew begins anew.';
comment on function public.me() is
  'Profile, memberships and permissions of the caller, for an app to begin with. profile is null until ensure_profile() was called.';
comment on function public.find_user(text) is
  'People with exactly this address. For support and admin: people by app_users.role, machines by their app client''s app_role.';
