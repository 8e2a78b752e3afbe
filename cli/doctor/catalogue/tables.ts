/** Findings about tables, views, functions and policies. */
import { error, note, warning } from './entry.ts';

export const TABLES = {
  'table-without-rls': error(
    'a table of the Data API has no row-level security',
    'Everybody who may read it reads the rows of everybody.',
    "select cognito_supabase.protect('TABLE')",
  ),
  'table-open-to-anon': error(
    'somebody who has not signed in has a grant on a table',
    'The publishable key is in every copy of the app, so everybody has it.',
    "select cognito_supabase.protect('TABLE')",
  ),
  'table-without-trust-policy': error(
    'a table has no trust policy',
    'It accepts ended sessions, disabled people, ID tokens and other app clients in Realtime, Storage and SQL.',
    "select cognito_supabase.protect('TABLE')",
  ),
  'table-without-write-check': warning(
    'a table does not check trust again after a write',
    'A statement that waited for a lock writes, although its session was ended meanwhile.',
    "select cognito_supabase.protect('TABLE')",
  ),
  'table-without-policies': note(
    'people have a grant on a table, and no policy lets them read or write a row',
    'Every answer is empty, and no error says why.',
    'create a policy for each operation, or revoke the grant',
  ),
  'view-past-policies': error(
    'a view reads as its owner',
    'It shows rows that the policies of its tables would hide.',
    'alter view VIEW set (security_invoker = true)',
  ),
  'materialized-view-exposed': error(
    'a materialized view can be read by the Data API',
    'Row-level security has no say in it, so everybody reads all of it.',
    'revoke all on VIEW from anon, authenticated',
  ),
  'foreign-table-exposed': error(
    'a foreign table can be read by the Data API',
    'Row-level security has no say in it, and each request reads the other server.',
    'revoke all on TABLE from anon, authenticated',
  ),
  'function-without-trust': warning(
    'a function runs as its owner and does not ask whether the token is trusted',
    'Policies do not bind the owner, and an ended session can still call it by Realtime or SQL.',
    'perform cognito_supabase.require_trust() as its first line; select … in a function of language sql',
  ),
  'function-without-search-path': warning(
    'a function runs as its owner with the search path of its caller',
    'A caller can put an object of the same name in front, which then runs with the rights of the owner.',
    'alter routine ROUTINE set search_path = the schemas that its body names without a schema, and pg_temp at the end',
  ),
  'private-schema-open': error(
    'a role of the Data API may use a schema with data of all people',
    'The schema has no policies, because nobody was to reach it.',
    'revoke all on schema SCHEMA from anon, authenticated',
  ),
  'private-table-open': error(
    'a role of the Data API has a grant on a private table of the kit',
    'Directory, audit and settings of trust are data of all people.',
    'revoke all on TABLE from anon, authenticated',
  ),
  'default-grants-open': note(
    'new tables of schema public are granted to everybody by default',
    'A table that somebody forgets to protect is open from its first minute.',
    'npx cognito-supabase modules add hardening',
  ),
  'refers-to-auth-users': warning(
    'a foreign key refers to auth.users',
    'People of Cognito are not in that table, so each insert for them fails with 23503.',
    'alter table TABLE drop constraint NAME, and refer to public.app_users',
  ),
  'trigger-on-auth-users': warning(
    'a trigger on auth.users makes rows for new people',
    'It never runs for people of Cognito.',
    'call ensure_profile(), or use the post-confirmation trigger of the pool',
  ),
  'policy-with-auth-uid': warning(
    'a policy names auth.uid()',
    'It fails with 22P02 outside of the Data API where the sub is no UUID, as for machines.',
    "(select (select auth.jwt()) ->> 'sub'), or (select cognito_supabase.uid())",
  ),
  'policy-with-bare-jwt': warning(
    'a policy names auth.jwt() outside of a subselect',
    'It is computed for each row. A table of a million rows then takes seconds.',
    "(select (select auth.jwt()) ->> 'sub')",
  ),
  'policy-operator-outside': warning(
    'a policy applies an operator to the token outside of the subselect',
    'PostgreSQL 17.12 does not use the index for it where the table has the trust policy.',
    "(select (select auth.jwt()) ->> 'sub') instead of ((select auth.jwt()) ->> 'sub')",
  ),
  'policy-in-select': warning(
    'a policy compares with in (select …)',
    'Every row is compared. The other form uses the index, and is about 150 times as fast at a million rows.',
    '= any (array(select …))',
  ),
  'policy-with-exists': warning(
    'a policy asks exists (select …) for each row',
    'It runs a subselect for each row: about 300 times the time without a policy at a million rows.',
    'COLUMN = any (array(select FUNCTION()))',
  ),
  'policy-function-for-each-row': warning(
    'a policy calls a function for each row',
    'A function that looks something up takes about 17,000 times as long at a million rows.',
    'COLUMN = any (array(select FUNCTION())), or (select FUNCTION()) without an argument of the row',
  ),
  'policy-column-unindexed': warning(
    'no index begins with a column of a policy',
    'Each request reads the whole table.',
    'create index on TABLE (COLUMN)',
  ),
  'policy-for-every-role': warning(
    'a policy is for every role',
    'It is computed for anon and the service too, and opens the table if somebody grants it to anon.',
    'alter policy NAME on TABLE to authenticated',
  ),
  'policy-always-true': warning(
    'a policy lets everybody write every row',
    'Each person can change and delete the rows of all others.',
    'compare a column with the sub of the token in the policy',
  ),
};
