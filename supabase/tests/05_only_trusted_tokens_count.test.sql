-- Promise: the database accepts the tokens that its settings name, refuses others, and gives the reason.
begin;
\ir helpers/login.psql
\ir helpers/letters.psql
select plan(53);

insert into public.letters (owner_sub, body) values ('sub-ada', 'of Ada'), ('client-people', 'of a machine');

-- Number of letters that a caller with these claims reads, or the reason of the refusal. A refused caller
-- must read nothing by SQL either, and no error may tell whether there is a row.
create function tests.letters_seen(claims jsonb) returns text
  language plpgsql
  as $$
  declare
    answer text;
    seen integer;
  begin
    perform tests.login_with_claims(claims);
    answer := tests.request_answer();
    select count(*) into seen from public.letters;
    perform tests.as_owner();
    return case when answer = 'ok' then seen::text when seen > 0 then 'LEAK ' || answer else answer end;
  end
  $$;

select is(tests.letters_seen(tests.claims_of('sub-ada')), '1', 'a person with an access token of a trusted client sees their row');

select is(tests.letters_seen(tests.claims_of('sub-ada') || claims), expected, why)
from (values
  ('{"iss": "https://other.test/pool"}'::jsonb, 'PT403 the token is of another issuer', 'another issuer'),
  ('{"client_id": "client-other"}', 'PT403 the token is of an app client that is not trusted', 'another app client'),
  ('{"client_id": null}', 'PT403 the token is of an app client that is not trusted', 'no app client'),
  ('{"token_use": "id", "aud": "client-people"}', 'PT403 a token with token_use id is not accepted of this app client', 'an ID token'),
  ('{"token_use": "refresh"}', 'PT403 a token with token_use refresh is not accepted of this app client', 'an unknown kind of token'),
  ('{"token_use": null}', 'PT403 a token with token_use missing is not accepted of this app client', 'no kind'),
  ('{"client_id": "client-machine"}', 'PT403 a person''s token of an app client that is for machines', 'a person with a machine''s client'),
  ('{"sub": "client-people"}', 'PT403 a machine''s token of an app client that is for people', 'a machine with the people''s client')
) as cases (claims, expected, why);

select tests.login_with_claims(tests.claims_of('sub-ada') || '{"sub": null}');
select ok(tests.sees_nothing('public.letters'), 'no sub');
select tests.as_owner();
select matches(cognito_supabase.explain_trust(tests.claims_of('sub-ada') || claims), 'its claim sub names no person', 'not trusted: ' || left(claims::text, 40))
from unnest(array[
  '{"sub": ""}', '{"sub": 5}', '{"sub": ["x"]}', '{"sub": {"a": 1}}', '{"sub": "pending:vip@example.com"}',
  jsonb_build_object('sub', repeat('x', 256))]::jsonb[]) as claims;
select is((cognito_supabase.trust_problem(claims)).code, 'PT403', 'not trusted either: ' || claims::text)
from unnest(array['[]', '5', '"x"', 'null', '{}', '[{"sub": "x"}]']::jsonb[]) as claims;

-- Machines are accepted as machines, and never as a person.
select is(
  tests.letters_seen(tests.claims_of('client-machine') || '{"client_id": "client-machine"}'), '0',
  'a machine is trusted, and has no rows');

