-- Tasks: a table whose rows belong to a workspace.

create table public.tasks (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  title text not null,
  status text not null default 'todo',
  due_on date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint tasks_title_length check (cognito_supabase.check_length('title', title, 1, 500)),
  constraint tasks_status check (cognito_supabase.check_one_of('status', status, '{todo,doing,done}'))
);
alter table public.tasks enable row level security;
comment on table public.tasks is 'Tasks of a workspace.';
comment on column public.tasks.id is 'The task.';
comment on column public.tasks.workspace_id is 'The workspace. It never changes.';
comment on column public.tasks.title is '1 to 500 characters.';
comment on column public.tasks.status is 'todo, doing or done.';
comment on column public.tasks.due_on is 'The due date.';
comment on column public.tasks.created_at is 'When it was written.';
comment on column public.tasks.updated_at is 'Last change, kept by a trigger.';
-- A workspace's newest tasks without a sort.
create index tasks_workspace_id_created_at_idx on public.tasks (workspace_id, created_at desc, id desc);
create trigger set_updated_at before update on public.tasks
  for each row execute function cognito_supabase.set_updated_at();

-- Grants by column.
revoke all on public.tasks from anon, authenticated, service_role;
grant select, delete on public.tasks to authenticated;
grant insert (workspace_id, title, status, due_on) on public.tasks to authenticated;
grant update (title, status, due_on) on public.tasks to authenticated;
grant select, insert, update, delete on public.tasks to service_role;

select cognito_supabase.protect('public.tasks');
alter table public.tasks alter column title set statistics 0;

create policy "Members see tasks" on public.tasks for select to authenticated
  using (workspace_id = any (array(select cognito_supabase.my_workspaces('viewer'))));
create policy "Members write tasks" on public.tasks for insert to authenticated
  with check (workspace_id = any (array(select cognito_supabase.my_workspaces('member'))));
create policy "Members change tasks" on public.tasks for update to authenticated
  using (workspace_id = any (array(select cognito_supabase.my_workspaces('member'))))
  with check (workspace_id = any (array(select cognito_supabase.my_workspaces('member'))));
create policy "Members delete tasks" on public.tasks for delete to authenticated
  using (workspace_id = any (array(select cognito_supabase.my_workspaces('member'))));

-- Rules for every writer, including the service.
create trigger refuse_move before update on public.tasks
  for each row execute function cognito_supabase.refuse_move();
create trigger "Role holds until the end, insert" after insert on public.tasks
  referencing new table as touched_rows for each statement
  when (current_setting('role', true) = 'authenticated' and pg_trigger_depth() = 0)
  execute function cognito_supabase.check_membership_again('member');
create trigger "Role holds until the end, update" after update on public.tasks
  referencing old table as touched_rows for each statement
  when (current_setting('role', true) = 'authenticated' and pg_trigger_depth() = 0)
  execute function cognito_supabase.check_membership_again('member');
create trigger "Role holds until the end, delete" after delete on public.tasks
  referencing old table as touched_rows for each statement
  when (current_setting('role', true) = 'authenticated' and pg_trigger_depth() = 0)
  execute function cognito_supabase.check_membership_again('member');
