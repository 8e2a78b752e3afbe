-- What holds in a workspace for whoever writes, the service included: rules that are triggers, and the
-- audit.

create function private.refuse_move() returns trigger
  language plpgsql
  set search_path = ''
  as $$
  begin
    if new.workspace_id is distinct from old.workspace_id then
      raise exception using errcode = 'PT409', message = 'a row cannot be moved to another workspace';
    end if;
    return new;
  end
  $$;
revoke execute on function private.refuse_move() from public;
comment on function private.refuse_move() is 'Trigger: what belongs to a workspace stays in it.';
create trigger refuse_move before update on public.tasks
  for each row execute function private.refuse_move();
create trigger refuse_move before update on public.workspace_members
  for each row execute function private.refuse_move();
create trigger refuse_move before update on public.workspace_invites
  for each row execute function private.refuse_move();

create function private.may_manage(own_role text, other_role text) returns boolean
  language sql immutable
  set search_path = ''
  return own_role = 'owner' or (own_role = 'admin' and other_role in ('member', 'viewer'));
revoke execute on function private.may_manage(text, text) from public;
comment on function private.may_manage(text, text) is
  'Whether somebody with the first role may give, take or remove the second, and invite as it.';

-- Assigning holds tasks and waits for members; removing a member holds that and waits for its tasks. So
-- assigning, too, takes the workspaces first. Not where a foreign key assigns: that is removing.
-- Security definer: members may not lock a workspace.
create function private.lock_assigning() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
  begin
    perform from public.workspaces as w
    where w.id = any (array(select private.my_workspaces('member'))) order by w.id for share;
    return null;
  end
  $$;
revoke execute on function private.lock_assigning() from public;
comment on function private.lock_assigning() is 'Trigger: puts a change of assignees in turn with changes of members.';

create trigger lock_assigning before update of assignee_id on public.tasks
  for each statement when (pg_trigger_depth() = 0) execute function private.lock_assigning();

-- Locks the workspace first: two last owners who leave at once come one after the other.
-- Security definer: it counts members whom the caller may not see.
create function private.keep_an_owner() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
  begin
    perform from public.workspaces where id = old.workspace_id for no key update;
    -- Who is disabled can do nothing for the others.
    if found and not exists (
      select from public.workspace_members as m join public.app_users as u on u.id = m.user_id
      where m.workspace_id = old.workspace_id and m.role = 'owner' and u.disabled_at is null
    ) then
      raise exception using errcode = 'PT409', message = 'a workspace keeps at least one owner',
        hint = 'Make somebody else an owner first, or delete the workspace.';
    end if;
    return null;
  end
  $$;
revoke execute on function private.keep_an_owner() from public;
comment on function private.keep_an_owner() is 'Trigger: no change of members leaves a workspace without an owner.';
create trigger keep_an_owner after update or delete on public.workspace_members
  for each row when (old.role = 'owner') execute function private.keep_an_owner();

-- Otherwise who is removed or demoted comes back, or up again: by an invitation that they made, whose
-- right to make it has ended, or by another one for themselves. Which address is theirs the profile says,
-- or the invitation that they came by. Security definer: the right has ended.
create function private.withdraw_invites() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
  begin
    delete from public.workspace_invites as i
    where i.workspace_id = old.workspace_id and i.accepted_at is null
      and ((i.invited_by = old.user_id and (tg_op = 'DELETE' or not private.may_manage(new.role, i.role)))
        or lower(i.email) in (
          select lower(u.email) from public.app_users as u where u.id = old.user_id
          union all
          select lower(a.email) from public.workspace_invites as a
          where a.workspace_id = old.workspace_id and a.accepted_by = old.user_id));
    return null;
  end
  $$;
revoke execute on function private.withdraw_invites() from public;
comment on function private.withdraw_invites() is
  'Trigger: deletes open invitations that their maker could not make any more, and those for the member.';
create trigger withdraw_invites after delete or update of role on public.workspace_members
  for each row execute function private.withdraw_invites();

-- After the row, so that policies have spoken first; by its name before the foreign key, which would
-- refuse as well, in words for nobody.
create function private.refuse_outsider() returns trigger
  language plpgsql
  set search_path = ''
  as $$
  begin
    if not exists (
      select from public.workspace_members as m
      where m.workspace_id = new.workspace_id and m.user_id = new.assignee_id
    ) then
      raise exception using errcode = 'PT400', message = 'assignee_id is no member of the workspace',
        hint = 'Only members can be assigned: invite the person first.';
    end if;
    return null;
  end
  $$;
revoke execute on function private.refuse_outsider() from public;
comment on function private.refuse_outsider() is 'Trigger: says that an assignee has to be a member.';
create trigger "Assignees are members" after insert or update of assignee_id on public.tasks
  for each row when (new.assignee_id is not null) execute function private.refuse_outsider();

create trigger audit after insert or update or delete on public.workspaces
  for each row execute function audit.record('id', 'id');
create trigger audit after insert or update or delete on public.workspace_members
  for each row execute function audit.record('workspace_id,user_id', 'role');
create trigger audit after insert or update or delete on public.workspace_invites
  for each row execute function audit.record('id,workspace_id', 'role,invited_by,accepted_by,accepted_at,expires_at');
