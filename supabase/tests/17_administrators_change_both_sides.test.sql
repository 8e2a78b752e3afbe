-- Promise: only an administrator who has signed in recently changes other people, each request counts once,
-- and the audit has it.
begin;
\ir helpers/login.psql
select plan(48);
truncate cognito.directory, cognito.directory_history, cognito.refresh_runs;

create function tests.login_as_admin(sub text default 'sub-boss', groups jsonb default '["admin"]', seconds_ago integer default 60) returns void
  language sql
  as $$
    select tests.login_with_claims(tests.claims_of(sub) || jsonb_build_object(
      'cognito:groups', groups, 'auth_time', floor(extract(epoch from now())) - seconds_ago))
  $$;
create function tests.begin(key text, operation text, sub text default null, group_name text default null) returns jsonb
  language sql
  as $$ select public.begin_admin_operation(key, concat(operation, sub), operation, sub, group_name) $$;
create function tests.id_of(key text) returns uuid
  language sql security definer
  as $$ select o.id from cognito_supabase.admin_operations as o where o.key_hash = sha256(convert_to(key, 'UTF8')) $$;
grant create on schema tests to authenticated;
select cognito.record_event(s, 'confirmed', jsonb_build_object('email', s || '@example.com', 'email_verified', 'true'), '{}', now() - interval '1 day')
from unnest(array['sub-ann', 'sub-bob', 'sub-cid']) as s;

-- Who may.
select tests.login('sub-ann');
select throws_ok($$ select tests.begin('k', 'disable user', 'sub-bob') $$, '42501', null, 'nobody without the group');
select throws_ok($$ select public.admin_find_users() $$, '42501', null, 'nobody without the group finds people');
select throws_ok($$ select public.admin_read_user('sub-bob') $$, '42501', null, 'nobody without the group reads people');
select tests.login_as_admin(groups => '["support"]');
select throws_ok($$ select tests.begin('k', 'disable user', 'sub-bob') $$, '42501', null, 'support changes nobody');
select lives_ok($$ select public.admin_find_users() $$, 'support finds people');
select tests.login_as_admin(groups => '"admin"');
select throws_ok($$ select public.admin_find_users() $$, '42501', null, 'a claim that is no list is no group');
select tests.login_as_admin(seconds_ago => 3600);
select throws_ok($$ select tests.begin('k', 'disable user', 'sub-bob') $$, 'PT401', 'the sign-in is too old for this', 'an old sign-in is not enough');
select tests.login_with_claims('{"role": "service_role"}');
select throws_ok($$ select tests.begin('k', 'disable user', 'sub-bob') $$, '42501', null, 'the service does not begin operations');
select tests.logout();
select throws_ok($$ select public.finish_admin_operation(gen_random_uuid(), 'sub-bob', now()) $$, '42501', null, 'nobody without a token');

-- Disabling: begun, then finished.
select tests.login_as_admin();
select is(tests.begin('k1', 'disable user', 'sub-bob') -> 'result', 'null', 'an operation begins');
select throws_ok($$ select tests.begin('k1', 'disable user', 'sub-bob') $$, 'PT409', 'the same request is being carried out', 'a repeated one waits');
select throws_ok($$ select tests.begin('k1', 'disable user', 'sub-cid') $$, 'PT422', null, 'a key belongs to one request');
select throws_ok($$ select public.finish_admin_operation(tests.id_of('k1'), 'sub-cid', now()) $$, 'PT409', null, 'it is about one person');
select tests.login_as_admin('sub-other');
select throws_ok($$ select public.finish_admin_operation(tests.id_of('k1'), 'sub-bob', now()) $$, 'PT404', null, 'another administrator does not finish it');
select lives_ok($$ select public.abandon_admin_operation(tests.id_of('k1')) $$, 'or abandon it');
select tests.login_as_admin();
select is(public.finish_admin_operation(tests.id_of('k1'), 'sub-bob', now()), '{}', 'its administrator finishes it');
select is(public.finish_admin_operation(tests.id_of('k1'), 'sub-bob', now()), '{}', 'twice changes nothing');
select is(tests.begin('k1', 'disable user', 'sub-bob') -> 'result', '{}', 'a repeated request gets the result');
select tests.as_owner();
select ok(cognito_supabase.is_disabled('sub-bob'), 'the person is disabled');
select is((select enabled from cognito.directory where sub = 'sub-bob'), false, 'the directory knows');
select results_eq(
  $$ select action, after ->> 'state', actor_sub from cognito_audit.events where relation = 'cognito_supabase.admin_operations' and target ->> 'sub' = 'sub-bob' order by id $$,
  $$ values ('insert', 'started', 'sub-boss'), ('update', 'done', 'sub-boss') $$, 'the audit has both');

