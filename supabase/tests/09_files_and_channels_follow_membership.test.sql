-- Promise: files and channels are open to whom they belong. Where Storage and Realtime are not
-- installed there is nothing to test.
begin;
\ir helpers/login.psql
select plan(13);

select tests.login('sub-ada');
create temp table w as select id from public.create_workspace('Acme');
grant select on w to authenticated;

select lives_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'sub-ada/a.txt', 'sub-ada') $$,
  'a person uploads into their folder');
select throws_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'sub-bob/a.txt', 'sub-ada') $$,
  '42501', null, 'not into another''s');
select throws_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'sub-ada/b.txt', 'sub-bob') $$,
  '42501', null, 'nor in another''s name');
select lives_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) select 'workspaces', id || '/plan.pdf', 'sub-ada' from w $$,
  'a member uploads for the workspace');
select throws_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('elsewhere', 'x', 'sub-ada') $$,
  '42501', null, 'other buckets are closed');
select throws_ok(
  $$ update storage.objects set name = 'sub-bob/moved.txt' where name = 'sub-ada/a.txt' $$,
  '42501', null, 'a file is not moved into another''s folder');
select is((select count(*)::int from storage.objects), 2, 'they see both files');

select tests.login('sub-bob');
select is_empty($$ select * from storage.objects $$, 'an outsider sees none');
select is_empty($$ delete from storage.objects returning id $$, 'and deletes none');
select set_config('realtime.topic', (select 'workspace:' || id from w), true);
select throws_ok(
  $$ insert into realtime.messages (topic, extension) select 'workspace:' || id, 'broadcast' from w $$, '42501', null,
  'and does not speak in the workspace''s channel');

select tests.login('sub-ada');
select lives_ok(
  $$ insert into realtime.messages (topic, extension) select 'workspace:' || id, 'broadcast' from w $$, 'a member does');
select isnt_empty($$ select 1 from realtime.messages $$, 'and hears');
select tests.login('sub-bob');
select is_empty($$ select 1 from realtime.messages $$, 'an outsider hears nothing');

select * from finish();
rollback;
