-- Promise: whoever proved to own an old account gets its rows, once, all or none.
begin;
\ir helpers/login.psql
select plan(19);

create table public.letters (id int primary key, user_id uuid, author text);
create table public.old_ones (id int, user_id uuid references auth.users);
select cognito_supabase.protect(t) from unnest(array['public.letters', 'public.old_ones']::regclass[]) as t;
create index on public.letters (user_id);
insert into auth.users (id, email, email_confirmed_at) values
  ('00000000-0000-4000-8000-00000000000a', 'Ada@example.com', now()), ('00000000-0000-4000-8000-00000000000b', 'bob@example.com', null);
insert into public.letters values
  (1, '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000a'), (2, '00000000-0000-4000-8000-00000000000b', 'x');
insert into public.app_users (cognito_sub, display_name) values ('00000000-0000-4000-8000-00000000000a', 'Ada');
create function tests.ada() returns text language sql immutable as $$ select '11111111-1111-4111-8111-111111111111' $$;

select throws_ok($$ select cognito_supabase.add_transfer_column('public.letters', 'id') $$, 'PT400', null, 'a column of another type');
select throws_ok($$ select cognito_supabase.add_transfer_column('public.old_ones', 'user_id') $$, 'PT409', null, 'a column that refers to auth.users');
select is(cognito_supabase.add_transfer_column('public.letters', 'user_id'), 'public.letters.user_id follows from the old id to the sub', 'a column');
select matches(cognito_supabase.add_transfer_column('public.letters', 'author'), 'has no index', 'and one without an index');

select tests.login(tests.ada());
select throws_ok($$ select public.claim_transfer(tests.ada(), '{ada@example.com}') $$, '42501', null, 'people claim nothing themselves');
select throws_ok($$ select public.old_account('ada@example.com') $$, '42501', null, 'and look nobody up');
select public.ensure_profile();

select tests.login_with_claims('{"role": "service_role"}');
select is(public.old_account('ADA@example.com') ->> 'id', '00000000-0000-4000-8000-00000000000a', 'the old account');
select is(public.old_account('bob@example.com') ->> 'email_verified', 'false', 'one with an address that was not verified');
select is(public.old_account('eve@example.com'), null, 'nobody');
select is(public.claim_transfer(tests.ada(), '{ada@example.com}'), null, 'nothing was prepared');
select public.prepare_transfer('00000000-0000-4000-8000-00000000000a', 'Ada@example.com');
select is(public.claim_transfer(tests.ada(), '{eve@example.com}'), null, 'not for another address');
select is(public.claim_transfer(tests.ada(), '{ada@example.com}'),
  '{"public.letters.author": 1, "public.letters.user_id": 1, "public.app_users.cognito_sub": 1}', 'profile and rows move');
select is(public.claim_transfer(tests.ada(), '{ada@example.com}'), null, 'once');
select throws_ok($$ select public.prepare_transfer('00000000-0000-4000-8000-00000000000a', 'eve@example.com') $$, 'PT409', null, 'an account is moved once');

select tests.as_owner();
select results_eq($$ select id, user_id::text from public.letters order by id $$,
  $$ values (1, tests.ada()), (2, '00000000-0000-4000-8000-00000000000b') $$, 'the rows of others stay');
select results_eq($$ select cognito_sub, display_name from public.app_users where cognito_sub in (tests.ada(), '00000000-0000-4000-8000-00000000000a') $$, $$ values (tests.ada(), 'Ada') $$,
  'the old profile stays, and an unused new one gives way');
select is((select address from cognito_supabase.transfers), null, 'the address is not kept');
select is((select count(*) from cognito_audit.events where relation = 'cognito_supabase.transfers'), 2::bigint, 'the audit has the transfer');

-- All or none: Bob's rows cannot move, because one of them is not unique then.
create unique index on public.letters (user_id);
insert into public.letters values (3, '22222222-2222-4222-8222-222222222222', 'y');
select public.prepare_transfer('00000000-0000-4000-8000-00000000000b', 'bob@example.com');
select throws_ok($$ select public.claim_transfer('22222222-2222-4222-8222-222222222222', '{bob@example.com}') $$, '23505', null, 'a row that cannot move stops the transfer');
select * from finish();
rollback;
