-- Promise: members of a workspace and their roles change by its rules only.
begin;
\ir helpers/login.psql
select plan(62);
\ir helpers/workspace.psql

create function tests.invite_of(address text) returns uuid language sql as $$
  select id from public.workspace_invites where email = address order by accepted_at nulls first limit 1 $$;

select tests.login('sub-owner');
select results_eq(
  $$ select role from public.workspace_members where user_id = tests.id('owner') $$, $$ values ('owner') $$,
  'the person who makes a workspace is its owner');
select tests.login('sub-outsider');

-- Seeing.
select is_empty($$ select * from public.workspaces $$, 'a person outside sees no workspace');
select is_empty($$ select * from public.workspace_members $$, 'a person outside sees no members');
select tests.login('sub-viewer');
select is((select count(*)::int from public.workspace_members), 4, 'a viewer sees the members');
select is_empty($$ select id from public.workspace_invites $$, 'a viewer sees no invitations');


-- Only functions change members.
select tests.login('sub-owner');
select throws_ok(
  $$ insert into public.workspace_members values (tests.id('acme'), tests.id('outsider'), 'owner') $$, '42501', null,
  'an owner cannot insert into workspace_members');
select throws_ok(
  $$ update public.workspace_members set role = 'viewer' $$, '42501', null, 'an owner cannot update workspace_members');

-- Self-promotion.
select tests.login('sub-member');
select throws_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('member'), 'admin') $$, '42501', null,
  'a member cannot raise their own role');
select tests.login('sub-admin');
select throws_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('admin'), 'owner') $$, '42501', null,
  'an admin cannot raise their own role');
select throws_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('member'), 'admin') $$, '42501', null,
  'an admin cannot make an admin');
select throws_ok(
  $$ select public.invite_member(tests.id('acme'), 'x@example.com', 'admin') $$, '42501', null,
  'an admin cannot invite an admin');
select throws_ok(
  $$ select public.remove_member(tests.id('acme'), tests.id('owner')) $$, '42501', null,
  'an admin cannot remove the owner');
select lives_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('viewer'), 'member') $$,
  'an admin makes a viewer a member');
select throws_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('viewer'), 'king') $$, 'PT400',
  'role is one of owner, admin, member, viewer, not "king"', 'an unknown role is refused');
select throws_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('viewer'), null) $$, 'PT400', null, 'a missing role is refused');
select throws_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('outsider'), 'viewer') $$, 'PT404', null,
  'a person outside has no role to change');
select throws_ok(
  format('select public.invite_member(tests.id(''acme''), %L, ''viewer'')', email), 'PT400', null,
  'nobody is invited at ' || coalesce(left(email, 20), 'null'))
from unnest(array[null, '', 'nobody', '@example.com', 'x@', repeat('x', 320) || '@example.com']) as email;
select throws_ok(
  $$ select public.invite_member(gen_random_uuid(), 'x@example.com', 'viewer') $$, 'PT404',
  'there is no such workspace, or you are not in it', 'a person cannot invite into a workspace of others');
select throws_ok($$ select public.create_workspace(null) $$, 'PT400', null, 'a workspace needs a name');
select throws_ok($$ select public.create_workspace(repeat('x', 201)) $$, 'PT400', null, 'a name that is too long is refused');

-- Invitations.
select throws_ok($$ select public.accept_invite('not a token') $$, 'PT404', null, 'an unknown token is refused');
select tests.login('sub-owner');
create temp table invite as select public.invite_member(tests.id('acme'), ' New@Example.com ', 'viewer') as token;
grant select on invite to authenticated;
select isnt_empty(
  $$ select 1 from public.workspace_invites where email = 'new@example.com' $$, 'addresses are kept in lower case');
select throws_ok(
  $$ select token_hash from public.workspace_invites $$, '42501', null, 'nobody can read the hash of a token');
select tests.login_with_claims(tests.claims_of('sub-other') || '{"email": "other@example.com"}');
select throws_ok(
  $$ select public.accept_invite((select token from invite)) $$, '42501', null,
  'another verified address is refused');
