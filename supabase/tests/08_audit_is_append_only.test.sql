-- Promise: changes of members, roles, trust and sessions are recorded, and the record stays as it is.
begin;
\ir helpers/login.psql
select plan(13);

select tests.login('sub-ada');
create temp table w as select id from public.create_workspace('Acme');
select tests.as_owner();
select results_eq(
  $$ select actor_sub collate "default", actor_client collate "default", actor_role collate "default",
            action collate "default", after ->> 'role'
     from audit.events where relation = 'public.workspace_members' and actor_sub = 'sub-ada' order by id desc limit 1 $$,
  $$ values ('sub-ada', 'client-people', 'authenticated', 'insert', 'owner') $$,
  'who, by which client, as what role, did what');
select tests.login_with_claims('{"role": "service_role"}');
update public.app_users set role = 'admin' where cognito_sub = 'sub-ada';
select is(
  (select before ->> 'role' || ' to ' || (after ->> 'role') from audit.events
   where relation = 'public.app_users' and target ->> 'cognito_sub' = 'sub-ada' order by id desc limit 1),
  'user to admin', 'a change of role, with before and after');
update public.app_users set display_name = 'Ada' where cognito_sub = 'sub-ada';
select is(
  (select count(*)::int from audit.events where relation = 'public.app_users' and action = 'update'
     and target ->> 'cognito_sub' = 'sub-ada'), 1,
  'a change of something else is not recorded');
select public.revoke_user('sub-ada');
select isnt_empty(
  $$ select 1 from audit.events where relation = 'private.revoked_users' and target ->> 'sub' = 'sub-ada' $$, 'a revocation is recorded');
select tests.as_owner();
select private.set_trust('[]');
select isnt_empty(
  $$ select 1 from audit.events where relation = 'private.trusted_clients' and action = 'delete' $$,
  'a change of settings is recorded');

update public.app_users set cognito_sub = 'sub-eve' where cognito_sub = 'sub-ada';
select is(
  (select (before ->> 'cognito_sub') || ' to ' || (after ->> 'cognito_sub') from audit.events
   where relation = 'public.app_users' and target ->> 'cognito_sub' = 'sub-eve' order by id desc limit 1),
  'sub-ada to sub-eve', 'a profile that changes hands');

select throws_ok(
  $$ insert into audit.events (actor_role, action, relation, target) values ('x', 'x', 'x', '{}') $$, '42501',
  'audit.events is written by triggers alone', 'the owner cannot invent one');
select throws_ok($$ update audit.events set actor_sub = 'x' $$, '42501', null, 'the owner cannot change it');
select throws_ok($$ delete from audit.events $$, '42501', null, 'nor delete');
select throws_ok($$ truncate audit.events $$, '42501', null, 'nor truncate');
select tests.login_with_claims('{"role": "service_role"}');
select throws_ok($$ delete from audit.events $$, '42501', null, 'nor does the service');
select throws_ok(
  $$ insert into audit.events (actor_role, action, relation, target) values ('x', 'x', 'x', '{}') $$, '42501', null,
  'which cannot invent an event either');
select tests.login('sub-bob');
select throws_ok($$ select * from audit.events $$, '42501', null, 'people do not read it');

select * from finish();
rollback;
