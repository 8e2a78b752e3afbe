-- Assignees of tasks. This is a separate table that only a function writes. Removing a member deletes
-- their assignments, and must not wait for tasks that a slow statement of a member has locked.

create table public.task_assignments (
  task_id uuid primary key references public.tasks (id) on delete cascade,
  workspace_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  -- Only a member can be assigned. The assignment ends with the membership.
  constraint task_assignments_member foreign key (workspace_id, user_id)
    references public.workspace_members (workspace_id, user_id) on delete cascade
);
comment on table public.task_assignments is 'The assignee of a task, a member of its workspace. Without a row the task has no assignee.';
comment on column public.task_assignments.task_id is 'The task. It has one assignee at most.';
comment on column public.task_assignments.workspace_id is 'The workspace of the task.';
comment on column public.task_assignments.user_id is 'The member.';
comment on column public.task_assignments.created_at is 'When the task was first assigned.';
-- For the policy (by workspace), for a removal (by member), and for "my tasks" (by person).
create index task_assignments_workspace_id_user_id_idx on public.task_assignments (workspace_id, user_id);
create index task_assignments_user_id_idx on public.task_assignments (user_id);

revoke all on public.task_assignments from anon, authenticated, service_role;
grant select on public.task_assignments to authenticated, service_role;
select cognito_supabase.protect('public.task_assignments');
create policy "Members see who does a task" on public.task_assignments for select to authenticated
  using (workspace_id = any (array(select cognito_supabase.my_workspaces('viewer'))));

-- Security definer: callers may not write to the table.
create function public.assign_task(task_id uuid, user_id uuid) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    workspace uuid;
  begin
    perform cognito_supabase.require_trust_or_service();
    -- This can wait for a statement that deletes the task. No lock is held yet.
    select t.workspace_id into workspace from public.tasks as t
    where t.id = assign_task.task_id and cognito_supabase.role_in(t.workspace_id) <> 'viewer'
    for key share;
    if workspace is null or coalesce(cognito_supabase.role_in(workspace), 'viewer') = 'viewer' then
      raise exception using errcode = 'PT404', message = 'there is no such task, or you may not write it';
    end if;
    if assign_task.user_id is null then
      delete from public.task_assignments as a where a.task_id = assign_task.task_id;
      return;
    end if;
    insert into public.task_assignments as a (task_id, workspace_id, user_id)
      values (assign_task.task_id, workspace, assign_task.user_id)
    on conflict on constraint task_assignments_pkey do update set user_id = excluded.user_id;
  exception when foreign_key_violation then
    raise exception using errcode = 'PT400', message = 'user_id is not a member of the workspace',
      hint = 'Only members can be assigned: invite the person first.';
  end
  $$;
revoke execute on function public.assign_task(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.assign_task(uuid, uuid) to authenticated, service_role;
comment on function public.assign_task(uuid, uuid) is
  'Assigns a task to a member of its workspace; user_id null removes the assignment. For members and above, and for the service.';

-- If module analytics is installed already, add this module's tables as its sources.
do $$
begin
  if to_regprocedure('cognito.add_module_sources()') is not null then
    perform cognito.add_module_sources();
  end if;
end
$$;
