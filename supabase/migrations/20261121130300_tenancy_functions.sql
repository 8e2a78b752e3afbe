-- Functions for workspaces and members. Nobody has a grant to change members or invitations, so these
-- functions are the only way. Their rules:
--   owner   gives and takes every role, removes anybody, hands the workspace over
--   admin   gives and takes member and viewer, removes and invites those
--   anyone  leaves
--   service as an owner, of every workspace
-- Nobody can raise their own role, and the last owner cannot leave (cognito_supabase.keep_an_owner).
--
-- All run as their owner (security definer), because they write what callers may not write. Each begins
-- with the trust check. Lock order: own profile, workspaces by id, invitation, member.
--
-- Functions that hold the lock of the members return nothing, or an id. A request can filter the result
-- of a function, and a slow filter would hold the lock.

create function public.create_workspace(name text) returns public.workspaces
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
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
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_role text;
    token text := encode(extensions.gen_random_bytes(32), 'hex');
  begin
    perform cognito_supabase.require_trust_or_service();
    own_role := cognito_supabase.role_in(invite_member.workspace_id);
    if own_role is null then
      perform cognito_supabase.refuse_outsider();
    end if;
    perform cognito_supabase.check_one_of('role of an invitation', coalesce(invite_member.role, ''), '{admin,member,viewer}');
    if not cognito_supabase.may_manage(own_role, invite_member.role) then
      perform cognito_supabase.refuse(format('as %s you cannot invite anybody as %s', own_role, invite_member.role));
    end if;
    insert into public.workspace_invites (workspace_id, email, role, token_hash, invited_by)
      values (invite_member.workspace_id, lower(trim(coalesce(invite_member.email, ''))), invite_member.role,
              sha256(convert_to(token, 'UTF8')), cognito_supabase.current_user_id());
    return token;
  end
  $$;

create function public.accept_invite(token text) returns uuid
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    profile public.app_users := public.ensure_profile();
    hash bytea := sha256(convert_to(coalesce(accept_invite.token, ''), 'UTF8'));
    workspace uuid;
    invite public.workspace_invites;
  begin
    select i.workspace_id into workspace from public.workspace_invites as i where i.token_hash = hash;
    -- Own profile, workspace, invitation: the same order as when a profile is deleted.
    perform from public.app_users as u where u.id = profile.id for key share;
    if not found then
      raise exception using errcode = 'PT409', message = 'your profile was deleted meanwhile',
        hint = 'Sign in again.';
    end if;
    perform cognito_supabase.lock_members(workspace);
    select * into invite from public.workspace_invites as i where i.token_hash = hash for update;
    -- One answer for all cases, because a caller may try a token of somebody else.
    if not found or invite.accepted_at is not null or invite.expires_at <= now()
       or not cognito_supabase.may_still_invite(invite) then
      raise exception using errcode = 'PT404',
        message = 'the invitation does not exist, has expired, or was used';
    end if;
    -- The address is compared if it is known and verified. Otherwise possession of the mail is proof.
    if coalesce(cognito_supabase.verified_email(), lower(profile.email), lower(invite.email)) <> lower(invite.email) then
      perform cognito_supabase.refuse('the invitation is for another address');
    end if;
    insert into public.workspace_members as m (workspace_id, user_id, role)
      values (invite.workspace_id, profile.id, invite.role)
    on conflict (workspace_id, user_id) do nothing;
    if not found then
      raise exception using errcode = 'PT409', message = 'you are a member of this workspace already';
    end if;
    update public.workspace_invites as i set accepted_at = now(), accepted_by = profile.id
    where i.id = invite.id;
    -- Other open invitations of the same address are used too.
    delete from public.workspace_invites as i
    where i.workspace_id = invite.workspace_id and lower(i.email) = lower(invite.email) and i.accepted_at is null;
    return invite.workspace_id;
  end
  $$;

create function public.withdraw_invite(invite_id uuid) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    workspace uuid := (select i.workspace_id from public.workspace_invites as i where i.id = invite_id);
    own_role text := cognito_supabase.lock_workspace(workspace);
    invite public.workspace_invites;
  begin
    -- Used invitations stay, because they record the address of a member.
    select * into invite from public.workspace_invites as i
    where i.id = invite_id and i.accepted_at is null and own_role in ('owner', 'admin');
    if not found then
      raise exception using errcode = 'PT404', message = 'there is no such open invitation';
    end if;
    if not cognito_supabase.may_manage(own_role, invite.role) then
      perform cognito_supabase.refuse(format('as %s you cannot withdraw an invitation as %s', own_role, invite.role));
    end if;
    delete from public.workspace_invites as i where i.id = invite_id;
  end
  $$;

