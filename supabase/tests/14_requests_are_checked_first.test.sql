-- Promise: the Data API checks a request before it plans anything: the token, the role, and that the
-- planner's estimates are not asked for.
begin;
\ir helpers/login.psql
select plan(21);

select is(
  (select setting from pg_db_role_setting, unnest(setconfig) as setting
   where setrole = 'authenticator'::regrole and setting like 'pgrst.db\_pre\_request=%'),
  'pgrst.db_pre_request=cognito_supabase.check_request', 'the Data API calls it');

select tests.logout();
select is(tests.request_answer(), 'ok', 'a request without a token passes, as anon');
select tests.login('sub-ada');
select is(tests.request_answer(), 'ok', 'and one with a trusted token');
select is(tests.request_answer('{"prefer": "return=representation, count=exact"}'), 'ok', 'that asks for an exact count');
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"client_id": "other"}');
select is(
  tests.request_answer(), 'PT403 the token is of an app client that is not trusted', 'and none of another app client');
select is(
  tests.request_answer('{"prefer": "count=planned"}'), 'PT403 the token is of an app client that is not trusted',
  'whatever it asks for');

select tests.login('sub-ada');
select matches(tests.request_answer(headers), '^PT400 count=planned', 'refused: ' || headers::text)
from unnest(array[
  '{"prefer": "count=planned"}', '{"prefer": "count=estimated"}', '{"prefer": "tx=commit,count=planned"}',
  '{"prefer": "COUNT = planned"}', '{"prefer": "count=\"estimated\""}']::jsonb[]) as headers;
select matches(tests.request_answer(headers), '^PT400 execution plans', 'refused: ' || headers::text)
from unnest(array[
  '{"accept": "application/vnd.pgrst.plan+json"}',
  '{"accept": "text/csv, application/vnd.pgrst.plan; options=analyze"}']::jsonb[]) as headers;
select tests.logout();
select matches(tests.request_answer('{"prefer": "count=planned"}'), '^PT400', 'refused without a token, too');
select tests.login_with_claims('{"role": "service_role"}');
select is(tests.request_answer('{"prefer": "count=planned"}'), 'ok', 'the service sees all rows, and may estimate them');

-- Only the secret key is the service. A token of the user pool is not, whatever its claim role says.
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"role": "service_role"}');
select matches(tests.request_answer(), '^PT403 a Cognito token cannot run as the role service_role', 'a token cannot be the service');

-- The mark of a checked request cannot be made or carried over.
select tests.login('sub-ada');
select throws_ok($$ select cognito_supabase.trust_mark() $$, '42501', null, 'a caller cannot make the mark');
select tests.request_answer();
create temp table mark as select current_setting('cognito_supabase.trusted') as value;
grant select on mark to authenticated;
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"client_id": "other"}');
select set_config('cognito_supabase.trusted', (select value from mark), true);
select ok(not cognito_supabase.is_trusted(), 'the mark of other claims does not count');
select set_config('cognito_supabase.trusted', 'anything', true);
select ok(not cognito_supabase.is_trusted(), 'nor does an invented one');
select tests.login('sub-ada');
select set_config('cognito_supabase.trusted', (select value from mark), true);
select ok(cognito_supabase.is_trusted(), 'it counts for its own claims in its transaction');

-- Free text of people is unknown to the planner.
select tests.as_owner();
select is_empty(
  $$ select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
       and a.attname in ('email', 'display_name', 'body', 'name', 'title') and a.attstattarget is distinct from 0 $$,
  'no statistics are kept of free text');

select * from finish();
rollback;
