-- Promise: a person makes, sees and renames their own row of app_users, and nothing else of it.
begin;
\ir helpers/login.psql
select plan(14);

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

select * from finish();
rollback;
