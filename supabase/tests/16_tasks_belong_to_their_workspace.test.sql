-- Promise: a task belongs to its workspace: members write it, viewers read it, and a member does it.
begin;
\ir helpers/login.psql
select plan(16);
\ir helpers/workspace.psql
create function tests.task() returns uuid language sql as $$ select id from public.tasks where workspace_id = tests.id('acme') $$;

select tests.login('sub-viewer');
select throws_ok(
  $$ insert into public.tasks (workspace_id, title) values (tests.id('acme'), 'x') $$, '42501', null,
  'a viewer writes no tasks');
select tests.login('sub-member');
select lives_ok(
  $$ insert into public.tasks (workspace_id, title) values (tests.id('acme'), 'ship') $$, 'a member does');
select lives_ok($$ select public.assign_task(tests.task(), tests.id('viewer')) $$, 'and assigns it to another member');
select results_eq(
  $$ select user_id from public.task_assignments $$, $$ select tests.id('viewer') $$, 'which all members see');
select throws_ok(
  $$ select public.assign_task(tests.task(), tests.id('outsider')) $$,
  'PT400', 'user_id is no member of the workspace', 'not to somebody outside');
select throws_ok(
  $$ insert into public.task_assignments (task_id, workspace_id, user_id)
     values (tests.task(), tests.id('acme'), tests.id('member')) $$, '42501', null, 'and by the function alone');
select throws_ok($$ delete from public.task_assignments $$, '42501', null, 'which also ends an assignment');
select lives_ok($$ select public.assign_task(tests.task(), null) $$, 'by assigning the task to nobody');
select is_empty($$ select 1 from public.task_assignments $$, 'as it does here');
select tests.login('sub-viewer');
select throws_ok(
  $$ select public.assign_task(tests.task(), tests.id('viewer')) $$, 'PT404', null, 'a viewer assigns nothing');
select tests.login('sub-member');
select public.assign_task(tests.task(), tests.id('viewer'));
select throws_ok(
  $$ insert into public.tasks (workspace_id, title) values (tests.id('acme'), repeat('x', 501)) $$, 'PT400',
  'title has 1 to 500 characters, not 501', 'and not with a title without end');
select throws_ok(
  $$ update public.tasks set status = 'lost' $$, 'PT400', 'status is one of todo, doing, done, not "lost"',
  'nor with a status of one''s own');
select throws_ok(
  $$ update public.tasks set workspace_id = gen_random_uuid() $$, '42501', null, 'tasks are not moved');
select tests.login('sub-outsider');
select is_empty($$ select * from public.tasks $$, 'an outsider sees no tasks');
select throws_ok(
  $$ select public.assign_task(gen_random_uuid(), tests.id('outsider')) $$, 'PT404',
  'there is no such task, or you may not write it', 'and gets the same answer whether or not there is one');

select tests.login_with_claims('{"role": "service_role"}');
select throws_ok(
  $$ update public.tasks set workspace_id = gen_random_uuid() where workspace_id = tests.id('acme') $$, 'PT409', null,
  'the service moves no task either');

select * from finish();
rollback;
