/**
 * Databases without the module trust. The Data API exposes the schemas public and api. Each row is wrong in one way, or
 * right: then it has no finding.
 */
import type { FindingId } from '../../cli/doctor/catalogue/index.ts';

export interface BareRow {
  readonly how: string;
  readonly sql: string;
  readonly ids: readonly FindingId[];
}

/** Run once, as the superuser. */
export const BARE = `
  alter role authenticator set pgrst.db_schemas = 'public, api';
  create schema api authorization postgres;
  grant usage on schema api to anon, authenticated;
  create schema internal authorization postgres;`;

const bare = (how: string, ids: readonly FindingId[], sql: string): BareRow => ({ how, ids, sql });

/** A table with row-level security, which anon may write. */
const POSTS = `
  create table public.posts (id int primary key, owner_sub text);
  alter table public.posts enable row level security;
  create index on public.posts (owner_sub);
  grant select, insert, update on public.posts to anon, authenticated;`;
const OWN = `owner_sub = (select (select auth.jwt()) ->> 'sub')`;
const READ = `create policy "own" on public.posts for select to authenticated using (${OWN});`;
const ANYBODY = 'create policy "anybody" on public.posts for insert to anon with check (true);';

export const BARE_ROWS: readonly BareRow[] = [
  bare('a table with policies', [], `${POSTS}${READ}`),
  bare(
    'a table of another schema',
    ['table-without-rls'],
    'create table api.bare (id int); grant select on api.bare to anon',
  ),
  bare(
    'a grant to delete only',
    ['table-without-rls'],
    'create table public.bare (id int); grant delete on public.bare to authenticated',
  ),
  bare(
    'a schema that is not exposed',
    [],
    'create table internal.bare (id int); grant select on internal.bare to authenticated',
  ),
  bare(
    'a schema that the roles may not use',
    [],
    `create table api.bare (id int); grant select on api.bare to authenticated;
     revoke usage on schema api from anon, authenticated`,
  ),
  bare('anon writes every row', ['table-open-to-anon'], `${POSTS}${READ}${ANYBODY}`),
  bare(
    'two policies let anon write every row',
    ['table-open-to-anon'],
    `${POSTS}${READ}${ANYBODY} create policy "all" on public.posts for update using (true)`,
  ),
  bare(
    'anon has such a policy, and no grant',
    ['policy-always-true'],
    `${POSTS}${READ}${ANYBODY} revoke insert on public.posts from anon`,
  ),
  bare(
    'another policy restricts anon',
    ['policy-always-true'],
    `${POSTS}${READ}${ANYBODY}
     create policy "small" on public.posts as restrictive for insert to anon with check (id < 10)`,
  ),
  bare(
    'a view',
    ['view-past-policies'],
    `${POSTS}${READ} create view api.all_posts as select * from public.posts; grant select on api.all_posts to anon`,
  ),
  bare(
    'a view that reads as its caller',
    [],
    `${POSTS}${READ} create view api.all_posts with (security_invoker = on) as select * from public.posts;
     grant select on api.all_posts to anon`,
  ),
  bare(
    'a materialized view',
    ['materialized-view-exposed'],
    'create materialized view api.kept as select 1 as one; grant select on api.kept to authenticated',
  ),
  bare(
    'a foreign table',
    ['foreign-table-exposed'],
    `create foreign table api.people (username text) server cognito_server options (object 'users');
     grant select on api.people to authenticated`,
  ),
  bare(
    'a function that runs as its owner',
    ['function-without-search-path'],
    `create function api.mine() returns int language sql security definer as 'select 1'`,
  ),
  bare(
    'a policy of another schema',
    ['policy-with-auth-uid'],
    `create table api.letters (id uuid primary key); alter table api.letters enable row level security;
     grant select on api.letters to authenticated;
     create policy "own" on api.letters for select to authenticated using (id = auth.uid())`,
  ),
  bare(
    'no policies',
    ['table-without-policies'],
    `create table api.letters (id int); alter table api.letters enable row level security;
     grant select on api.letters to authenticated`,
  ),
];
