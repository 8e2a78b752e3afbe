-- Promise: changes of an audited table are recorded, and the records cannot be changed.
begin;
\ir helpers/login.psql
select plan(12);

create table public.plans (id int primary key, plan text, remark text);
grant select, insert, update on public.plans to authenticated, service_role;
create trigger audit after insert or update or delete on public.plans
  for each row execute function cognito_audit.record('id', 'plan');

select tests.login('sub-ada');
insert into public.plans values (1, 'free', 'a remark');
select tests.as_owner();
select results_eq(
  $$ select actor_sub collate "default", actor_client collate "default", actor_role collate "default",
            action collate "default", target, before, after
     from cognito_audit.events where relation = 'public.plans' order by id desc limit 1 $$,
  $$ values ('sub-ada', 'client-people', 'authenticated', 'insert', '{"id": 1}'::jsonb, null::jsonb, '{"plan": "free"}'::jsonb) $$,
  'an event has sub, client, role, action and row');
select tests.login_with_claims('{"role": "service_role"}');
update public.plans set plan = 'pro';
select tests.as_owner();
select results_eq(
  $$ select before ->> 'plan', after ->> 'plan' from cognito_audit.events where relation = 'public.plans' order by id desc limit 1 $$,
  $$ values ('free', 'pro') $$, 'a change has the values before and after');
update public.plans set remark = 'another';
select is((select count(*)::int from cognito_audit.events where relation = 'public.plans'), 2,
  'a change of another column is not recorded');

select throws_ok(
  $$ insert into cognito_audit.events (actor_role, action, relation, target) values ('x', 'x', 'x', '{}') $$, '42501',
  'cognito_audit.events is written by triggers alone', 'the owner cannot insert an event');
select throws_ok($$ update cognito_audit.events set actor_sub = 'x' $$, '42501', null, 'the owner cannot update an event');
select throws_ok($$ delete from cognito_audit.events $$, '42501', null, 'the owner cannot delete an event');
select throws_ok($$ truncate cognito_audit.events $$, '42501', null, 'the owner cannot truncate the events');
select tests.login_with_claims('{"role": "service_role"}');
select isnt_empty($$ select * from cognito_audit.events $$, 'the service reads events');
select throws_ok($$ delete from cognito_audit.events $$, '42501', null, 'the service cannot delete events');
select throws_ok(
  $$ insert into cognito_audit.events (actor_role, action, relation, target) values ('x', 'x', 'x', '{}') $$, '42501',
  null, 'the service cannot insert events');
select tests.login('sub-ada');
select throws_ok($$ select * from cognito_audit.events $$, '42501', null, 'people cannot read events');
select throws_ok($$ select cognito_audit.redact_person('sub-bob', null) $$, '42501', null, 'people cannot redact events');

select * from finish();
rollback;
