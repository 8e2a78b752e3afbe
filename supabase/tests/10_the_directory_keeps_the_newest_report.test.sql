-- Promise: the directory keeps the newest report of each fact, from any source and in any order.
begin;
\ir helpers/login.psql
select plan(52);

truncate cognito.directory, cognito.directory_history, cognito.refresh_runs;

-- Stages users as refresh and sync do.
create function tests.stage(run bigint, sub text, email text, status text default 'CONFIRMED',
    enabled boolean default true, updated_at timestamptz default 'epoch', groups text[] default null) returns void
  language sql
  as $$
    insert into cognito.staged_users
      values ($1, $2, $2, $3, true, $4, $5, 'epoch', $6, jsonb_build_object('sub', $2, 'email', $3), $7)
  $$;
create function tests.seen(sub text) returns text
  language sql
  as $$
    select concat_ws(' ', email, status, case when enabled then 'enabled' when not enabled then 'disabled' end, groups::text,
      case when deleted_at is not null then 'gone' end)
    from cognito.directory as d where d.sub = $1
  $$;

-- Events.
select ok(
  cognito.record_event('ada', 'signed_up', '{"email": "ada@example.com", "cognito:user_status": "UNCONFIRMED"}', null, now() - interval '50 min'),
  'a sign-up changes the directory');
select is(tests.seen('ada'), 'ada@example.com UNCONFIRMED enabled', 'the person is in the directory at once');
select ok(
  not cognito.record_event('ada', 'signed_up', '{"email": "ada@example.com", "cognito:user_status": "UNCONFIRMED"}', null, now() - interval '50 min'),
  'the same event again changes nothing');
select cognito.record_event('ada', 'disabled', null, null, now() - interval '30 min');
select cognito.record_event('ada', 'confirmed', '{"email": "ada@example.com"}', null, now() - interval '40 min');
select is(tests.seen('ada'), 'ada@example.com CONFIRMED disabled', 'a late event counts for facts that nothing newer has reported');
select cognito.record_event('ada', 'enabled', null, null, now() - interval '35 min');
select is(tests.seen('ada'), 'ada@example.com CONFIRMED disabled', 'a late event does not count for facts with a newer report');
select is((select attributes from cognito.directory where sub = 'ada'), '{"email": "ada@example.com"}',
  'names that triggers add are not stored as attributes');
select cognito.record_event('ada', 'regrouped', null, '{b,a}', now() - interval '20 min');
select is(tests.seen('ada'), 'ada@example.com CONFIRMED disabled {a,b}', 'groups are sorted');
select ok(not cognito.record_event('ada', 'regrouped', null, '{b,a,b,NULL,""}', now() - interval '20 min'),
  'groups are stored once, without empty names');
select cognito.record_event('zoe', 'deleted', null, null, now() - interval '20 min');
select is((select created_at from cognito.directory where sub = 'zoe'), null, 'a deletion of an unknown person is not a sign-up');
select cognito.record_event('yan', 'signed_up', '{"email": ""}', null, now() - interval '20 min');
select is((select email from cognito.directory where sub = 'yan'), null, 'an empty address is stored as null');
delete from cognito.directory where sub in ('zoe', 'yan');
select cognito.record_event('bob', 'deleted', null, null, now() - interval '20 min');
select cognito.record_event('bob', 'signed_up', '{"email": "bob@example.com"}', null, now() - interval '45 min');
select is(tests.seen('bob'), 'bob@example.com UNCONFIRMED enabled gone', 'a deleted person stays deleted after late events');
select throws_ok($$ select cognito.record_event('x', 'vanished') $$, 'PT400', 'record_event does not know the kind vanished',
  'an unknown kind is refused');
select throws_ok($$ select cognito.record_event('x', 'changed', '[]') $$, 'PT400', 'attributes is one JSON object, and its values are text',
  'an array of attributes is refused');
select throws_ok(format('select cognito.record_event(%s)', arguments), 'PT400', null, 'and ' || arguments)
from unnest(array[
  $$'  ', 'changed'$$, $$repeat('x', 256), 'changed'$$, $$'x', null$$,
  $$'x', 'changed', '{"email": {"a": 1}}'$$, $$'x', 'changed', '{"n": 1}'$$,
  $$'x', 'changed', jsonb_build_object('email', repeat('x', 321))$$,
  $$'x', 'changed', '{"cognito:user_status": "<b>"}'$$,
  $$'x', 'regrouped'$$,
  $$'x', 'changed', null, null, '-infinity'$$, $$'x', 'changed', null, null, 'infinity'$$,
  $$'x', 'changed', null, null, now(), repeat('x', 256)$$
]) as arguments;
select throws_ok($$ select cognito.record_event('x', 'changed', null, null, now() + interval '1 day') $$, 'PT400', null,
  'an event in the future is refused');
select throws_ok($$ select cognito.record_event('', 'changed') $$, 'PT400', null, 'an event without a sub is refused');

-- A run.
select throws_ok($$ select cognito.begin_sync('bogus') $$, 'PT400', null, 'an unknown kind of run is refused');
select is_empty($$ select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and classid = 1668245358 $$,
  'a refused run holds no lock');
create temp table run as select cognito.begin_sync('sync') as id;
select tests.stage(id, 'ada', 'old@example.com', updated_at => now() - interval '1 hour') from run;
select tests.stage(id, 'ada', 'ada@new.example', updated_at => now() - interval '10 min') from run;
select tests.stage(id, 'cyd', 'cyd@example.com', groups => '{z,y}') from run;
select cognito.record_event('ada', 'disabled', null, null, clock_timestamp());
create temp table ended as select r.* from run, cognito.finish_sync(run.id, true, 1) as r;
select results_eq(
  $$ select seen, changed, deleted, complete, error from ended $$, $$ values (2::bigint, 2::bigint, 0::bigint, true, null::text) $$,
  'a run returns its counts');
