-- Promise: a person sees and changes their own notes; for everybody else they do not exist.
begin;
\ir helpers/login.psql
select plan(17);

select tests.login('sub-ada');
select lives_ok($$ insert into public.notes (body) values ('of Ada') $$, 'a person writes a note');
select results_eq(
  $$ select owner_sub, body from public.notes $$, $$ values ('sub-ada', 'of Ada') $$,
  'it carries the sub of the token');
select throws_ok(
  $$ insert into public.notes (owner_sub, body) values ('sub-bob', 'forged') $$, '42501', null,
  'a note under another person''s sub is refused');
select throws_ok(
  $$ insert into public.notes (id, body) values (gen_random_uuid(), 'x') $$, '42501', null,
  'ids are given, not chosen');
select throws_ok(
  $$ update public.notes set owner_sub = 'sub-bob' $$, '42501', null, 'a note cannot be given away');
select throws_ok(
  $$ update public.notes set created_at = 'epoch' $$, '42501', null, 'nor dated back');
select throws_ok($$ insert into public.notes (body) values ('') $$, 'PT400', null, 'empty is refused');
select throws_ok(
  $$ insert into public.notes (body) values (repeat('x', 4001)) $$, 'PT400', 'body has 1 to 4000 characters, not 4001',
  '4001 characters are refused');
select lives_ok(
  $$ insert into public.notes (body) values (repeat('ü', 4000)) $$, '4000 characters are not');

select tests.login('sub-bob');
select is_empty($$ select * from public.notes $$, 'somebody else sees none');
select is_empty($$ update public.notes set body = 'x' returning id $$, 'changes none');
select is_empty($$ delete from public.notes returning id $$, 'deletes none');

select tests.logout();
select throws_ok($$ select * from public.notes $$, '42501', null, 'signed out, nothing is listed');
select throws_ok(
  $$ insert into public.notes (body) values ('x') $$, '42501', null, 'and nothing is written');

select tests.as_owner();
select results_eq(
  $$ select count(*)::int from public.notes where owner_sub = 'sub-ada' $$, $$ values (2) $$,
  'what was tried has changed nothing');

select tests.login('sub-ada');
select lives_ok($$ update public.notes set body = 'edited' where body = 'of Ada' $$, 'the owner edits');
select isnt_empty($$ delete from public.notes where body = 'edited' returning id $$, 'and deletes');

select * from finish();
rollback;
