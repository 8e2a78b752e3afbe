-- Promise: a session, a person everywhere, or a disabled person is refused at the next statement,
-- however long the token is valid.
begin;
\ir helpers/login.psql
\ir helpers/letters.psql
select plan(39);

insert into public.letters (owner_sub, body) values ('sub-ada', 'of Ada'), ('sub-bob', 'of Bob');

select tests.login('sub-ada');
select isnt_empty($$ select * from public.letters $$, 'Ada reads');

-- One session.
select tests.login_with_claims('{"role": "service_role"}');
select lives_ok($$ select public.revoke_session('session-of-sub-ada') $$, 'the service ends the session');
select tests.login('sub-ada');
select is(tests.request_answer(), 'PT401 the session was ended', 'requests with its token are refused');
select ok(tests.sees_nothing('public.letters'), 'its token reads nothing by SQL');
select throws_ok($$ insert into public.letters (body) values ('x') $$, '42501', null, 'and writes nothing');
select throws_ok($$ select public.sign_out_everywhere() $$, 'PT401', null, 'and for functions');
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"origin_jti": "another session"}');
select lives_ok($$ select * from public.letters $$, 'another session of hers goes on');

-- Everywhere.
select lives_ok($$ select public.sign_out_everywhere() $$, 'she signs out everywhere');
select is(tests.request_answer(), 'PT401 the person was signed out everywhere', 'that session ends as well');
select ok(tests.sees_nothing('public.letters'), 'and reads nothing by SQL');
select tests.login_with_claims(tests.claims_of('sub-ada')
  || jsonb_build_object('origin_jti', 'new',
    -- Not now(): the revocation has the time of its own statement.
    'auth_time', floor(extract(epoch from clock_timestamp())) + 1));
select is(tests.request_answer(), 'ok', 'a new session after that is trusted');
select isnt_empty($$ select * from public.letters $$, 'and reads');
select tests.login_with_claims(tests.claims_of('sub-ada') - 'auth_time' || '{"origin_jti": "new"}');
select matches(tests.request_answer(), '^PT401', 'a token that does not say when it began is refused');

select tests.as_owner();
create function tests.letters_with_auth_time(auth_time jsonb) returns text language plpgsql as $$
begin
  perform tests.login_with_claims(tests.claims_of('sub-ada') || '{"origin_jti": "new"}' || jsonb_build_object('auth_time', auth_time));
  return case when tests.sees_nothing('public.letters') then left(tests.request_answer(), 5) else 'seen' end;
end $$;
select is(tests.letters_with_auth_time(auth_time), 'PT401', 'nor one that says ' || auth_time::text)
from unnest(array['1e308', '-1e308', '1e11', '9e12', '"NaN"', '"Infinity"', '"abc"', '""', 'true', '[1]', '{}', 'null', '"1"']::jsonb[]) as auth_time;
select tests.as_owner();
update cognito_supabase.revoked_users set revoked_at = 'infinity' where sub = 'sub-ada';
select public.revoke_user('sub-ada');
select is((select revoked_at from cognito_supabase.revoked_users where sub = 'sub-ada'), 'infinity', 'a revocation never moves backwards');

-- Disabled.
select tests.login_with_claims('{"role": "service_role"}');
select public.disable_user('sub-bob');
select tests.login('sub-bob');
select is(tests.request_answer(), 'PT403 the person is disabled', 'a disabled person is refused');
select ok(tests.sees_nothing('public.letters'), 'and reads nothing by SQL');
select tests.login_with_claims('{"role": "service_role"}');
select public.enable_user('sub-bob');
select tests.login('sub-bob');
select is(tests.request_answer(), 'ok', 'until they are enabled again');
select throws_ok($$ select public.disable_user('sub-ada') $$, '42501', null, 'no person disables another');

-- Machines have no sessions, so none to end: nothing in their tokens could be newer.
select tests.login_with_claims(tests.claims_of('client-machine') || '{"client_id": "client-machine"}');
select throws_ok($$ select public.sign_out_everywhere() $$, '42501', 'a machine has no sessions', 'a machine does not lock itself out');

-- Who may.
select throws_ok($$ select public.revoke_user('sub-ada') $$, '42501', null, 'a person cannot end others');
select throws_ok($$ select public.revoke_session('x') $$, '42501', null, 'nor sessions');
select tests.login_with_claims('{"role": "service_role"}');
select throws_ok($$ select public.revoke_user('') $$, 'PT400', null, 'nobody is no user');
select throws_ok($$ select public.revoke_session(null) $$, 'PT400', null, 'and nothing no session');
select tests.logout();
select throws_ok($$ select public.sign_out_everywhere() $$, '42501', null, 'signed out, nobody signs out');

-- Sweeping.
select tests.as_owner();
insert into cognito_supabase.revoked_sessions (origin_jti, expires_at) values ('old', now() - interval '1 second');
select cmp_ok(cognito_supabase.sweep_revocations(), '>=', 1, 'expired revocations are swept');
select results_eq(
  $$ select origin_jti from cognito_supabase.revoked_sessions where origin_jti in ('old', 'session-of-sub-ada') $$,
  $$ values ('session-of-sub-ada') $$, 'and only they');

select * from finish();
rollback;
