-- Rules of a workspace for every writer, including the service: triggers, and the audit.

create function cognito_supabase.refuse_move() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    if new.workspace_id is distinct from old.workspace_id then
      raise exception using errcode = 'PT409', message = 'a row cannot be moved to another workspace';
    end if;
    return new;
  end
  $$;
revoke execute on function cognito_supabase.refuse_move() from public;
comment on function cognito_supabase.refuse_move() is 'Trigger: refuses to move a row to another workspace.';
create trigger refuse_move before update on public.workspace_members
  for each row execute function cognito_supabase.refuse_move();
create trigger refuse_move before update on public.workspace_invites
  for each row execute function cognito_supabase.refuse_move();

create function cognito_supabase.may_manage(own_role text, other_role text) returns boolean
  language sql immutable
  set search_path = pg_catalog, pg_temp
  return own_role = 'owner' or (own_role = 'admin' and other_role in ('member', 'viewer'));
revoke execute on function cognito_supabase.may_manage(text, text) from public;
comment on function cognito_supabase.may_manage(text, text) is
  'Whether a member with the first role may give or remove the second role, and invite with it.';

-- Serializes changes of the members of a workspace. It is not the row of the workspace, because an admin
-- who renames it would hold that lock. No caller has a privilege on this table, so only functions lock
-- it.
create table cognito_supabase.workspace_locks (
  workspace_id uuid primary key references public.workspaces (id) on delete cascade
);
alter table cognito_supabase.workspace_locks enable row level security;
comment on table cognito_supabase.workspace_locks is 'A row for each workspace. Functions that change its members lock it.';
comment on column cognito_supabase.workspace_locks.workspace_id is 'The workspace.';
revoke all on cognito_supabase.workspace_locks from anon, authenticated, service_role;

-- Security definer, because callers may not write to the table.
create function cognito_supabase.add_workspace_lock() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    insert into cognito_supabase.workspace_locks (workspace_id) values (new.id);
    return null;
  end
  $$;
revoke execute on function cognito_supabase.add_workspace_lock() from public;
comment on function cognito_supabase.add_workspace_lock() is 'Trigger: makes the row that cognito_supabase.lock_members() locks.';
create trigger add_lock after insert on public.workspaces
  for each row execute function cognito_supabase.add_workspace_lock();

create function cognito_supabase.lock_members(workspace uuid) returns boolean
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    -- Locks the workspace first, in the same order as a delete of it, whose cascade comes here later.
    perform from public.workspaces as w where w.id = workspace for key share;
    if not found then
      return false;
    end if;
    perform from cognito_supabase.workspace_locks as l where l.workspace_id = workspace for update;
    return true;
  end
  $$;
revoke execute on function cognito_supabase.lock_members(uuid) from public;
comment on function cognito_supabase.lock_members(uuid) is
  'Waits until no other transaction changes members of the workspace, and holds the lock until the end of this one. False if there is no such workspace.';

-- Locks the members first, so that two last owners cannot leave at the same time. Security definer,
-- because it counts members whom the caller may not see.
create function cognito_supabase.keep_an_owner() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    -- A disabled owner does not count, because they can do nothing.
    if cognito_supabase.lock_members(old.workspace_id) and not exists (
      select from public.workspace_members as m join public.app_users as u on u.id = m.user_id
      where m.workspace_id = old.workspace_id and m.role = 'owner' and not cognito_supabase.is_disabled(u.cognito_sub)
    ) then
      raise exception using errcode = 'PT409', message = 'a workspace keeps at least one owner',
        hint = 'Make somebody else an owner first, or delete the workspace.';
    end if;
    return null;
  end
  $$;
revoke execute on function cognito_supabase.keep_an_owner() from public;
comment on function cognito_supabase.keep_an_owner() is 'Trigger: refuses a change of members that leaves a workspace without an owner.';
create trigger keep_an_owner after update or delete on public.workspace_members
  for each row when (old.role = 'owner') execute function cognito_supabase.keep_an_owner();

-- A removed or demoted member must not come back by an invitation that they made, or by one for their own
-- address (in the profile, or in the invitation that they accepted). Security definer, because the caller
-- may no longer have rights to invitations.
create function cognito_supabase.withdraw_invites() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    delete from public.workspace_invites as i
    where i.workspace_id = old.workspace_id and i.accepted_at is null
      and ((i.invited_by = old.user_id and (tg_op = 'DELETE' or not cognito_supabase.may_manage(new.role, i.role)))
        or lower(i.email) in (
          select lower(u.email) from public.app_users as u where u.id = old.user_id
          union all
          select lower(a.email) from public.workspace_invites as a
          where a.workspace_id = old.workspace_id and a.accepted_by = old.user_id));
    return null;
  end
  $$;
revoke execute on function cognito_supabase.withdraw_invites() from public;
comment on function cognito_supabase.withdraw_invites() is
  'Trigger: deletes open invitations by a person who may no longer invite, and open invitations for the member.';
create trigger withdraw_invites after delete or update of role on public.workspace_members
  for each row execute function cognito_supabase.withdraw_invites();

-- A statement may wait for a row, and the caller may be removed or demoted meanwhile. Then nothing is
-- written. Statements inside triggers are not checked, because deleting a workspace deletes the members
-- first.
create function cognito_supabase.check_membership_again() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    least_role text := tg_argv[0];
    touched uuid[];
  begin
    if tg_table_name = 'workspaces' then
      touched := array(select w.id from touched_rows as w);
    else
      touched := array(select distinct r.workspace_id from touched_rows as r);
    end if;
    if not touched <@ array(select cognito_supabase.my_workspaces(least_role)) then
      raise exception using errcode = 'insufficient_privilege',
        message = 'your role in the workspace has changed meanwhile';
    end if;
    return null;
  end
  $$;
revoke execute on function cognito_supabase.check_membership_again() from public;
comment on function cognito_supabase.check_membership_again() is
  'Trigger: checks that the caller still has the role of its argument in the workspaces of touched_rows.';
create trigger "Role holds until the end" after update on public.workspaces
  referencing old table as touched_rows for each statement
  when (current_setting('role', true) = 'authenticated' and pg_trigger_depth() = 0)
  execute function cognito_supabase.check_membership_again('admin');
create trigger audit after insert or update or delete on public.workspaces
  for each row execute function cognito_audit.record('id', 'id');
create trigger audit after insert or update or delete on public.workspace_members
  for each row execute function cognito_audit.record('workspace_id,user_id', 'role');
create trigger audit after insert or update or delete on public.workspace_invites
  for each row execute function cognito_audit.record('id,workspace_id', 'role,invited_by,accepted_by,accepted_at,expires_at');

-- Before a profile is deleted, its person leaves all workspaces, while the profile still identifies their
-- invitations. Workspaces are locked in the order of their ids, as everywhere. The delete locks the
-- profile, so the person cannot join another workspace meanwhile.
create function cognito_supabase.leave_workspaces() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    workspace uuid;
  begin
    for workspace in
      select m.workspace_id from public.workspace_members as m where m.user_id = old.id order by m.workspace_id
    loop
      perform cognito_supabase.lock_members(workspace);
    end loop;
    delete from public.workspace_members as m where m.user_id = old.id;
    return old;
  end
  $$;
revoke execute on function cognito_supabase.leave_workspaces() from public;
comment on function cognito_supabase.leave_workspaces() is 'Trigger: removes the person of a deleted profile from all workspaces.';
create trigger leave_workspaces before delete on public.app_users
  for each row execute function cognito_supabase.leave_workspaces();