-- What Cognito refuses is abandoned, and the key may be tried again.
select tests.login_as_admin();
select tests.begin('k2', 'enable user', 'sub-bob');
select public.abandon_admin_operation(tests.id_of('k2'));
select lives_ok($$ select tests.begin('k2', 'enable user', 'sub-bob') $$, 'an abandoned one is tried again');
-- The queue finishes without the administrator.
select tests.login_with_claims('{"role": "service_role"}');
select is(public.finish_admin_operation(tests.id_of('k2'), 'sub-bob', now()), '{}', 'the service finishes it');
select tests.as_owner();
select ok(not cognito_supabase.is_disabled('sub-bob'), 'the person is enabled again');
-- A request that died gives its operation to the next.
select tests.login_as_admin();
select tests.begin('k3', 'sign out user', 'sub-bob');
select tests.as_owner();
update cognito_supabase.admin_operations set leased_until = now() - interval '1 s' where state = 'started';
select tests.login_as_admin();
select lives_ok($$ select tests.begin('k3', 'sign out user', 'sub-bob') $$, 'after its time another request carries on');

-- The other operations.
select tests.begin('k4', 'add to group', 'sub-bob', 'editor');
select is(public.finish_admin_operation(tests.id_of('k4'), 'sub-bob', now(), '{"groups": ["editor", "beta"]}') ->> 'groups', '["editor", "beta"]', 'groups are those of Cognito');
select tests.begin('k5', 'create user');
select is(public.finish_admin_operation(tests.id_of('k5'), 'sub-new', now(),
  '{"username": "sub-new", "status": "FORCE_CHANGE_PASSWORD", "attributes": {"email": "new@example.com"}}') ->> 'sub', 'sub-new', 'a new user');
select tests.as_owner();
select is((select groups from cognito.directory where sub = 'sub-bob'), '{beta,editor}', 'the directory has the groups');
select is((select status from cognito.directory where sub = 'sub-new'), 'FORCE_CHANGE_PASSWORD', 'the directory has the new user');
select isnt_empty($$ select from public.app_users where cognito_sub = 'sub-new' $$, 'and there is a profile');

-- Nobody shuts themselves out, and the last owner of a workspace stays.
select tests.login_as_admin();
select throws_ok($$ select tests.begin('k6', 'disable user', 'sub-boss') $$, 'PT409', null, 'administrators do not disable themselves');
select throws_ok($$ select tests.begin('k7', 'delete user', 'sub-boss') $$, 'PT409', null, 'or delete themselves');
select throws_ok($$ select tests.begin('k8', 'remove from group', 'sub-boss', 'admin') $$, 'PT409', null, 'or leave the group');

-- Deletion.
select tests.login_as_admin();
select tests.begin('k9', 'delete user', 'sub-new');
select tests.as_owner();
select isnt_empty($$ select from public.app_users where cognito_sub = 'sub-new' $$, 'beginning a deletion deletes nothing');
select is_empty($$ select from cognito_supabase.revoked_users where sub = 'sub-new' $$, 'and signs nobody out');
select tests.login_as_admin();
select is(public.finish_admin_operation(tests.id_of('k9'), 'sub-new', now()), '{"profile": true, "files": []}', 'it is done');
select is(tests.begin('k9', 'delete user', 'sub-new') -> 'result', '{"profile": true, "files": []}', 'and a repeated request gets the result');
select tests.as_owner();
select is_empty($$ select from public.app_users where cognito_sub = 'sub-new' $$, 'the profile is gone');
select is_empty($$ select from cognito.directory where sub = 'sub-new' $$, 'the directory has forgotten');
select is_empty($$ select from cognito_audit.events as e where e::text like '%sub-new%' and e.relation <> 'cognito_supabase.revoked_users' $$, 'no name stays in the audit');

-- Deletion of a person who never existed, and of one whom only Cognito knew.
select tests.login_as_admin();
select tests.begin('k10', 'delete user', 'sub-nobody');
select throws_ok($$ select public.finish_admin_operation(tests.id_of('k10'), 'sub-nobody', now(), '{"existed": false}') $$, 'PT404', 'no person with this sub is known', 'neither Cognito nor the database knows the person');
select public.abandon_admin_operation(tests.id_of('k10'));
select is(tests.begin('k10', 'delete user', 'sub-nobody') -> 'repeated', 'false', 'after that, another attempt is a first one');
select tests.begin('k11', 'delete user', 'sub-unread');
select is(public.finish_admin_operation(tests.id_of('k11'), 'sub-unread', now(), '{"existed": true}'), '{"profile": false, "files": []}', 'the directory had not read the person yet');
select tests.begin('k12', 'delete user', 'sub-unread');
select is(public.finish_admin_operation(tests.id_of('k12'), 'sub-unread', now(), '{"existed": false}'), '{"profile": false, "files": []}', 'who was deleted before');

-- Reading.
select tests.login_as_admin();
select is((select jsonb_array_length(public.admin_find_users(most => 2) -> 'users')), 2, 'a page');
select is(public.admin_find_users(after => public.admin_find_users(most => 2) ->> 'cursor') #>> '{users,0,sub}', 'sub-cid', 'and the next');
select is(public.admin_find_users('SUB-ANN@example.com') #>> '{users,0,sub}', 'sub-ann', 'one address, in any case');
select throws_ok($$ select public.admin_read_user('nobody') $$, 'PT404', null, 'nobody');
select * from finish();
rollback;
