-- Promise: what the service blocks does not sign in, old and repeated reports change nothing, and only the service says so.
begin;
\ir helpers/login.psql
select plan(25);
truncate cognito.directory, cognito.directory_history, cognito.refresh_runs;

select tests.login('sub-ann');
select throws_ok($$ select public.block_address('ann@example.com') $$, '42501', null, 'people block nobody');
select throws_ok($$ select public.sign_in_problem('sub-ann') $$, '42501', null, 'and do not ask');
select throws_ok($$ select public.record_sign_in('sub-ann', now()) $$, '42501', null, 'and record nothing');
select throws_ok($$ select public.apply_account_event('m', 'sub-ann', 'enabled', now()) $$, '42501', null, 'and report nothing');

select tests.login_with_claims('{"role": "service_role"}');
select public.disable_user('sub-bob');
select is(public.sign_in_problem('sub-bob', '{bob@example.com}'), 'disabled', 'a disabled person');
select is(public.sign_in_problem('sub-ann', '{ann@example.com}'), null, 'an address that is not blocked');
select public.block_address(' Ann@Example.com ', 'spam');
select is(public.sign_in_problem('sub-ann', '{ANN@example.com}'), 'blocked', 'a blocked address, in any case');
select is(public.sign_in_problem('sub-cid', '{cid@example.com}'), null, 'its domain is not blocked');
select public.block_address('@bad.example');
select is(public.sign_in_problem('sub-cid', '{cid@bad.example}'), 'blocked', 'a blocked domain');
select is(public.sign_in_problem('sub-cid', '{cid@sub.bad.example}'), null, 'not what is below it');
select public.block_address('ann@example.com', until => now() - interval '1 s');
select is(public.sign_in_problem('sub-ann', '{ann@example.com}'), null, 'a block ends at its time');
select public.unblock_address('@BAD.example');
select is(public.sign_in_problem('sub-cid', '{cid@bad.example}'), null, 'an unblocked domain');
select throws_ok($$ select public.block_address('everybody') $$, 'PT400', null, 'a text that is no address');
select throws_ok($$ select public.block_address(null) $$, 'PT400', null, 'and none');

select ok(public.record_sign_in('sub-ann', now(), 'web'), 'a sign-in');
select ok(not public.record_sign_in('sub-ann', now(), 'web'), 'twice is once');

-- Reports by webhooks.
select ok(public.apply_account_event('m1', 'sub-dan', 'disabled', now()), 'a report');
select ok(not public.apply_account_event('m1', 'sub-dan', 'enabled', now() + interval '1 s'), 'a message counts once');
select ok(public.apply_account_event('m2', 'sub-dan', 'enabled', now() - interval '1 hour'), 'an older report is taken');
select is(public.sign_in_problem('sub-dan'), 'disabled', 'and changes nothing');
select ok(public.apply_account_event('m3', 'sub-dan', 'enabled', now() + interval '1 s'), 'a newer one');
select is(public.sign_in_problem('sub-dan'), null, 'does');
select throws_ok($$ select public.apply_account_event('', 'sub-dan', 'enabled', now()) $$, 'PT400', null, 'a message has an id');

-- Forgotten people stay forgotten.
select tests.as_owner();
select cognito.forget('sub-dan');
select public.record_sign_in('sub-dan', now());
select is_empty($$ select from cognito_supabase.sign_ins where sub = 'sub-dan' $$, 'a late sign-in of a forgotten person');
update cognito_supabase.sign_ins set happened_at = now() - interval '91 days';
select cmp_ok(cognito_supabase.sweep_accounts(), '>=', 1, 'old rows are swept');
select * from finish();
rollback;
