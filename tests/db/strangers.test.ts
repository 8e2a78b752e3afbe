/** An existing project: it adds modules, its own tests still pass, and the modules can be removed. */
import { readManifest, withNeeds } from '@cognito-supabase/local/modules';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogueOf, differences } from '../support/catalogue.ts';
import { install, type ModuleWorld, remove, startModuleWorld } from '../support/module-world.ts';
import { expectPgtap } from '../support/pgtap.ts';

const { modules } = await readManifest();
let world: ModuleWorld;
beforeAll(async () => {
  world = await startModuleWorld();
});
afterAll(() => world?.stop());

/** As Supabase's own guides have it: profiles, a trigger on auth.users, helpers in a schema private. */
const PROJECT = `
  create schema private;
  grant usage on schema private to authenticated;
  create table public.profiles (
    id uuid primary key default auth.uid() references auth.users (id) on delete cascade,
    name text
  );
  create table public.teams (id int primary key generated always as identity, owner_id uuid not null default auth.uid());
  create function private.owns(team int) returns boolean language sql security definer stable
    set search_path = '' as $$ select exists (select from public.teams where id = team and owner_id = auth.uid()) $$;
  create function private.new_user() returns trigger language plpgsql security definer set search_path = '' as $$
    begin insert into public.profiles (id, name) values (new.id, new.email); return new; end $$;
  create trigger on_auth_user_created after insert on auth.users for each row execute function private.new_user();
  alter table public.profiles enable row level security;
  alter table public.teams enable row level security;
  create policy "Profiles are their own" on public.profiles for select to authenticated using ((select auth.uid()) = id);
  create policy "Teams are their owner's" on public.teams for select to authenticated using (private.owns(id));
  create policy "Everybody makes teams" on public.teams for insert to authenticated with check ((select auth.uid()) = owner_id);`;

const [ADA, BOB] = ['8d1c7f0a-5a0e-4f0e-9d0a-1f6a3c9b2e11', '3f2a9c4d-7b61-4a58-8c3d-2b7e6f5a4d22'];

/** Their own tests, with tokens of Supabase Auth, as they were written before the kit came. */
const OWN_TESTS = `
  begin;
  create extension if not exists pgtap with schema extensions;
  select plan(5);
  insert into auth.users (id, email) values ('${ADA}', 'ada@example.com'), ('${BOB}', 'bob@example.com');
  select is((select count(*)::int from public.profiles), 2, 'the trigger makes profiles');
  set local role authenticated;
  set local request.jwt.claims = '{"sub": "${ADA}", "role": "authenticated", "aud": "authenticated"}';
  select results_eq('select name from public.profiles', $$ values ('ada@example.com') $$, 'Ada sees her profile');
  select lives_ok('insert into public.teams default values', 'and makes a team');
  select is((select count(*)::int from public.teams), 1, 'which she sees');
  set local request.jwt.claims = '{"sub": "${BOB}", "role": "authenticated", "aud": "authenticated"}';
  select is((select count(*)::int from public.teams), 0, 'and Bob does not');
  select * from finish();
  rollback;`;

/** Runs `work` as a caller with a token of Cognito, behind the check of each request, and undoes it. */
async function asCaller<T>(client: pg.Client, claims: object, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query("select set_config('request.jwt.claims', $1, true)", [
      JSON.stringify({
        role: 'authenticated',
        iss: 'https://issuer.test/pool',
        token_use: 'access',
        ...claims,
      }),
    ]);
    await client.query('set local role authenticated');
    await client.query('select cognito_supabase.check_request()');
    return await work();
  } finally {
    await client.query('rollback');
  }
}

test('takes trust and directory, its tests pass as before, and it gives them back', async () => {
  await world.inFreshDatabase(async (client, url) => {
    await client.query(PROJECT);
    await expectPgtap(url, OWN_TESTS);
    await client.query('create extension if not exists pgtap with schema extensions');
    const before = await catalogueOf(client);

    const taken = withNeeds(modules, ['trust', 'directory']);
    await install(client, taken);
    await expectPgtap(url, OWN_TESTS);
    // Nothing of the project has changed, except the setting that calls the check of each request.
    const changed = differences(before, await catalogueOf(client)).filter(
      (line) => line[0] !== '+',
    );
    expect(changed).toEqual([
      expect.stringMatching(/^~ settings of authenticator: .*check_request/),
    ]);

    await remove(client, taken);
    expect(differences(before, await catalogueOf(client))).toEqual([]);
    await expectPgtap(url, OWN_TESTS);
  });
});

