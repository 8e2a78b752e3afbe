-- Promise: the Data API checks a request before it plans anything: the token, the role, and that no
-- estimates of the planner are requested.
begin;
\ir helpers/login.psql
select plan(21);

select is(
  (select setting from pg_db_role_setting, unnest(setconfig) as setting
   where setrole = 'authenticator'::regrole and setting like 'pgrst.db\_pre\_request=%'),
  'pgrst.db_pre_request=cognito_supabase.check_request', 'the Data API is set to call the check');

select tests.logout();
select is(tests.request_answer(), 'ok', 'a request without a token passes, as anon');
select tests.login('sub-ada');
select is(tests.request_answer(), 'ok', 'a request with a trusted token passes');
select is(tests.request_answer('{"prefer": "return=representation, count=exact"}'), 'ok', 'a request for an exact count passes');
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"client_id": "other"}');
select is(
  tests.request_answer(), 'PT403 the token is of an app client that is not trusted', 'a token of another app client is refused');
select is(
  tests.request_answer('{"prefer": "count=planned"}'), 'PT403 the token is of an app client that is not trusted',
  'it is refused with any header');

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
select matches(tests.request_answer('{"prefer": "count=planned"}'), '^PT400', 'estimates are refused without a token');
select tests.login_with_claims('{"role": "service_role"}');
select is(tests.request_answer('{"prefer": "count=planned"}'), 'ok', 'the service may ask for estimates');

-- Only the secret key runs as the service. A token of the user pool never does, whatever its claim role
-- is.
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"role": "service_role"}');
select matches(tests.request_answer(), '^PT403 a Cognito token cannot run as the role service_role', 'a Cognito token cannot run as the service');

-- A caller cannot make the mark of a checked request, or use it in another one.
select tests.login('sub-ada');
select throws_ok($$ select cognito_supabase.trust_mark() $$, '42501', null, 'a caller cannot make the mark');
select tests.request_answer();
create temp table mark as select current_setting('cognito_supabase.trusted') as value;
grant select on mark to authenticated;
select tests.login_with_claims(tests.claims_of('sub-ada') || '{"client_id": "other"}');
select set_config('cognito_supabase.trusted', (select value from mark), true);
select ok(not cognito_supabase.is_trusted(), 'a mark of other claims is not accepted');
select set_config('cognito_supabase.trusted', 'anything', true);
select ok(not cognito_supabase.is_trusted(), 'an invented mark is not accepted');
select tests.login('sub-ada');
select set_config('cognito_supabase.trusted', (select value from mark), true);
select ok(cognito_supabase.is_trusted(), 'a mark is accepted for its own claims in its transaction');

-- The planner has no statistics of free text.
select tests.as_owner();
select is_empty(
  $$ select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
       and a.attname in ('email', 'display_name', 'body', 'name', 'title') and a.attstattarget is distinct from 0 $$,
  'no statistics are kept of free text');

select * from finish();
rollback;
