-- Checks and locks that the functions of tenancy_functions share.

create function cognito_supabase.refuse_disabled(user_id uuid) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if exists (
      select from public.app_users as u where u.id = refuse_disabled.user_id and cognito_supabase.is_disabled(u.cognito_sub)
    ) then
      raise exception using errcode = 'PT409', message = 'the person is disabled, and an owner has to be able to act';
    end if;
  end
  $$;
revoke execute on function cognito_supabase.refuse_disabled(uuid) from public;
comment on function cognito_supabase.refuse_disabled(uuid) is 'Raises PT409 if the person is disabled.';

create function cognito_supabase.refuse_outsider() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    raise exception using errcode = 'PT404', message = 'there is no such workspace, or you are not in it';
  end
  $$;
revoke execute on function cognito_supabase.refuse_outsider() from public;
comment on function cognito_supabase.refuse_outsider() is
  'Raises PT404, with the same answer whether or not there is such a workspace.';

create function cognito_supabase.require_trust_or_service() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if current_setting('role', true) is distinct from 'service_role' then
      perform cognito_supabase.require_trust();
    end if;
  end
  $$;
revoke execute on function cognito_supabase.require_trust_or_service() from public;
comment on function cognito_supabase.require_trust_or_service() is
  'The trust check of functions that the service also calls. It comes first, because no answer may depend on rows before it.';

-- Volatile, because after a wait it must see rows that were committed meanwhile.
create function cognito_supabase.role_in(workspace uuid) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if current_setting('role', true) = 'service_role' then
      return (select 'owner' from public.workspaces as w where w.id = workspace);
    end if;
    return (
      select m.role from public.workspace_members as m
      where m.workspace_id = workspace and m.user_id = cognito_supabase.current_user_id());
  end
  $$;
revoke execute on function cognito_supabase.role_in(uuid) from public;
comment on function cognito_supabase.role_in(uuid) is
  'The caller''s role in the workspace; null if the caller is not a member. The service counts as an owner.';

create function cognito_supabase.lock_workspace(workspace uuid) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_role text;
  begin
    perform cognito_supabase.require_trust_or_service();
    own_role := cognito_supabase.role_in(workspace);
    -- A person outside the workspace waits for no lock, and gets the same answer as for a workspace that
    -- does not exist.
    if own_role is not null then
      perform cognito_supabase.lock_members(workspace);
      own_role := cognito_supabase.role_in(workspace);
    end if;
    if own_role is null then
      perform cognito_supabase.refuse_outsider();
    end if;
    return own_role;
  end
  $$;
revoke execute on function cognito_supabase.lock_workspace(uuid) from public;
comment on function cognito_supabase.lock_workspace(uuid) is
  'Begins a change of members: trust check, lock, the caller''s role in the workspace. PT404 if the caller is not a member.';

create function cognito_supabase.lock_member(workspace uuid, person uuid) returns public.workspace_members
  language plpgsql
  set search_path = pg_catalog, pg_temp
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
revoke execute on function cognito_supabase.lock_member(uuid, uuid) from public;
comment on function cognito_supabase.lock_member(uuid, uuid) is
  'Locks and returns the membership that is to be changed; PT404 if there is none. Call it after lock_workspace().';

create function cognito_supabase.may_still_invite(invite public.workspace_invites) returns boolean
  language sql stable
  set search_path = pg_catalog, pg_temp
  as $$
    select invite.invited_by is null or exists (
      select from public.workspace_members as m join public.app_users as u on u.id = m.user_id
      where m.workspace_id = invite.workspace_id and m.user_id = invite.invited_by
        and cognito_supabase.may_manage(m.role, invite.role) and not cognito_supabase.is_disabled(u.cognito_sub))
  $$;
revoke execute on function cognito_supabase.may_still_invite(public.workspace_invites) from public;
comment on function cognito_supabase.may_still_invite(public.workspace_invites) is
  'Whether the person who made the invitation could still make it. True for an invitation by the service.';

