-- The policies that ours are compared with: the same tables with other policies, one role for each form,
-- so that one run can switch between them. Runs after load.sql, as the superuser.
--
-- The forms are those of Supabase's guides "Row Level Security" and "RLS Performance and Best Practices",
-- on their kind of table: a membership names the person as the token does (here: the sub). They have the
-- best conditions: the membership table has both indexes and no policies, and no trust is checked.
-- `operator` is the exception, because its cost shows only with a restrictive policy.

create schema bench;
create table bench.team_user (workspace_id uuid, sub text, primary key (workspace_id, sub));
insert into bench.team_user
select m.workspace_id, u.cognito_sub
from public.workspace_members as m join public.app_users as u on u.id = m.user_id;
create index on bench.team_user (sub, workspace_id);

-- "team_id in (select user_teams())"
create function bench.user_teams() returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$ select workspace_id from bench.team_user where sub = (select (select auth.jwt()) ->> 'sub') $$;

create function bench.is_member(team uuid) returns boolean
  language sql stable security definer
  set search_path = ''
  as $$
    select exists (
      select from bench.team_user where workspace_id = team and sub = (select (select auth.jwt()) ->> 'sub'))
  $$;

-- The same notes without the index on their owner.
create table bench.bare_notes (like public.notes including defaults);
alter table bench.bare_notes add primary key (id);
insert into bench.bare_notes select * from public.notes;
alter table bench.bare_notes enable row level security;

create role bench_naive;
create role bench_wrapped;
create policy naive on public.notes for select to bench_naive using (auth.jwt() ->> 'sub' = owner_sub);
create policy naive on bench.bare_notes for select to bench_naive using (auth.jwt() ->> 'sub' = owner_sub);
create policy wrapped on public.notes for select to bench_wrapped
  using ((select auth.jwt() ->> 'sub') = owner_sub);
create policy wrapped on bench.bare_notes for select to bench_wrapped
  using ((select auth.jwt() ->> 'sub') = owner_sub);

-- Ours without the trust check. The difference is the cost of the check.
create role bench_untrusting;
create policy ours on public.notes for select to bench_untrusting
  using (owner_sub = (select (select auth.jwt()) ->> 'sub'));
create policy ours on public.tasks for select to bench_untrusting
  using (workspace_id = any (array(select cognito_supabase.my_workspaces('viewer'))));

-- The form that `supabase db advisors` asks for: the operator stands outside of the subselect. PostgreSQL
-- 17.10 uses the index for it, 17.12 reads the whole table.
create role bench_operator;
create policy operator on public.notes for select to bench_operator
  using (owner_sub = ((select auth.jwt()) ->> 'sub'));
create policy operator_restricted on public.notes as restrictive for select to bench_operator
  using ((select cognito_supabase.is_trusted()));

create role bench_in_table;
create policy in_table on public.tasks for select to bench_in_table
  using (workspace_id in (
    select workspace_id from bench.team_user where sub = (select (select auth.jwt()) ->> 'sub')));

create role bench_in_function;
create policy in_function on public.tasks for select to bench_in_function
  using (workspace_id in (select bench.user_teams()));

create role bench_exists;
create policy "exists" on public.tasks for select to bench_exists
  using (exists (
    select from bench.team_user as t
    where t.workspace_id = tasks.workspace_id and t.sub = (select (select auth.jwt()) ->> 'sub')));

create role bench_is_member;
create policy is_member on public.tasks for select to bench_is_member
  using (bench.is_member(workspace_id));

-- "Tasks assigned to me" joins the assignments, which get the policy of their role's tasks.
create policy ours on public.task_assignments for select to bench_untrusting
  using (workspace_id = any (array(select cognito_supabase.my_workspaces('viewer'))));
create policy in_table on public.task_assignments for select to bench_in_table
  using (workspace_id in (
    select workspace_id from bench.team_user where sub = (select (select auth.jwt()) ->> 'sub')));
create policy in_function on public.task_assignments for select to bench_in_function
  using (workspace_id in (select bench.user_teams()));
create policy "exists" on public.task_assignments for select to bench_exists
  using (exists (
    select from bench.team_user as t
    where t.workspace_id = task_assignments.workspace_id and t.sub = (select (select auth.jwt()) ->> 'sub')));
create policy is_member on public.task_assignments for select to bench_is_member
  using (bench.is_member(workspace_id));

do $$
declare
  form text;
begin
  foreach form in array array['naive', 'wrapped', 'untrusting', 'operator', 'in_table', 'in_function', 'exists', 'is_member'] loop
    execute format('grant bench_%s to authenticator', form);
    execute format('grant usage on schema public, auth, cognito_supabase, bench to bench_%s', form);
    execute format('grant select on public.tasks, public.task_assignments, public.notes, bench.bare_notes, bench.team_user to bench_%s', form);
    execute format('grant execute on all functions in schema bench to bench_%s', form);
  end loop;
end
$$;
grant execute on function cognito_supabase.my_workspaces(text) to bench_untrusting;
grant execute on function cognito_supabase.is_trusted() to bench_operator;
grant usage on schema bench to service_role;
grant select on bench.bare_notes to service_role;
