-- Promise: a person who is forgotten leaves no trace but a number, and does not come back.
begin;
\ir helpers/login.psql
select plan(21);

truncate cognito.directory, cognito.directory_history, cognito.refresh_runs;

-- Ada had a profile made ahead of her first sign-in, a workspace, and a revocation.
select tests.login_with_claims('{"role": "service_role"}');
insert into public.app_users (cognito_sub, email) values ('pending:ada@example.com', 'ada@example.com');
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"email": "ada@example.com"}');
create temp table profile as select id::text from public.ensure_profile();
select public.create_workspace('Acme') as acme;
delete from public.workspaces;
select tests.login('sub-bob');
select public.create_workspace('Other');
select tests.as_owner();
select public.revoke_user('sub-ada');
select cognito.record_event('sub-ada', 'signed_up', '{"email": "ada@example.com"}', null, now() - interval '3 days');
select cognito.record_event('sub-ada', 'confirmed', '{"email": "ada@new.example"}', null, now() - interval '2 days');
select cognito.record_event('sub-bob', 'signed_up', '{"email": "bob@example.com"}', null, now() - interval '3 days');

create function tests.traces() returns bigint
  language sql
  as $$
    select count(*) from cognito_audit.events as e
    where e::text like any (array['%sub-ada%', '%ada@example.com%', '%' || (select id from profile) || '%'])
  $$;
create temp table before as
  select (select count(*) from cognito_audit.events) as events, (select signed_up_ever from cognito_analytics.totals) as people,
         (select signed_up from cognito_analytics.signups_by_day where day = (now() at time zone 'UTC')::date - 3) as that_day;

select cmp_ok(tests.traces(), '>', 3::bigint, 'Ada is in the audit');
select throws_ok($$ select cognito.forget('sub-ada') $$, 'PT409', 'the person has a profile still', 'the profile goes first');
select public.delete_profile('sub-ada');
analyze cognito.directory, cognito.directory_history, cognito_audit.events;
create temp table forgot as select cognito.forget('sub-ada') as said;
select is((select said ->> 'directory' from forgot), '1', 'she was in the directory');
select is((select said ->> 'history' from forgot), '2', 'and in its history');
select is_empty($$ select 1 from cognito.directory where sub = 'sub-ada' or email like 'ada%' $$, 'and is no longer');
select is_empty($$ select 1 from cognito.directory_history where sub = 'sub-ada' $$, 'nor there');
select is(tests.traces(), 0::bigint, 'nor in the audit, under any of her names');
select isnt_empty($$ select 1 from cognito_audit.events where actor_sub = 'sub-bob' $$, 'others are');
select is((select count(*) from cognito_audit.events), (select events + 2 from before),
  'every event is still there, with the profile''s end and that of her sessions');
select is((select signed_up_ever from cognito_analytics.totals), (select people from before), 'who has signed up is still as many');
select is((select signed_up from cognito_analytics.signups_by_day where day = (now() at time zone 'UTC')::date - 3),
  (select that_day from before), 'also on that day');
select is((select gone from cognito_analytics.totals), 1::bigint, 'one of them is gone');
select is_empty(
  $$ select 1 from cognito.forgotten as f where f::text like '%ada%' $$, 'what is kept does not say who');

select ok(not cognito.record_event('sub-ada', 'signed_in', '{"email": "ada@example.com"}', null, now()), 'a late event does not bring her back');
create temp table run as select cognito.begin_sync('sync') as id;
insert into cognito.staged_users (run_id, sub, username, email) select id, 'sub-ada', 'ada', 'ada@example.com' from run;
insert into cognito.staged_users (run_id, sub, username, email) select id, 'sub-bob', 'bob', 'bob@example.com' from run;
select is((select complete from run, cognito.finish_sync(run.id, true, 1)), true, 'nor does a run');
select results_eq($$ select sub from cognito.directory $$, $$ values ('sub-bob') $$, 'she is not there');
select is((cognito.forget('sub-ada') ->> 'directory'), '0', 'to forget twice is no harm');
select throws_ok($$ select cognito.forget('pro') $$, 'PT404', 'nobody of this sub is known', 'nobody is nobody');
select is_empty(
  $$ select 1 from pg_stats where schemaname in ('cognito', 'cognito_audit') and concat(most_common_vals, histogram_bounds) ~ 'sub-ada|ada@' $$,
  'not even the planner remembers her');

-- The gate in the audit opens for a redaction, and for nothing else.
select set_config('cognito_audit.redacted_names', '{sub-bob}', true);
select throws_ok($$ update cognito_audit.events set actor_sub = 'sub-eve' where actor_sub = 'sub-bob' $$, '42501', null,
  'a name cannot be replaced by another');
select throws_ok($$ update cognito_audit.events set action = 'delete', actor_sub = 'forgotten' where actor_sub = 'sub-bob' $$, '42501', null,
  'and nothing else be changed along with it');

select * from finish();
rollback;
