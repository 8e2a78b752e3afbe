-- What people do with workspaces and members. Nobody has a grant to change members or invitations, so
-- these functions are the only way, and they hold the rules:
--   owner   gives and takes every role, removes anybody, hands the workspace over
--   admin   gives and takes member and viewer, removes and invites those
--   anyone  leaves
--   service as an owner, of every workspace
-- Nobody raises their own role, and the last owner stays (private.keep_an_owner).
--
-- All run as their owner (security definer): they write what callers may not. Each begins with the
-- trust check. Lock order: own profile, workspaces by id, invitation, member.
--
-- Functions that hold the lock of the members return nothing, or an id. A request may filter and join
-- what a function returns, and would hold the lock as long as its own slow filter runs.

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

create function private.refuse_outsider() returns void
  language plpgsql
  set search_path = ''
  as $$
  begin
    raise exception using errcode = 'PT404', message = 'there is no such workspace, or you are not in it';
  end
  $$;
revoke execute on function private.refuse_outsider() from public;
comment on function private.refuse_outsider() is
  'Raises PT404: one answer, whether or not there is such a workspace.';

create function private.require_trust_or_service() returns void
  language plpgsql
  set search_path = ''
  as $$
  begin
    if current_setting('role', true) is distinct from 'service_role' then
      perform private.require_trust();
    end if;
  end
  $$;
revoke execute on function private.require_trust_or_service() from public;
comment on function private.require_trust_or_service() is
  'The trust check of functions that the service calls as well. Before anything else: no answer may depend on rows before it.';

-- Volatile: after a wait it has to see what was committed meanwhile.
create function private.role_in(workspace uuid) returns text
  language plpgsql
  set search_path = ''
  as $$
  begin
    if current_setting('role', true) = 'service_role' then
      return (select 'owner' from public.workspaces as w where w.id = workspace);
    end if;
    return (
      select m.role from public.workspace_members as m
      where m.workspace_id = workspace and m.user_id = private.current_user_id());
  end
  $$;
revoke execute on function private.role_in(uuid) from public;
comment on function private.role_in(uuid) is
  'The caller''s role in the workspace; null outside. The service comes as an owner.';

create function private.lock_workspace(workspace uuid) returns text
  language plpgsql
  set search_path = ''
  as $$
  declare
    own_role text;
  begin
    perform private.require_trust_or_service();
    own_role := private.role_in(workspace);
    -- Outsiders wait for nobody inside, and get the answer that there is for no workspace.
    if own_role is not null then
      perform private.lock_members(workspace);
      own_role := private.role_in(workspace);
    end if;
    if own_role is null then
      perform private.refuse_outsider();
    end if;
    return own_role;
  end
  $$;
revoke execute on function private.lock_workspace(uuid) from public;
comment on function private.lock_workspace(uuid) is
  'Begins a change of members: trust check, lock, the caller''s role in the workspace. PT404 outside of it.';

create function private.lock_member(workspace uuid, person uuid) returns public.workspace_members
  language plpgsql
  set search_path = ''
  as $$
  declare
    membership public.workspace_members;
  begin
    select * into membership from public.workspace_members as m
    where m.workspace_id = workspace and m.user_id = person
    for update;
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no such member';
    end if;
    return membership;
  end
  $$;
revoke execute on function private.lock_member(uuid, uuid) from public;
comment on function private.lock_member(uuid, uuid) is
  'The membership that is to be changed, locked; PT404 where there is none. After lock_workspace().';

create function private.may_still_invite(invite public.workspace_invites) returns boolean
  language sql stable
  set search_path = ''
  as $$
    select invite.invited_by is null or exists (
      select from public.workspace_members as m join public.app_users as u on u.id = m.user_id
      where m.workspace_id = invite.workspace_id and m.user_id = invite.invited_by
        and private.may_manage(m.role, invite.role) and u.disabled_at is null)
  $$;
revoke execute on function private.may_still_invite(public.workspace_invites) from public;
comment on function private.may_still_invite(public.workspace_invites) is
  'Whether the person who made the invitation could still make it. True for one of the service.';

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
    own_role text;
    token text := encode(extensions.gen_random_bytes(32), 'hex');
  begin
    perform private.require_trust_or_service();
    own_role := private.role_in(invite_member.workspace_id);
    if own_role is null then
      perform private.refuse_outsider();
    end if;
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

create function public.accept_invite(token text) returns uuid
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    profile public.app_users := public.ensure_profile();
    hash bytea := sha256(convert_to(coalesce(accept_invite.token, ''), 'UTF8'));
    workspace uuid;
    invite public.workspace_invites;
  begin
    select i.workspace_id into workspace from public.workspace_invites as i where i.token_hash = hash;
    -- Own profile, workspace, invitation: the order of delete_profile().
    perform from public.app_users as u where u.id = profile.id for key share;
    if not found then
      raise exception using errcode = 'PT409', message = 'your profile was deleted meanwhile',
        hint = 'Sign in again.';
    end if;
    perform private.lock_members(workspace);
    select * into invite from public.workspace_invites as i where i.token_hash = hash for update;
    -- One answer for all of it: somebody may try a token that is not theirs.
    if not found or invite.accepted_at is not null or invite.expires_at <= now()
       or not private.may_still_invite(invite) then
      raise exception using errcode = 'PT404',
        message = 'the invitation does not exist, has expired, or was used';
    end if;
    -- The address is compared where it is known and verified. Otherwise having the mail is proof.
    if coalesce(private.verified_email(), lower(profile.email), lower(invite.email)) <> lower(invite.email) then
      perform private.refuse('the invitation is for another address');
    end if;
    insert into public.workspace_members as m (workspace_id, user_id, role)
      values (invite.workspace_id, profile.id, invite.role)
    on conflict (workspace_id, user_id) do nothing;
    if not found then
      raise exception using errcode = 'PT409', message = 'you are a member of this workspace already';
    end if;
    update public.workspace_invites as i set accepted_at = now(), accepted_by = profile.id
    where i.id = invite.id;
    -- Other open invitations of the same address are used up as well.
    delete from public.workspace_invites as i
    where i.workspace_id = invite.workspace_id and lower(i.email) = lower(invite.email) and i.accepted_at is null;
    return invite.workspace_id;
  end
  $$;