test('its policies on auth.uid() work with tokens of Cognito, and with subs that are no UUID', async () => {
  await world.inFreshDatabase(async (client) => {
    await client.query(PROJECT);
    await install(client, withNeeds(modules, ['trust']));
    await client.query(`select cognito_supabase.set_trust('[
      {"issuer": "https://issuer.test/pool", "client_id": "people"},
      {"issuer": "https://issuer.test/pool", "client_id": "machine", "kind": "machine"}]')`);
    await client.query('insert into public.teams (owner_id) values ($1), ($2)', [ADA, BOB]);
    const teams = async () =>
      (await client.query('select owner_id from public.teams')).rows.map((row) => row.owner_id);
    const person = { client_id: 'people', auth_time: 1 };

    expect(await asCaller(client, { ...person, sub: ADA }, teams)).toEqual([ADA]);
    // A person from Google also has a UUID as sub. Only the username is google_….
    const federated = { ...person, sub: BOB, username: 'google_1234567890' };
    expect(await asCaller(client, federated, teams)).toEqual([BOB]);
    // A machine's sub is its client_id, and some issuers have other subs. auth.uid() alone raises 22P02.
    for (const odd of [
      { client_id: 'machine', sub: 'machine' },
      { ...person, sub: 'auth0|5f7c8ec7c33c6c004bbafe82' },
      { ...person, sub: `${ADA} ` },
    ]) {
      expect(await asCaller(client, odd, teams)).toEqual([]);
      const own = await asCaller(client, odd, async () => {
        await client.query('insert into public.teams default values');
        return teams();
      });
      expect(own).toEqual([expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8/)]);
    }
  });
});

test('new tables are guarded by themselves, by choice', async () => {
  await world.inFreshDatabase(async (client, url) => {
    await install(client, withNeeds(modules, ['trust']));
    // On plain Postgres only superusers may create event triggers. On the platform postgres may
    // (supautils).
    await expect(
      client.query('select cognito_supabase.protect_new_tables()'),
    ).rejects.toMatchObject({
      code: '42501',
      message: 'the role postgres may not make event triggers on this server',
    });
    await world.asSuperuser(url, (superuser) =>
      superuser.query('select cognito_supabase.protect_new_tables()'),
    );
    const open = async () =>
      (await client.query('select name, missing from cognito_supabase.unguarded order by name'))
        .rows;
    await client.query('create table public.made (id int primary key)');
    await client.query('create table public.made_as as select 1 as id');
    await client.query('create temporary table made_for_now (id int)');
    await client.query('create schema other; create table other.made (id int)');
    expect(await open()).toEqual([]);
    await client.query('create view public.all_made as select * from public.made');
    expect(await open()).toMatchObject([{ name: 'public.all_made' }]);

    await world.asSuperuser(url, (superuser) =>
      superuser.query('select cognito_supabase.protect_new_tables(false)'),
    );
    await client.query('create table public.made_later (id int primary key)');
    expect(await open()).toMatchObject([
      { name: 'public.all_made' },
      { name: 'public.made_later' },
    ]);
    expect(
      (await client.query("select cognito_supabase.unprotect('public.made') as said")).rows,
    ).toEqual([{ said: expect.stringContaining('made is not guarded any more') }]);
  });
});

test("a schema cognito and cognito.users by Supabase's own guide are used, and stay", async () => {
  await world.inFreshDatabase(async (client) => {
    // https://supabase.com/docs/guides/database/extensions/wrappers/cognito
    await client.query('create schema if not exists cognito');
    await client.query('create extension if not exists wrappers with schema extensions');
    await client.query(`
      create server cognito_server foreign data wrapper cognito_wrapper options (
        aws_access_key_id 'own', api_key_id '00000000-0000-0000-0000-000000000001',
        region 'eu-central-1', user_pool_id 'eu-central-1_Own');
      create foreign table cognito.users (
        username text, email text, status text, enabled boolean, created_at timestamp, updated_at timestamp,
        attributes jsonb) server cognito_server options (object 'users');
      revoke all on cognito.users from anon, authenticated, service_role;`);
    const names = (of: ReadonlyMap<string, string>) => [...of.keys()].sort();
    const before = await catalogueOf(client);
    const taken = withNeeds(modules, ['directory']);
    await install(client, taken);
    await remove(client, taken);
    expect(names(await catalogueOf(client))).toEqual(names(before));
  });
});

test('a name that is taken is refused, and nothing of the module is left', async () => {
  await world.inFreshDatabase(async (client) => {
    await client.query('create table public.app_users (id int)');
    await install(client, withNeeds(modules, ['trust']));
    const before = await catalogueOf(client);
    const profiles = modules.filter(({ name }) => name === 'profiles');
    await expect(install(client, profiles)).rejects.toThrow('relation "app_users" already exists');
    expect(differences(before, await catalogueOf(client))).toEqual([]);
  });
});
