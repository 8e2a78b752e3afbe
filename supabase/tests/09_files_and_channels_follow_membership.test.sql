-- Promise: files and channels are open to the people and workspaces that they belong to. Policies refuse
-- without raising an error. Nothing here deletes by SQL, because the platform refuses that.
begin;
\ir helpers/login.psql
select plan(32);

select tests.login('sub-ada');
create temp table w as select id from public.create_workspace('Acme');
grant select on w to authenticated;

select lives_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'sub-ada/a.txt', 'sub-ada') $$,
  'a person uploads into their folder');
select throws_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'sub-bob/a.txt', 'sub-ada') $$,
  '42501', null, 'a person cannot upload into another person''s folder');
select throws_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'sub-ada/b.txt', 'sub-bob') $$,
  '42501', null, 'a person cannot upload in another person''s name');
select lives_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) select 'workspaces', id || '/plan.pdf', 'sub-ada' from w $$,
  'a member uploads for the workspace');
select throws_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('elsewhere', 'x', 'sub-ada') $$,
  '42501', null, 'other buckets are closed');
select throws_ok(
  $$ update storage.objects set name = 'sub-bob/moved.txt' where name = 'sub-ada/a.txt' $$,
  '42501', null, 'a file cannot be moved into another person''s folder');
select is((select count(*)::int from storage.objects), 2, 'members see both files');

select throws_ok(
  format('insert into storage.objects (bucket_id, name, owner_id) values (''personal'', %L, ''sub-ada'')', name),
  '42501', null, 'the path ' || name || ' is refused')
from unnest(array['sub-ada/../sub-bob/a.txt', 'sub-ada/./a.txt', 'sub-ada//a.txt', 'sub-ada/..', 'sub-ada/.', 'sub-ada/']) as name;
select lives_ok(
  format('insert into storage.objects (bucket_id, name, owner_id) values (''personal'', %L, ''sub-ada'')', name),
  'the path ' || name || ' is not')
from unnest(array['sub-ada/.hidden', 'sub-ada/...', 'sub-ada/a..b/c.txt']) as name;
select throws_ok(
  $$ update storage.objects set name = 'sub-ada/../a.txt' where name = 'sub-ada/a.txt' $$, '42501', null,
  'a file cannot be moved to such a path');

select is(
  (select count(*)::int from pg_policies where schemaname = 'storage' and tablename = 'objects' and cmd = 'DELETE'
     and qual = (select qual from pg_policies where schemaname = 'storage' and tablename = 'objects' and cmd = 'UPDATE' and permissive = 'PERMISSIVE')),
  1, 'a person deletes the same files that they can replace');

-- Untrusted tokens see nothing, without an error, because the Storage API answers 500 to an error.
select tests.login_with_claims(claims) from (values (tests.claims_of('sub-ada') || '{"client_id": "other"}')) as t (claims);
select is_empty($$ select * from storage.objects $$, 'another app client sees no file');
select is_empty($$ update storage.objects set metadata = '{}' returning id $$, 'no file is changed');
select throws_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'sub-ada/c.txt', 'sub-ada') $$,
  '42501', null, 'no file is uploaded');
select set_config('realtime.topic', (select 'workspace:' || id from w), true);
select is_empty($$ select 1 from realtime.messages $$, 'no message is received');
select throws_ok(
  $$ insert into realtime.messages (topic, extension) select 'workspace:' || id, 'broadcast' from w $$, '42501', null,
  'no message is sent');
select tests.as_owner();
select public.revoke_session('session-of-sub-ada');
select tests.login('sub-ada');
select is_empty($$ select * from storage.objects $$, 'an ended session sees no file');
select is_empty($$ select 1 from realtime.messages $$, 'no message is received');
select throws_ok(
  $$ insert into storage.objects (bucket_id, name, owner_id) values ('personal', 'sub-ada/c.txt', 'sub-ada') $$,
  '42501', null, 'no file is uploaded');
select tests.as_owner();
delete from cognito_supabase.revoked_sessions where origin_jti = 'session-of-sub-ada';

select tests.login('sub-bob');
select is_empty($$ select * from storage.objects $$, 'a person outside sees no file');
select is_empty($$ update storage.objects set metadata = '{}' returning id $$, 'no file is changed');
select set_config('realtime.topic', (select 'workspace:' || id from w), true);
select throws_ok(
  $$ insert into realtime.messages (topic, extension) select 'workspace:' || id, 'broadcast' from w $$, '42501', null,
  'a viewer cannot send in the workspace''s channel');

select tests.login('sub-ada');
select lives_ok(
  $$ insert into realtime.messages (topic, extension) select 'workspace:' || id, 'broadcast' from w $$, 'a member can send');
select isnt_empty($$ select 1 from realtime.messages $$, 'a member receives messages');
select tests.login('sub-bob');
select is_empty($$ select 1 from realtime.messages $$, 'a person outside receives no message');

select * from finish();
rollback;