create function public.withdraw_invite(invite_id uuid) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    workspace uuid := (select i.workspace_id from public.workspace_invites as i where i.id = invite_id);
    own_role text := private.lock_workspace(workspace);
    invite public.workspace_invites;
  begin
    -- Used ones stay: they say which address a member came by.
    select * into invite from public.workspace_invites as i
    where i.id = invite_id and i.accepted_at is null and own_role in ('owner', 'admin');
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no such open invitation';
    end if;
    if not private.may_manage(own_role, invite.role) then
      perform private.refuse(format('as %s you cannot withdraw an invitation as %s', own_role, invite.role));
    end if;
    delete from public.workspace_invites as i where i.id = invite_id;
  end
  $$;

create function public.change_member_role(workspace_id uuid, user_id uuid, role text) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    own_role text := private.lock_workspace(change_member_role.workspace_id);
    membership public.workspace_members;
  begin
    perform private.check_one_of('role', coalesce(change_member_role.role, ''), '{owner,admin,member,viewer}');
    membership := private.lock_member(change_member_role.workspace_id, change_member_role.user_id);
    if not private.may_manage(own_role, membership.role)
       or not private.may_manage(own_role, change_member_role.role) then
      perform private.refuse(format('as %s you cannot make %s of %s',
        own_role, change_member_role.role, membership.role));
    end if;
    if change_member_role.role = 'owner' then
      perform private.refuse_disabled(change_member_role.user_id);
    end if;
    update public.workspace_members as m set role = change_member_role.role
    where m.workspace_id = membership.workspace_id and m.user_id = membership.user_id;
  end
  $$;

create function public.remove_member(workspace_id uuid, user_id uuid) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
  declare
    own_role text := private.lock_workspace(remove_member.workspace_id);
    membership public.workspace_members := private.lock_member(remove_member.workspace_id, remove_member.user_id);
  begin
    if not private.may_manage(own_role, membership.role) then
      perform private.refuse(format('as %s you cannot remove %s', own_role, membership.role),
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
    -- A member first of all: of others nothing is told, not even that they are disabled.
    perform private.lock_member(transfer_ownership.workspace_id, transfer_ownership.user_id);
    perform private.refuse_disabled(transfer_ownership.user_id);
    update public.workspace_members as m set role = 'owner'
    where m.workspace_id = transfer_ownership.workspace_id and m.user_id = transfer_ownership.user_id;
    update public.workspace_members as m set role = 'admin'
    where m.workspace_id = transfer_ownership.workspace_id and m.user_id = own_id;
  end
  $$;

do $$
declare
  f regprocedure;
begin
  foreach f in array array[
    'public.create_workspace(text)', 'public.invite_member(uuid, text, text)',
    'public.accept_invite(text)', 'public.withdraw_invite(uuid)', 'public.change_member_role(uuid, uuid, text)',
    'public.remove_member(uuid, uuid)', 'public.leave_workspace(uuid)',
    'public.transfer_ownership(uuid, uuid)'
  ]::regprocedure[] loop
    execute format('revoke execute on function %s from public, anon, authenticated, service_role', f);
    execute format('grant execute on function %s to authenticated', f);
  end loop;
end
$$;
grant execute on function public.invite_member(uuid, text, text) to service_role;
grant execute on function public.withdraw_invite(uuid) to service_role;
grant execute on function public.change_member_role(uuid, uuid, text) to service_role;
grant execute on function public.remove_member(uuid, uuid) to service_role;

comment on function public.create_workspace(text) is 'Makes a workspace, with the caller as its owner.';
comment on function public.invite_member(uuid, text, text) is
  'Invites an address as admin, member or viewer, and returns the one-time token. It is shown this once: only its hash is kept.';
comment on function public.accept_invite(text) is 'Joins the workspace of an invitation, and returns the workspace. Once, and for the invited address where the token or the profile names one.';
comment on function public.withdraw_invite(uuid) is 'Deletes an open invitation that the caller could have made. For the service, any.';
comment on function public.change_member_role(uuid, uuid, text) is 'Gives a member another role.';
comment on function public.remove_member(uuid, uuid) is 'Removes somebody from a workspace.';
comment on function public.leave_workspace(uuid) is 'Removes the caller from a workspace. The last owner stays.';
comment on function public.transfer_ownership(uuid, uuid) is 'Makes a member owner, and the caller admin.';