select tests.login_with_claims(tests.claims_of('sub-sly') || '{"email": "sly@example.com"}');
insert into public.app_users (display_name) values ('a profile without an address accepts an invitation');
select throws_ok(
  $$ select public.accept_invite((select token from invite)) $$, '42501', null,
  'a profile that was made without an address accepts an invitation');
select tests.login_with_claims(tests.claims_of('sub-new') || '{"email": "new@example.com"}');
select lives_ok($$ select public.accept_invite((select token from invite)) $$, 'the invited person is a member');
select tests.login('sub-late');
select throws_ok($$ select public.accept_invite((select token from invite)) $$, 'PT404', null, 'an invitation works only once');
select tests.login('sub-owner');
create temp table expired as select public.invite_member(tests.id('acme'), 'late@example.com', 'viewer') as token;
grant select on expired to authenticated;
select tests.as_owner();
update public.workspace_invites set expires_at = now() where email = 'late@example.com';
select tests.login('sub-late');
select throws_ok($$ select public.accept_invite((select token from expired)) $$, 'PT404', null, 'an expired invitation is refused');

-- The last owner.
select tests.login('sub-owner');
select throws_ok(
  $$ select public.leave_workspace(tests.id('acme')) $$, 'PT409', null, 'the last owner cannot leave');
select throws_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('owner'), 'member') $$, 'PT409', null,
  'the last owner cannot become an admin');
select lives_ok(
  $$ select public.transfer_ownership(tests.id('acme'), tests.id('admin')) $$, 'the owner hands the workspace over');
select results_eq(
  $$ select role from public.workspace_members where user_id = tests.id('owner') $$, $$ values ('admin') $$,
  'the former owner is an admin');
select lives_ok($$ select public.leave_workspace(tests.id('acme')) $$, 'the former owner can leave');
select is_empty($$ select * from public.workspaces $$, 'the former owner does not see the workspace any more');

-- A person who loses the right to invite also loses their open invitations.
select tests.join_as('helper', 'admin', 'admin');
select tests.login('sub-helper');
create temp table back_door as select public.invite_member(tests.id('acme'), 'helper@example.com', 'member') as token;
grant select on back_door to authenticated;
select tests.login('sub-admin');
select public.change_member_role(tests.id('acme'), tests.id('helper'), 'member');
select is_empty(
  $$ select id from public.workspace_invites where email = 'helper@example.com' and accepted_at is null $$,
  'the open invitations of a former admin are withdrawn');
select public.remove_member(tests.id('acme'), tests.id('helper'));
select tests.login('sub-helper');
select throws_ok($$ select public.accept_invite((select token from back_door)) $$, 'PT404', null,
  'a former admin cannot come back by their own invitation');
select tests.login('sub-admin');
create temp table of_disabled as select public.invite_member(tests.id('acme'), 'guest@example.com', 'viewer') as token;
grant select on of_disabled to authenticated;
select tests.as_owner();
select public.disable_user('sub-admin');
select tests.login('sub-guest');
select throws_ok($$ select public.accept_invite((select token from of_disabled)) $$, 'PT404', null,
  'a disabled person cannot invite');
select tests.as_owner();
select public.enable_user('sub-admin');

-- Invitations for a person end when they leave or get another role.
select tests.login('sub-admin');
create temp table twice as
  select n, public.invite_member(tests.id('acme'), 'helper@example.com', 'admin') as token from generate_series(1, 2) as n;
grant select on twice to authenticated;
select tests.login('sub-helper');
select lives_ok($$ select public.accept_invite((select token from twice where n = 1)) $$, 'a person can be invited twice');
select tests.login('sub-admin');
select is_empty(
  $$ select id from public.workspace_invites where email = 'helper@example.com' and accepted_at is null $$,
  'accepting one invitation uses the other');
