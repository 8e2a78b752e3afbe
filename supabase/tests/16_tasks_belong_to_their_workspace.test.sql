-- Promise: members write the tasks of their workspace, viewers read them, and a task can be assigned to a
-- member.
begin;
\ir helpers/login.psql
select plan(16);
\ir helpers/workspace.psql
create function tests.task() returns uuid language sql as $$ select id from public.tasks where workspace_id = tests.id('acme') $$;

select tests.login('sub-viewer');
select throws_ok(
  $$ insert into public.tasks (workspace_id, title) values (tests.id('acme'), 'x') $$, '42501', null,
  'a viewer cannot write tasks');
select tests.login('sub-member');
select lives_ok(
  $$ insert into public.tasks (workspace_id, title) values (tests.id('acme'), 'ship') $$, 'a member writes tasks');
select lives_ok($$ select public.assign_task(tests.task(), tests.id('viewer')) $$, 'a member assigns a task to another member');
select results_eq(
  $$ select user_id from public.task_assignments $$, $$ select tests.id('viewer') $$, 'all members see the assignment');
select throws_ok(
  $$ select public.assign_task(tests.task(), tests.id('outsider')) $$,
  'PT400', 'user_id is not a member of the workspace', 'a task cannot be assigned to a person outside');
select throws_ok(
  $$ insert into public.task_assignments (task_id, workspace_id, user_id)
     values (tests.task(), tests.id('acme'), tests.id('member')) $$, '42501', null, 'assignments are written by the function only');
select throws_ok($$ delete from public.task_assignments $$, '42501', null, 'the function also removes an assignment');
select lives_ok($$ select public.assign_task(tests.task(), null) $$, 'assigning a task to null removes the assignment');
select is_empty($$ select 1 from public.task_assignments $$, 'the assignment is removed');
select tests.login('sub-viewer');
select throws_ok(
  $$ select public.assign_task(tests.task(), tests.id('viewer')) $$, 'PT404', null, 'a viewer cannot assign a task');
select tests.login('sub-member');
select public.assign_task(tests.task(), tests.id('viewer'));
select throws_ok(
  $$ insert into public.tasks (workspace_id, title) values (tests.id('acme'), repeat('x', 501)) $$, 'PT400',
  'title has 1 to 500 characters, not 501', 'a title that is too long is refused');
select throws_ok(
  $$ update public.tasks set status = 'lost' $$, 'PT400', 'status is one of todo, doing, done, not "lost"',
  'an unknown status is refused');
select throws_ok(
  $$ update public.tasks set workspace_id = gen_random_uuid() $$, '42501', null, 'a task cannot be moved to another workspace');
select tests.login('sub-outsider');
select is_empty($$ select * from public.tasks $$, 'a person outside sees no tasks');
select throws_ok(
  $$ select public.assign_task(gen_random_uuid(), tests.id('outsider')) $$, 'PT404',
  'there is no such task, or you may not write it', 'a person outside gets the same answer whether or not the task exists');

select tests.login_with_claims('{"role": "service_role"}');
select throws_ok(
  $$ update public.tasks set workspace_id = gen_random_uuid() where workspace_id = tests.id('acme') $$, 'PT409', null,
  'the service cannot move a task either');

select * from finish();
rollback;
