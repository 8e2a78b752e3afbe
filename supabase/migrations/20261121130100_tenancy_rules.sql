-- Rules of a workspace that hold for every writer, the service included: triggers, and the audit.

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
comment on function cognito_supabase.refuse_move() is 'Trigger: what belongs to a workspace stays in it.';
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
  'Whether somebody with the first role may give, take or remove the second, and invite as it.';

-- What puts changes of members of one workspace in turn. Not the row of the workspace: an admin who
-- renames it would hold that. No caller has a privilege on this table, so functions alone lock it.
create table cognito_supabase.workspace_locks (
  workspace_id uuid primary key references public.workspaces (id) on delete cascade
);
alter table cognito_supabase.workspace_locks enable row level security;
comment on table cognito_supabase.workspace_locks is 'A row for each workspace, locked by whatever changes its members.';
comment on column cognito_supabase.workspace_locks.workspace_id is 'The workspace.';
revoke all on cognito_supabase.workspace_locks from anon, authenticated, service_role;

-- Security definer: whoever makes a workspace may not write to the table.
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
    -- The workspace first, as a delete of it does: it holds the row before its cascade comes here.
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
  'Waits until no other transaction changes members of the workspace, and keeps it so until the end of this one. False where there is no such workspace.';

-- Locks the members first: two last owners who leave at once come one after the other.
-- Security definer: it counts members whom the caller may not see.
create function cognito_supabase.keep_an_owner() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  begin
    -- A disabled owner can do nothing for the others.
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
comment on function cognito_supabase.keep_an_owner() is 'Trigger: no change of members leaves a workspace without an owner.';
create trigger keep_an_owner after update or delete on public.workspace_members
  for each row when (old.role = 'owner') execute function cognito_supabase.keep_an_owner();

-- A removed or demoted member must not come back by an invitation: neither by one that they made, nor by
-- one for their own address (of the profile, or of the invitation that they accepted).
-- Security definer: the caller may have no right to invitations any more.
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
  'Trigger: deletes open invitations that their maker could not make any more, and those for the member.';
create trigger withdraw_invites after delete or update of role on public.workspace_members
  for each row execute function cognito_supabase.withdraw_invites();

-- A statement may wait for a row, and the caller may be removed or demoted meanwhile. Then nothing is
-- written. Statements inside of triggers are left out: deleting a workspace deletes the members first.
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
  'Trigger: whether the caller still has the role of its argument in the workspaces of touched_rows.';
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

-- A profile that is deleted leaves its workspaces first, while it still says which invitations are its
-- own. The members of each workspace are locked by id, as everything that locks several does; the profile
-- itself is locked by the delete, so its person joins no other workspace meanwhile.
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
comment on function cognito_supabase.leave_workspaces() is 'Trigger: removes who is deleted from all workspaces.';
create trigger leave_workspaces before delete on public.app_users
  for each row execute function cognito_supabase.leave_workspaces();