select is(tests.seen('ada'), 'ada@new.example CONFIRMED disabled {a,b}',
  'the newer of two staged rows counts, newer events stay, and groups that were not read stay');
select is(tests.seen('cyd'), 'cyd@example.com CONFIRMED enabled {y,z}', 'a new person is in the directory with groups');
select is_empty($$ select 1 from cognito.staged_users $$, 'the staging is empty');
select ok(not cognito.record_event('cyd', 'changed', '{"email": "stale@example.com"}', null, now() - interval '5 min'),
  'an event from before the run changes nothing');
select is(tests.seen('cyd'), 'cyd@example.com CONFIRMED enabled {y,z}', 'the facts of the run stay');

-- Deleted people.
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'ada', 'ada@new.example', enabled => false) from run;
select is((select error from run, cognito.finish_sync(run.id, false, 1, 'it broke')), 'it broke', 'an incomplete run returns its error');
select is(tests.seen('cyd'), 'cyd@example.com CONFIRMED enabled {y,z}', 'an incomplete run marks nobody as deleted');
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'ada', 'ada@new.example', enabled => false) from run;
select results_eq($$ select * from cognito.missing_users((select id from run)) $$, $$ values ('cyd') $$, 'missing people can be listed');
select is((select deleted from run, cognito.finish_sync(run.id, true, 1)), 1::bigint, 'a complete run marks missing people as deleted');
select is(tests.seen('cyd'), 'cyd@example.com CONFIRMED enabled {y,z} gone', 'the row of a deleted person stays');

-- History.
select bag_eq(
  $$ select field, before #>> '{}' as b, after #>> '{}' as a from cognito.directory_history where sub = 'ada' $$,
  $$ values ('status', 'UNCONFIRMED', 'CONFIRMED'), ('enabled', 'true', 'false'),
            ('email', 'ada@example.com', 'ada@new.example') $$,
  'history has each change once, and nothing that was only learned later');
select is(
  (select changed_at from cognito.directory_history where sub = 'ada' and field = 'email'), now() - interval '10 min',
  'the history has the time of the change in Cognito');
select is((select count(*)::int from cognito.directory_history where sub = 'cyd' and field = 'deleted'), 1, 'the history has the deletion');

-- Too many missing people.
insert into cognito.directory (sub, username, last_seen_at) select 'p' || n, 'p', now() from generate_series(1, 100) as n;
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'p' || n, 'x') from run, generate_series(1, 89) as n;
select tests.stage(id, 'ada', 'ada@new.example', enabled => false) from run;
select matches((select error from run, cognito.finish_sync(run.id, true, 1)), '^11 of 101 people are missing .* allow_deletes => true$',
  'a run that misses too many people marks nobody as deleted');
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'p' || n, 'x') from run, generate_series(1, 89) as n;
select tests.stage(id, 'ada', 'ada@new.example', enabled => false) from run;
select is((select deleted from run, cognito.finish_sync(run.id, true, 1, allow_deletes => true)), 11::bigint, 'allow_deletes marks them as deleted');

-- Cost.
select results_eq(
  $$ select users, pages, requests from cognito.scan_cost() $$, $$ values (90::bigint, 2::bigint, 2::bigint) $$,
  'scan_cost estimates a scan');

-- If everybody is missing, it is probably another pool.
create temp table kept as select * from cognito.directory;
delete from cognito.directory where sub like 'p%' and sub not in ('p1', 'p2');
delete from cognito.directory where sub not like 'p%';
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'stranger', 'x') from run;
select matches((select error from run, cognito.finish_sync(run.id, true, 1)), '^2 of 3 people are missing',
  'a run that misses everybody marks nobody as deleted');
delete from cognito.directory;
insert into cognito.directory select * from kept;

-- Names that are too long for an index.
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'p1', repeat('x', 3000) || '@example.com') from run;
select tests.stage(id, repeat('y', 3000), 'x') from run;
select is((select error from run, cognito.finish_sync(run.id, true, 1)), '1 users came without a sub, or with one of over 255 characters',
  'a name that is too long is reported, and other people are merged');
select is((select email from cognito.directory where sub = 'p1'), null, 'an address that is too long is stored as null');

-- Groups have their own time, because Cognito's updated_at does not change with them.
truncate cognito.directory, cognito.directory_history, cognito.refresh_runs;
select cognito.record_event('ada', 'regrouped', null, '{b,a}', now() - interval '20 min');
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'ada', 'ada@new.example', groups => '{a,b}') from run;
select cognito.finish_sync(id, true, 1) from run;
create temp table meanwhile as select clock_timestamp() as at;
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'ada', 'ada@new.example', groups => '{a,b}') from run;
select is((select changed from run, cognito.finish_sync(run.id, true, 1)), 0::bigint, 'a run without changes writes nothing');
select ok(not cognito.record_event('ada', 'regrouped', null, '{stale}', (select at from meanwhile)),
  'an event with groups from before the run changes nothing');
select is(tests.seen('ada'), 'ada@new.example CONFIRMED enabled {a,b}', 'the groups of the run stay');
update run set id = cognito.begin_sync('sync');
select tests.stage(id, 'ada', 'ada@new.example', groups => '{a,b}') from run;
select cognito.record_event('ada', 'regrouped', null, '{new}', clock_timestamp());
select cognito.finish_sync(id, true, 1) from run;
select is(tests.seen('ada'), 'ada@new.example CONFIRMED enabled {new}', 'a change of groups after the run began stays');

select * from finish();
rollback;
