-- Promise: no personal data of a forgotten person stays, counts stay right, and late events do not add
-- the person again.
begin;
\ir helpers/login.psql
select plan(21);

truncate cognito.directory, cognito.directory_history, cognito.refresh_runs;

-- Ada had a profile that was made before her first sign-in, a workspace, and a revocation.
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

select cmp_ok(tests.traces(), '>', 3::bigint, 'the audit names Ada');
select throws_ok($$ select cognito.forget('sub-ada') $$, 'PT409', 'the person still has a profile', 'forget is refused while there is a profile');
select public.delete_profile('sub-ada');
analyze cognito.directory, cognito.directory_history, cognito_audit.events;
create temp table forgot as select cognito.forget('sub-ada') as said;
select is((select said ->> 'directory' from forgot), '1', 'she was in the directory');
select is((select said ->> 'history' from forgot), '2', 'she was in the history');
select is_empty($$ select 1 from cognito.directory where sub = 'sub-ada' or email like 'ada%' $$, 'she is not in the directory any more');
select is_empty($$ select 1 from cognito.directory_history where sub = 'sub-ada' $$, 'she is not in the history any more');
select is(tests.traces(), 0::bigint, 'the audit does not contain any of her names');
select isnt_empty($$ select 1 from cognito_audit.events where actor_sub = 'sub-bob' $$, 'other people are still in the audit');
select is((select count(*) from cognito_audit.events), (select events + 2 from before),
  'all events are still there, with the deletion of the profile and of the sessions');
select is((select signed_up_ever from cognito_analytics.totals), (select people from before), 'the number of sign-ups stays');
select is((select signed_up from cognito_analytics.signups_by_day where day = (now() at time zone 'UTC')::date - 3),
  (select that_day from before), 'the number of sign-ups on that day stays');
select is((select gone from cognito_analytics.totals), 1::bigint, 'one of them counts as deleted');
select is_empty(
  $$ select 1 from cognito.forgotten as f where f::text like '%ada%' $$, 'the kept row has no personal data');

select ok(not cognito.record_event('sub-ada', 'signed_in', '{"email": "ada@example.com"}', null, now()), 'a late event does not add her again');
create temp table run as select cognito.begin_sync('sync') as id;
insert into cognito.staged_users (run_id, sub, username, email) select id, 'sub-ada', 'ada', 'ada@example.com' from run;
insert into cognito.staged_users (run_id, sub, username, email) select id, 'sub-bob', 'bob', 'bob@example.com' from run;
select is((select complete from run, cognito.finish_sync(run.id, true, 1)), true, 'a run does not add her again');
select results_eq($$ select sub from cognito.directory $$, $$ values ('sub-bob') $$, 'she is not in the directory');
select is((cognito.forget('sub-ada') ->> 'directory'), '0', 'a person can be forgotten twice');
select throws_ok($$ select cognito.forget('pro') $$, 'PT404', 'no person with this sub is known', 'an unknown sub is refused');
select is_empty(
  $$ select 1 from pg_stats where schemaname in ('cognito', 'cognito_audit') and concat(most_common_vals, histogram_bounds) ~ 'sub-ada|ada@' $$,
  'the planner''s statistics do not contain her');

-- The trigger of the audit allows a redaction, and nothing else.
select set_config('cognito_audit.redacted_names', '{sub-bob}', true);
select throws_ok($$ update cognito_audit.events set actor_sub = 'sub-eve' where actor_sub = 'sub-bob' $$, '42501', null,
  'a name cannot be replaced by another');
select throws_ok($$ update cognito_audit.events set action = 'delete', actor_sub = 'forgotten' where actor_sub = 'sub-bob' $$, '42501', null,
  'a redaction cannot change anything else');

select * from finish();
rollback;
