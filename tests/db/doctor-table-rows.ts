/** Tables, views, functions and policies that are wrong, each by the SQL that breaks a right database. */
import { type DatabaseRow, row } from './doctor-row.ts';

const SUB = `(select (select auth.jwt()) ->> 'sub')`;
const JWT = '(select auth.jwt())';

/** A right table. */
const LETTERS = `
  create table public.letters (id uuid primary key default gen_random_uuid(), owner_sub text not null, owner_id uuid, body text);
  create index on public.letters (owner_sub);
  create index on public.letters (owner_id);
  grant select, insert on public.letters to authenticated;
  select cognito_supabase.protect('public.letters');`;
const OWN = `create policy "own" on public.letters for select to authenticated using (owner_sub = ${SUB});`;
const letters = (more: string): string => `${LETTERS}${OWN}${more}`;
const policy = (using: string): string =>
  `${LETTERS} create policy "own" on public.letters for select to authenticated using (${using});`;

const TABLES = [
  row(
    'table-without-rls',
    'row-level security is switched off',
    letters('alter table public.letters disable row level security'),
  ),
  row(
    'table-without-rls',
    'a bare table with a grant',
    'create table public.bare (id int); grant select on public.bare to authenticated',
  ),
  row(
    'table-open-to-anon',
    'a grant for the whole table',
    letters('grant select on public.letters to anon'),
  ),
  row(
    'table-open-to-anon',
    'a grant for one column',
    letters('grant select (body) on public.letters to anon'),
  ),
  row(
    'table-without-trust-policy',
    'it was dropped',
    letters('drop policy "Only trusted tokens" on public.letters'),
  ),
  row(
    'table-without-trust-policy',
    'it is true for all',
    letters('alter policy "Only trusted tokens" on public.letters using (true)'),
  ),
  row(
    'table-without-trust-policy',
    'on files',
    'drop policy "Only trusted tokens" on storage.objects',
  ),
  row(
    'table-without-trust-policy',
    'on channels',
    'drop policy "Only trusted tokens" on realtime.messages',
  ),
  row(
    'table-without-write-check',
    'the trigger was dropped',
    letters('drop trigger "Trust holds until the end" on public.letters'),
  ),
  row(
    'table-without-write-check',
    'the trigger is disabled',
    letters('alter table public.letters disable trigger "Trust holds until the end"'),
  ),
  row('table-without-policies', 'a grant, and no policy', LETTERS),
  row(
    'view-past-policies',
    'without security_invoker',
    'create view public.everything as select * from public.notes; grant select on public.everything to authenticated',
  ),
  row(
    'materialized-view-exposed',
    'with a grant',
    'create materialized view public.kept as select 1 as one; grant select on public.kept to authenticated',
  ),
  row(
    'foreign-table-exposed',
    'the pool in schema public',
    `create foreign table public.pool_users (username text) server cognito_server options (object 'users'); grant select on public.pool_users to authenticated`,
  ),
  row(
    'function-without-trust',
    'security definer',
    `create function public.mine() returns int language sql security definer set search_path = '' as 'select 1'`,
  ),
  row(
    'function-without-search-path',
    'security definer',
    `create function public.mine() returns void language plpgsql security definer as 'begin perform cognito_supabase.require_trust(); end'`,
  ),
  row('private-schema-open', 'the directory', 'grant usage on schema cognito to authenticated'),
  row('private-schema-open', 'the audit', 'grant usage on schema cognito_audit to anon'),
  row('private-table-open', 'the directory', 'grant select on cognito.directory to authenticated'),
  row(
    'private-table-open',
    'the settings of trust',
    'grant update on cognito_supabase.trusted_clients to authenticated',
  ),
  row(
    'default-grants-open',
    'for anon',
    'alter default privileges in schema public grant select on tables to anon',
  ),
  row(
    'refers-to-auth-users',
    'a column',
    'alter table public.notes add column account uuid references auth.users',
  ),
  row(
    'trigger-on-auth-users',
    'for new accounts',
    `create function public.on_account() returns trigger language plpgsql as 'begin return new; end'; create trigger on_account after insert on auth.users for each row execute function public.on_account()`,
  ),
];

const POLICIES = [
  row(
    'policy-function-for-each-row',
    'a membership by an argument',
    `create function public.is_mine(owner text) returns boolean language sql stable as $$ select owner = (select auth.jwt()) ->> 'sub' $$;
     ${policy('public.is_mine(owner_sub)')}`,
  ),
  row(
    'policy-function-for-each-row',
    'a function without an argument, bare',
    policy('owner_sub = cognito_supabase.current_sub()'),
  ),
  row('policy-with-auth-uid', 'bare', policy('owner_id = auth.uid()')),
  row('policy-with-auth-uid', 'in a subselect', policy('owner_id = (select auth.uid())')),
  row('policy-with-bare-jwt', 'for each row', policy(`owner_sub = (auth.jwt() ->> 'sub')`)),
  row(
    'policy-with-bare-jwt',
    'a part of a condition',
    policy(`owner_sub = ${SUB} and auth.jwt() ->> 'app_role' = 'editors'`),
  ),
  row(
    'policy-operator-outside',
    'the form of the advisor',
    policy(`owner_sub = (${JWT} ->> 'sub')`),
  ),
  row(
    'policy-in-select',
    'a list of ids',
    policy('id in (select w.id from public.workspaces as w)'),
  ),
  row(
    'policy-with-exists',
    'a membership',
    policy(`exists (select from public.workspace_members as m where m.workspace_id = letters.id)`),
  ),
  row('policy-column-unindexed', 'one column', policy(`body = ${SUB}`)),
  row(
    'policy-column-unindexed',
    'an index that ends with it',
    `create table public.drafts (id int, owner_sub text); create index on public.drafts (id, owner_sub); grant select on public.drafts to authenticated; select cognito_supabase.protect('public.drafts'); create policy "own" on public.drafts for select to authenticated using (owner_sub = ${SUB})`,
  ),
  row(
    'policy-for-every-role',
    'without "to"',
    `${LETTERS} create policy "own" on public.letters for select using (owner_sub = ${SUB})`,
  ),
  row(
    'policy-always-true',
    'of inserts',
    letters('create policy "all" on public.letters for insert to authenticated with check (true)'),
  ),
  row(
    'policy-always-true',
    'of updates',
    letters('create policy "all" on public.letters for update to authenticated using (true)'),
  ),
];

export const TABLE_ROWS: readonly DatabaseRow[] = [...TABLES, ...POLICIES];
