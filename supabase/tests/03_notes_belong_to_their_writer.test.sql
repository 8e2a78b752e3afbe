-- Promise: a person sees and changes their own notes, and nobody else sees them.
begin;
\ir helpers/login.psql
select plan(17);

select tests.login('sub-ada');
select lives_ok($$ insert into public.notes (body) values ('of Ada') $$, 'a person writes a note');
select results_eq(
  $$ select owner_sub, body from public.notes $$, $$ values ('sub-ada', 'of Ada') $$,
  'the note has the sub of the token');
select throws_ok(
  $$ insert into public.notes (owner_sub, body) values ('sub-bob', 'forged') $$, '42501', null,
  'a note under another person''s sub is refused');
select throws_ok(
  $$ insert into public.notes (id, body) values (gen_random_uuid(), 'x') $$, '42501', null,
  'the id cannot be chosen');
select throws_ok(
  $$ update public.notes set owner_sub = 'sub-bob' $$, '42501', null, 'a note cannot be given away');
select throws_ok(
  $$ update public.notes set created_at = 'epoch' $$, '42501', null, 'the time of a note cannot be changed');
select throws_ok($$ insert into public.notes (body) values ('') $$, 'PT400', null, 'an empty note is refused');
select throws_ok(
  $$ insert into public.notes (body) values (repeat('x', 4001)) $$, 'PT400', 'body has 1 to 4000 characters, not 4001',
  '4001 characters are refused');
select lives_ok(
  $$ insert into public.notes (body) values (repeat('ü', 4000)) $$, '4000 characters are accepted');

select tests.login('sub-bob');
select is_empty($$ select * from public.notes $$, 'another person sees no note');
select is_empty($$ update public.notes set body = 'x' returning id $$, 'another person changes no note');
select is_empty($$ delete from public.notes returning id $$, 'another person deletes no note');

select tests.logout();
select throws_ok($$ select * from public.notes $$, '42501', null, 'anon cannot read notes');
select throws_ok(
  $$ insert into public.notes (body) values ('x') $$, '42501', null, 'anon cannot write notes');

select tests.as_owner();
select results_eq(
  $$ select count(*)::int from public.notes where owner_sub = 'sub-ada' $$, $$ values (2) $$,
  'the refused statements have changed nothing');

select tests.login('sub-ada');
select lives_ok($$ update public.notes set body = 'edited' where body = 'of Ada' $$, 'the owner changes the note');
select isnt_empty($$ delete from public.notes where body = 'edited' returning id $$, 'the owner deletes the note');

select * from finish();
rollback;
