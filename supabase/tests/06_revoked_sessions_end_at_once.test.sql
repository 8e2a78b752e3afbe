-- Promise: an ended session, a person who was signed out everywhere, and a disabled person are refused at
-- the next statement, however long the token is valid.
begin;
\ir helpers/login.psql
\ir helpers/letters.psql
select plan(39);

insert into public.letters (owner_sub, body) values ('sub-ada', 'of Ada'), ('sub-bob', 'of Bob');

select tests.login('sub-ada');
select isnt_empty($$ select * from public.letters $$, 'Ada reads her row');

-- One session.
select tests.login_with_claims('{"role": "service_role"}');
select lives_ok($$ select public.revoke_session('session-of-sub-ada') $$, 'the service ends the session');
select tests.login('sub-ada');
select is(tests.request_answer(), 'PT401 the session was ended', 'requests with its token are refused');
select ok(tests.sees_nothing('public.letters'), 'a token of the ended session reads nothing by SQL');
select throws_ok($$ insert into public.letters (body) values ('x') $$, '42501', null, 'a token of the ended session writes nothing');
select throws_ok($$ select public.sign_out_everywhere() $$, 'PT401', null, 'functions refuse a token of the ended session');
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"origin_jti": "another session"}');
select lives_ok($$ select * from public.letters $$, 'another session of the same person stays');

-- Everywhere.
select lives_ok($$ select public.sign_out_everywhere() $$, 'she signs out everywhere');
select is(tests.request_answer(), 'PT401 the person was signed out everywhere', 'that session is ended too');
select ok(tests.sees_nothing('public.letters'), 'the token reads nothing by SQL');
select tests.login_with_claims(tests.claims_of('sub-ada')
  || jsonb_build_object('origin_jti', 'new',
    -- Not now(), because the revocation has the time of its statement.
    'auth_time', floor(extract(epoch from clock_timestamp())) + 1));
select is(tests.request_answer(), 'ok', 'a later session is trusted');
select isnt_empty($$ select * from public.letters $$, 'a later session reads rows');
select tests.login_with_claims(tests.claims_of('sub-ada') - 'auth_time' || '{"origin_jti": "new"}');
select matches(tests.request_answer(), '^PT401', 'a token without the time of sign-in is refused');

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
select ok(tests.sees_nothing('public.letters'), 'the token reads nothing by SQL');
select tests.login_with_claims('{"role": "service_role"}');
select public.enable_user('sub-bob');
select tests.login('sub-bob');
select is(tests.request_answer(), 'ok', 'a person who is enabled again is trusted');
select throws_ok($$ select public.disable_user('sub-ada') $$, '42501', null, 'a person cannot disable another');

-- Machines have no sessions to end, because their tokens have no time of sign-in.
select tests.login_with_claims(tests.claims_of('client-machine') || '{"client_id": "client-machine"}');
select throws_ok($$ select public.sign_out_everywhere() $$, '42501', 'a machine has no sessions', 'a machine cannot sign out everywhere');

-- Who may call these functions.
select throws_ok($$ select public.revoke_user('sub-ada') $$, '42501', null, 'a person cannot revoke another person');
select throws_ok($$ select public.revoke_session('x') $$, '42501', null, 'a person cannot revoke a session');
select tests.login_with_claims('{"role": "service_role"}');
select throws_ok($$ select public.revoke_user('') $$, 'PT400', null, 'revoke_user refuses null');
select throws_ok($$ select public.revoke_session(null) $$, 'PT400', null, 'revoke_session refuses null');
select tests.logout();
select throws_ok($$ select public.sign_out_everywhere() $$, '42501', null, 'anon cannot sign out everywhere');

-- Deleting expired revocations.
select tests.as_owner();
insert into cognito_supabase.revoked_sessions (origin_jti, expires_at) values ('old', now() - interval '1 second');
select cmp_ok(cognito_supabase.sweep_revocations(), '>=', 1, 'expired revocations are deleted');
select results_eq(
  $$ select origin_jti from cognito_supabase.revoked_sessions where origin_jti in ('old', 'session-of-sub-ada') $$,
  $$ values ('session-of-sub-ada') $$, 'other revocations stay');

select * from finish();
rollback;
