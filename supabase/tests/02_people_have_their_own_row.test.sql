-- Promise: a person makes and sees their own row of app_users, and changes only its display name.
begin;
\ir helpers/login.psql
select plan(29);

select tests.login('sub-ada');
select lives_ok(
  $$ insert into public.app_users (display_name) values ('Ada') $$,
  'a person makes their row, with the sub of the token');
select results_eq(
  $$ select cognito_sub, display_name from public.app_users $$,
  $$ values ('sub-ada', 'Ada') $$,
  'the person sees their row');
select throws_ok(
  $$ insert into public.app_users (cognito_sub) values ('sub-ada') $$, '23505', null,
  'a second row of the same person is refused');
select throws_ok(
  $$ insert into public.app_users (cognito_sub) values ('sub-bob') $$, '42501', null,
  'a row for somebody else is refused');
select throws_ok(
  $$ insert into public.app_users (email) values ('ada@example.com') $$, '42501', null,
  'a person cannot write their email address');
select lives_ok(
  $$ update public.app_users set display_name = 'Ada L.' $$, 'a person changes their display name');
select throws_ok(
  $$ update public.app_users set cognito_sub = 'sub-bob' $$, '42501', null,
  'a person cannot change their sub');
select throws_ok(
  $$ update public.app_users set display_name = '' $$, 'PT400', 'display_name has 1 to 200 characters, not 0',
  'an empty name is refused');
select throws_ok($$ delete from public.app_users $$, '42501', null, 'a person cannot delete the row');

select tests.login('sub-bob');
select is_empty($$ select * from public.app_users $$, 'another person sees no row');
select is_empty(
  $$ update public.app_users set display_name = 'x' returning id $$, 'another person changes no row');

select tests.logout();
select throws_ok($$ select * from public.app_users $$, '42501', null, 'anon cannot read the table');

select tests.login_with_claims('{"role": "authenticated"}');
select ok(tests.sees_nothing('public.app_users'), 'a token without sub sees nothing');

select tests.as_owner();
select results_eq(
  $$ select display_name from public.app_users where cognito_sub = 'sub-ada' $$,
  $$ values ('Ada L.') $$,
  'the refused statements have changed nothing');

-- Machines have no profile. Their application role is in the settings of their app client.
select tests.login_with_claims(tests.claims_of('client-machine') || '{"client_id": "client-machine"}');
select throws_ok($$ select public.ensure_profile() $$, '42501', 'a machine has no profile', 'a machine gets no profile');
select is(cognito_supabase.app_role(), 'support', 'its application role is that of its app client');
select lives_ok($$ select * from public.find_user('ada@example.com') $$, 'a machine with that role can look people up');

-- A person who was disabled before their first sign-in stays disabled.
select tests.as_owner();
insert into public.app_users (cognito_sub, email) values ('pending:mallory@example.com', 'mallory@example.com');
select public.disable_user('pending:mallory@example.com');
select tests.login_with_claims(tests.claims_of('sub-mallory') || '{"email": "mallory@example.com"}');
select lives_ok($$ select public.ensure_profile() $$, 'a person takes over the profile that was made before their first sign-in');
select is(tests.request_answer(), 'PT403 the person is disabled', 'a person who was disabled before their first sign-in stays disabled');

-- The pool's trigger makes the profile before the first token.
select tests.login_with_claims('{"role": "service_role"}');
select is(
  (select (p).email from (select public.provision_profile('sub-dora', 'Dora@example.com') as p) as made),
  'dora@example.com', 'the service makes the profile of a confirmed account');
select is(
  (public.provision_profile('sub-dora', 'other@example.com')).email, 'dora@example.com',
  'a second call changes nothing');
select throws_ok(
  $$ select public.provision_profile(' ') $$, 'PT400', null, 'a profile needs a sub');
select throws_ok(
  $$ select public.provision_profile('pending:dora@example.com') $$, 'PT400', null,
  'the name of a profile that waits is no sub');
select tests.as_owner();
insert into public.app_users (cognito_sub, email, role) values ('pending:finn@example.com', 'finn@example.com', 'support');
select tests.login_with_claims('{"role": "service_role"}');
select is(
  (public.provision_profile('sub-finn', 'Finn@Example.com')).role, 'support',
  'the profile that waits for the verified address is taken over');
select is(
  (public.provision_profile('sub-gus')).email, null, 'without a verified address the profile has none');
select tests.login('sub-hal');
select throws_ok(
  $$ select public.provision_profile('sub-hal') $$, '42501', null, 'a person cannot call it');

-- The audit records changes of role and sub, and nothing else.
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
  'a change of the name is not recorded');
update public.app_users set cognito_sub = 'sub-eve' where cognito_sub = 'sub-carol';
select is(
  (select (before ->> 'cognito_sub') || ' to ' || (after ->> 'cognito_sub') from cognito_audit.events
   where relation = 'public.app_users' and target ->> 'cognito_sub' = 'sub-eve' order by id desc limit 1),
  'sub-carol to sub-eve', 'a change of the sub is recorded');

select * from finish();
rollback;