-- auth.uid() of the platform reads the sub as a UUID. A person's sub is one. For other subs, the request
-- check computes a UUID that no person has, always the same.
select tests.login_with_claims(tests.claims_of('2a7f5c1e-0b1d-4c53-9d5e-3f0a8f6b7c11'));
select is(tests.request_answer(), 'ok', 'a person''s sub is a UUID');
select is(auth.uid()::text, '2a7f5c1e-0b1d-4c53-9d5e-3f0a8f6b7c11', 'auth.uid() is the sub');
select is(cognito_supabase.uid(), auth.uid(), 'uid() is the sub');
select tests.login_with_claims(tests.claims_of('client-machine') || '{"client_id": "client-machine"}');
select is(tests.request_answer(), 'ok', 'a machine''s sub is not a UUID');
select is(auth.uid(), cognito_supabase.uid(), 'auth.uid() is the UUID that uid() computes from it');
select matches(cognito_supabase.uid()::text, '^.{14}8.{4}[89ab]', 'the UUID has version 8, which no sub has');
create temp table machine as select cognito_supabase.uid() as id;
select tests.login_with_claims(tests.claims_of('client-machine') || '{"client_id": "client-machine"}');
select is(cognito_supabase.uid(), (select id from machine), 'the UUID is the same each time');
select tests.login_with_claims(tests.claims_of('client-machine') || '{"client_id": "client-machine", "iss": "https://other.test/pool"}');
select isnt(cognito_supabase.uid(), (select id from machine), 'another issuer gives another UUID');
select tests.login_with_claims('{"role": "anon"}');
select is(cognito_supabase.uid(), null, 'without a token uid() is null');

select tests.as_owner();
select is(cognito_supabase.explain_trust(tests.claims_of('sub-ada')), 'trusted', 'explain_trust returns trusted');
select matches(cognito_supabase.explain_trust('{"role": "authenticated"}'), 'names no person', 'explain_trust returns the reason');
select matches(
  cognito_supabase.explain_trust(tests.claims_of('sub-ada') || '{"token_use": "id", "aud": "client-people"}'),
  'Send its access token', 'explain_trust returns what to do');

-- An ID token is accepted if the settings allow it.
select cognito_supabase.set_trust('[{"issuer": "https://issuer.test/pool", "client_id": "client-people", "token_use": ["access", "id"]}]');
select is(
  tests.letters_seen(tests.claims_of('sub-ada') - 'client_id' || '{"token_use": "id", "aud": "client-people"}'), '1',
  'an ID token is accepted if the settings allow it');

-- Without settings there is no access, and the error says how to set them.
select cognito_supabase.set_trust('[]');
select is(
  tests.letters_seen(tests.claims_of('sub-ada')), 'PT403 this database trusts no app client yet',
  'without settings nothing is visible');

select throws_ok(
  $$ select cognito_supabase.set_trust('{}') $$, 'PT400', 'set_trust wants a JSON array of app clients',
  'settings that are not a list are refused');
select throws_ok(
  $$ select cognito_supabase.set_trust('[{"issuer": "x", "client_id": "y", "tokenuse": ["id"]}]') $$, 'PT400',
  'set_trust does not know: tokenuse', 'a misspelt key is refused');
select throws_ok(
  $$ select cognito_supabase.set_trust('[{"issuer": "x", "client_id": "y", "kind": "machine", "token_use": ["id"]}]') $$,
  'PT400', 'a machine has no ID token: its token_use is ["access"]', 'an ID token of a machine is refused');
select throws_ok(
  format('select cognito_supabase.set_trust(%L)', settings), 'PT400', null, 'and ' || settings)
from unnest(array[
  null, '[1]', '[null]', '[{}]', '[{"issuer": "x"}]', '[{"issuer": "", "client_id": "y"}]',
  '[{"issuer": "x", "client_id": "y", "kind": "robot"}]',
  '[{"issuer": "x", "client_id": "y", "token_use": "access"}]',
  '[{"issuer": "x", "client_id": "y", "token_use": ["refresh"]}]',
  '[{"issuer": "x", "client_id": "y", "token_use": null}]',
  '[{"issuer": "x", "client_id": "y", "app_role": "support"}]',
  '[{"issuer": "x", "client_id": "y", "kind": "machine", "app_role": "king"}]',
  '[{"issuer": "x", "client_id": "y"}, {"issuer": "x", "client_id": "y", "kind": "machine"}]'
]) as settings;

select * from finish();
rollback;
