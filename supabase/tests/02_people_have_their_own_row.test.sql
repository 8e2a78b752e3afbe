-- Promise: a person makes, sees and renames their own row of app_users, and nothing else of it.
begin;
\ir helpers/login.psql
select plan(22);

select tests.login('sub-ada');
select lives_ok(
  $$ insert into public.app_users (display_name) values ('Ada') $$,
  'a person makes their row, with the sub of the token');
select results_eq(
  $$ select cognito_sub, display_name from public.app_users $$,
  $$ values ('sub-ada', 'Ada') $$,
  'and sees it');
select throws_ok(
  $$ insert into public.app_users (cognito_sub) values ('sub-ada') $$, '23505', null,
  'a second row of the same person is refused');
select throws_ok(
  $$ insert into public.app_users (cognito_sub) values ('sub-bob') $$, '42501', null,
  'a row for somebody else is refused');
select throws_ok(
  $$ insert into public.app_users (email) values ('ada@example.com') $$, '42501', null,
  'an email address is not the person''s to write');
select lives_ok(
  $$ update public.app_users set display_name = 'Ada L.' $$, 'a person renames themselves');
select throws_ok(
  $$ update public.app_users set cognito_sub = 'sub-bob' $$, '42501', null,
  'and cannot become somebody else');
select throws_ok(
  $$ update public.app_users set display_name = '' $$, 'PT400', 'display_name has 1 to 200 characters, not 0',
  'an empty name is refused');
select throws_ok($$ delete from public.app_users $$, '42501', null, 'a person cannot delete the row');

select tests.login('sub-bob');
select is_empty($$ select * from public.app_users $$, 'somebody else sees nothing');
select is_empty(
  $$ update public.app_users set display_name = 'x' returning id $$, 'and changes nothing');

select tests.logout();
select throws_ok($$ select * from public.app_users $$, '42501', null, 'signed out, nothing is listed');

select tests.login_with_claims('{"role": "authenticated"}');
select ok(tests.sees_nothing('public.app_users'), 'a token without sub sees nothing');

select tests.as_owner();
select results_eq(
  $$ select display_name from public.app_users where cognito_sub = 'sub-ada' $$,
  $$ values ('Ada L.') $$,
  'what was tried has changed nothing else');

-- Machines have no profile. Their application role is that of their app client.
select tests.login_with_claims(tests.claims_of('client-machine') || '{"client_id": "client-machine"}');
select throws_ok($$ select public.ensure_profile() $$, '42501', 'a machine has no profile', 'a machine gets no profile');
select is(cognito_supabase.app_role(), 'support', 'its application role is that of its app client');
select lives_ok($$ select * from public.find_user('ada@example.com') $$, 'and good for what the role is good for');

-- A person who was disabled before their first sign-in stays so.
select tests.as_owner();
insert into public.app_users (cognito_sub, email) values ('pending:mallory@example.com', 'mallory@example.com');
select public.disable_user('pending:mallory@example.com');
select tests.login_with_claims(tests.claims_of('sub-mallory') || '{"email": "mallory@example.com"}');
select lives_ok($$ select public.ensure_profile() $$, 'a profile that waited is taken over');
select is(tests.request_answer(), 'PT403 the person is disabled', 'with the ban that came with it');

-- The audit has changes of role and link, and of nothing else.
select tests.as_owner();
insert into public.app_users (cognito_sub) values ('sub-carol');
select tests.login_with_claims('{"role": "service_role"}');
update public.app_users set role = 'admin' where cognito_sub = 'sub-carol';
select is(
  (select before ->> 'role' || ' to ' || (after ->> 'role') from cognito_audit.events
   where relation = 'public.app_users' and target ->> 'cognito_sub' = 'sub-carol' order by id desc limit 1),
  'user to admin', 'a change of role is recorded, with before and after');
update public.app_users set display_name = 'Carol' where cognito_sub = 'sub-carol';
select is(
  (select count(*)::int from cognito_audit.events where relation = 'public.app_users' and action = 'update'
     and target ->> 'cognito_sub' = 'sub-carol'), 1,
  'a change of the name is not');
update public.app_users set cognito_sub = 'sub-eve' where cognito_sub = 'sub-carol';
select is(
  (select (before ->> 'cognito_sub') || ' to ' || (after ->> 'cognito_sub') from cognito_audit.events
   where relation = 'public.app_users' and target ->> 'cognito_sub' = 'sub-eve' order by id desc limit 1),
  'sub-carol to sub-eve', 'a profile that becomes another person''s is recorded');

select * from finish();
rollback;