insert into twice select 3, public.invite_member(tests.id('acme'), 'helper@example.com', 'admin');
select public.change_member_role(tests.id('acme'), tests.id('helper'), 'viewer');
select tests.login('sub-helper');
select public.leave_workspace(tests.id('acme'));
select throws_ok($$ select public.accept_invite((select token from twice where n = 3)) $$, 'PT404', null,
  'a demoted person cannot regain the role by an invitation');

-- Withdrawing.
select tests.join_as('deputy', 'admin', 'admin');
select tests.login('sub-admin');
select public.invite_member(tests.id('acme'), role || '@example.com', role) from unnest(array['admin', 'viewer']) as role;
select tests.login('sub-deputy');
select lives_ok($$ select public.withdraw_invite(tests.invite_of('viewer@example.com')) $$,
  'an admin withdraws an invitation that they could have made');
select throws_ok($$ select public.withdraw_invite(tests.invite_of('admin@example.com')) $$, '42501', null,
  'an admin cannot withdraw an invitation for an admin');
select throws_ok($$ select public.withdraw_invite(tests.invite_of('member@example.com')) $$, 'PT404', null,
  'a used invitation cannot be withdrawn');
select throws_ok($$ delete from public.workspace_invites $$, '42501', null, 'invitations are withdrawn by the function only');

-- An owner who can act.
select tests.login('sub-admin');
select tests.as_owner();
select public.disable_user('sub-deputy');
select tests.login('sub-admin');
select throws_ok(
  $$ select public.transfer_ownership(tests.id('acme'), (select id from tests.ids where name = 'deputy')) $$, 'PT409',
  'the person is disabled, and an owner has to be able to act', 'ownership cannot be transferred to a disabled person');
select tests.as_owner();
select public.disable_user(cognito_sub) from public.app_users where id = tests.id('outsider');
select tests.login('sub-admin');
select throws_ok(
  $$ select public.transfer_ownership(tests.id('acme'), tests.id('outsider')) $$, 'PT404',
  'there is no such member', 'the answer does not tell whether a person outside the workspace exists');
select tests.as_owner();
update public.workspace_members set role = 'owner' where user_id = tests.id('deputy');
select tests.login('sub-admin');
select throws_ok($$ select public.leave_workspace(tests.id('acme')) $$, 'PT409', null,
  'a disabled person cannot be the only owner');

-- The same rules apply to the service.
select tests.login_with_claims('{"role": "service_role"}');
select throws_ok(
  $$ delete from public.workspace_members where workspace_id = tests.id('acme') $$, '42501', null,
  'the service removes members by function');
select throws_ok(
  $$ select public.remove_member(tests.id('acme'), tests.id('admin')) $$, 'PT409', null,
  'the service cannot remove the last owner');
select lives_ok(
  $$ select public.change_member_role(tests.id('acme'), tests.id('member'), 'admin') $$, 'the service changes roles');
select throws_ok($$ select public.delete_profile('sub-nobody') $$, 'PT404', null, 'the service deletes a profile');
select lives_ok($$ select public.delete_profile('sub-member') $$, 'the memberships of a deleted profile are deleted');
select is_empty(
  $$ select 1 from public.workspace_members where user_id = tests.id('member') $$, 'deleting a workspace deletes its members');
select throws_ok(
  $$ select public.delete_profile('sub-admin') $$, 'PT409', null, 'the profile of a last owner cannot be deleted');

-- me()
select tests.login('sub-admin');
select is(public.me() #>> '{memberships,0,role}', 'owner', 'me() returns the role');
select ok(public.me() #> '{memberships,0,permissions}' ? 'workspace:delete', 'me() returns the permissions');

-- The audit records memberships.
select tests.login('sub-ada');
select public.create_workspace('Recorded');
select tests.as_owner();
select results_eq(
  $$ select actor_sub collate "default", actor_client collate "default", actor_role collate "default",
            action collate "default", after ->> 'role'
     from cognito_audit.events where relation = 'public.workspace_members' and actor_sub = 'sub-ada' order by id desc limit 1 $$,
  $$ values ('sub-ada', 'client-people', 'authenticated', 'insert', 'owner') $$,
  'an event has sub, client, role and action');

select * from finish();
rollback;