create function public.change_member_role(workspace_id uuid, user_id uuid, role text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_role text := cognito_supabase.lock_workspace(change_member_role.workspace_id);
    membership public.workspace_members;
  begin
    perform cognito_supabase.check_one_of('role', coalesce(change_member_role.role, ''), '{owner,admin,member,viewer}');
    membership := cognito_supabase.lock_member(change_member_role.workspace_id, change_member_role.user_id);
    if not cognito_supabase.may_manage(own_role, membership.role)
       or not cognito_supabase.may_manage(own_role, change_member_role.role) then
      perform cognito_supabase.refuse(format('as %s you cannot make %s of %s',
        own_role, change_member_role.role, membership.role));
    end if;
    if change_member_role.role = 'owner' then
      perform cognito_supabase.refuse_disabled(change_member_role.user_id);
    end if;
    update public.workspace_members as m set role = change_member_role.role
    where m.workspace_id = membership.workspace_id and m.user_id = membership.user_id;
  end
  $$;

create function public.remove_member(workspace_id uuid, user_id uuid) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_role text := cognito_supabase.lock_workspace(remove_member.workspace_id);
    membership public.workspace_members := cognito_supabase.lock_member(remove_member.workspace_id, remove_member.user_id);
  begin
    if not cognito_supabase.may_manage(own_role, membership.role) then
      perform cognito_supabase.refuse(format('as %s you cannot remove %s', own_role, membership.role),
        'To leave, call leave_workspace.');
    end if;
    delete from public.workspace_members as m
    where m.workspace_id = remove_member.workspace_id and m.user_id = remove_member.user_id;
  end
  $$;

create function public.leave_workspace(workspace_id uuid) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform cognito_supabase.lock_workspace(leave_workspace.workspace_id);
    delete from public.workspace_members as m
    where m.workspace_id = leave_workspace.workspace_id and m.user_id = cognito_supabase.current_user_id();
  end
  $$;

create function public.transfer_ownership(workspace_id uuid, user_id uuid) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_role text := cognito_supabase.lock_workspace(transfer_ownership.workspace_id);
    own_id uuid := cognito_supabase.current_user_id();
  begin
    if own_role <> 'owner' then
      perform cognito_supabase.refuse('only an owner can hand a workspace over');
    end if;
    if transfer_ownership.user_id = own_id then
      raise exception using errcode = 'PT409', message = 'the workspace is yours already',
        hint = 'Name another member.';
    end if;
    -- Check membership first, so that nothing is told about people who are not members, not even that
    -- they are disabled.
    perform cognito_supabase.lock_member(transfer_ownership.workspace_id, transfer_ownership.user_id);
    perform cognito_supabase.refuse_disabled(transfer_ownership.user_id);
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
  'Invites an address as admin, member or viewer, and returns the one-time token. It is shown only once, because only its hash is kept.';
comment on function public.accept_invite(text) is 'Joins the workspace of an invitation, and returns the workspace. It works once, and only for the invited address if the token or the profile has an address.';
comment on function public.withdraw_invite(uuid) is 'Deletes an open invitation that the caller could have made. The service can delete any.';
comment on function public.change_member_role(uuid, uuid, text) is 'Gives a member another role.';
comment on function public.remove_member(uuid, uuid) is 'Removes a member from a workspace.';
comment on function public.leave_workspace(uuid) is 'Removes the caller from a workspace. The last owner stays.';
comment on function public.transfer_ownership(uuid, uuid) is 'Makes a member owner, and the caller admin.';

-- Security invoker, so it shows only rows that the policies allow.
create function cognito_supabase.my_memberships() returns jsonb
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    select coalesce(jsonb_agg(jsonb_build_object(
      'workspace_id', m.workspace_id,
      'name', w.name,
      'role', m.role,
      'permissions', case m.role
        when 'viewer' then '["workspace:read"]'::jsonb
        when 'member' then '["workspace:read", "workspace:write"]'
        when 'admin' then '["workspace:read", "workspace:write", "members:manage", "workspace:rename"]'
        when 'owner' then '["workspace:read", "workspace:write", "members:manage", "workspace:rename", "owners:manage", "workspace:delete"]'
      end) order by w.name, w.id), '[]')
    from public.workspace_members as m
    join public.workspaces as w on w.id = m.workspace_id
    where m.user_id = (select cognito_supabase.current_user_id())
  $$;
revoke execute on function cognito_supabase.my_memberships() from public;
grant execute on function cognito_supabase.my_memberships() to authenticated;
comment on function cognito_supabase.my_memberships() is
  'Memberships of the caller for me(): workspace, its name, role and permissions.';

-- If module analytics is installed already, add this module's tables as its sources.
do $$
begin
  if to_regprocedure('cognito.add_module_sources()') is not null then
    perform cognito.add_module_sources();
  end if;
end
$$;
