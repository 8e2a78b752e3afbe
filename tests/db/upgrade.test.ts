/**
 * `upgrade` from each release: the database is then the same as after a fresh installation of the next version. The
 * next version is the current one with a few more migrations, so that there is one right after a release, too.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { migrate } from '@cognito-supabase/local/migrate';
import { type Kit, readMigration, withNeeds } from '@cognito-supabase/local/modules';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { upgrade } from '../../cli/init/command.ts';
import { readHistory } from '../../cli/modules/history.ts';
import { planAdd } from '../../cli/modules/plan.ts';
import { type Release, readReleases } from '../../cli/release/releases.ts';
import { type Catalogue, catalogueOf, differences } from '../support/catalogue.ts';
import { type Additions, nextKit, releasedKit } from '../support/kit-versions.ts';
import { type ModuleWorld, startModuleWorld } from '../support/module-world.ts';
import { newDir, removeDir } from '../support/stack.ts';

/** An early and a late module: a column, a function that is replaced, a table, and a function that uses the table. */
const ADDITIONS: Additions = {
  trust: {
    '20980101000000_trusted_client_notes.sql': `
      alter table cognito_supabase.trusted_clients add column note text;
      comment on column cognito_supabase.trusted_clients.note is 'What the client is for.';
      create or replace function cognito_supabase.revocation_lifetime() returns interval
        language sql immutable
        set search_path = pg_catalog, pg_temp
        return interval '32 days';`,
  },
  profiles: {
    '20980101000100_profile_badges.sql': `
      create table public.badges (id uuid primary key default gen_random_uuid(), user_id uuid references public.app_users);
      select cognito_supabase.protect('public.badges');
      revoke all on public.badges from anon, authenticated, service_role;
      comment on table public.badges is 'Badges of people.';`,
  },
  accounts: {
    '20980101000200_account_badges.sql': `
      create function cognito_supabase.badges_of(sub text) returns bigint
        language sql stable
        set search_path = ''
        begin atomic
          select count(*) from public.badges as b join public.app_users as u on u.id = b.user_id
          where u.cognito_sub = badges_of.sub;
        end;
      revoke execute on function cognito_supabase.badges_of(text) from public;`,
  },
};

/** It does not say who may use its table, so the default privileges of that moment do. Module hardening changes those. */
const WITHOUT_GRANTS: Additions = {
  base: { '20980101000000_drafts.sql': 'create table public.drafts (id uuid primary key);' },
};

/** A migration of the project, newer than each migration of the kit. */
const OWN_FILE = '20990101000000_shelves.sql';
const OWN = `
  create table public.shelves (id uuid primary key, owner_sub text not null default auth.jwt() ->> 'sub');
  alter table public.shelves enable row level security;`;

const releases = await readReleases();
const oldest = releases.find(({ version }) => version === '0.1.0');
if (oldest === undefined) throw new Error('cli/release/released has no 0.1.0.json');

let world: ModuleWorld;
let dir: string;
let next: Kit;
beforeAll(async () => {
  dir = await newDir();
  next = await nextKit(ADDITIONS, path.join(dir, 'next'));
  world = await startModuleWorld();
});
afterAll(async () => {
  await world?.stop();
  await removeDir(dir);
});

interface State {
  readonly catalogue: Catalogue;
  readonly modules: readonly unknown[];
}

async function stateOf(client: pg.Client): Promise<State> {
  const { rows } = await client.query(
    'select name, needs, found from cognito_supabase.modules order by name',
  );
  return { catalogue: await catalogueOf(client), modules: rows };
}

/** The state of a fresh database after these statements. */
const stateAfter = (texts: readonly string[]): Promise<State> =>
  world.inFreshDatabase(async (client) => {
    for (const text of texts) await client.query(text);
    return stateOf(client);
  });

/** A project with modules of a kit, and then the migration of its own. */
class Project {
  readonly workdir: string;
  readonly migrations: string;
  private constructor(name: string) {
    this.workdir = path.join(dir, name);
    this.migrations = path.join(this.workdir, 'supabase/migrations');
  }

  static async make(name: string, kit: Kit, modules: readonly string[]): Promise<Project> {
    const project = new Project(name);
    const { workdir, migrations } = project;
    await mkdir(migrations, { recursive: true });
    await writeFile(path.join(workdir, 'supabase/config.toml'), 'project_id = "own"\n');
    const files = await planAdd(kit, await readHistory(migrations, kit), modules);
    for (const file of [...files, { name: OWN_FILE, text: OWN }])
      await writeFile(path.join(migrations, file.name), file.text);
    return project;
  }

  /** In the order of their versions. */
  names = async (): Promise<readonly string[]> => (await readdir(this.migrations)).toSorted();

  /** The state of a fresh database after all migrations. */
  async state(): Promise<State> {
    const read = (name: string) => readFile(path.join(this.migrations, name), 'utf8');
    return stateAfter(await Promise.all((await this.names()).map(read)));
  }

  /** @returns the names of the new files, in their order */
  async upgrade({ dir: kitDir }: Kit): Promise<readonly string[]> {
    const before = await this.names();
    await upgrade({ workdir: this.workdir, yes: true, kitDir }, () => {});
    return (await this.names()).filter((name) => !before.includes(name));
  }
}

/** A project that has modules of a release. */
const oldProject = async (name: string, release: Release, modules: readonly string[]) =>
  Project.make(name, await releasedKit(release, path.join(dir, `${name}-kit`)), modules);

/** Compares the new files with those that the kit has more than the release, and their order. */
function expectNewFiles(added: readonly string[], release: Release, modules: readonly string[]) {
  const released = Object.values(release.modules).flatMap((files) => Object.keys(files));
  const expected = withNeeds(next.modules, modules)
    .flatMap(({ files }) => files)
    .filter((file) => !released.includes(file));
  expect(added.map((name) => name.slice(15))).toEqual(
    expected.map((file) => `cognito_supabase_${file.slice(15)}`),
  );
  // The migration of the project is its newest.
  expect(added.filter((name) => name < OWN_FILE)).toEqual([]);
}

function expectSame(fresh: State, upgraded: State): void {
  expect(differences(fresh.catalogue, upgraded.catalogue)).toEqual([]);
  expect(upgraded.modules).toEqual(fresh.modules);
}

test.each(releases)(
  'a database with all modules of $version becomes what a fresh one is',
  async (release) => {
    const modules = Object.keys(release.modules);
    const project = await oldProject(`all-${release.version}`, release, modules);
    const [before, after] = await world.inFreshDatabase(async (client, databaseUrl) => {
      // The Supabase CLI, which refuses a file that comes before one that is applied.
      const push = () => migrate({ workdir: project.workdir, databaseUrl, vault: {} });
      await push();
      const old = await stateOf(client);
      expectNewFiles(await project.upgrade(next), release, modules);
      await push();
      return [old, await stateOf(client)];
    });
    const fresh = await Project.make(`all-${release.version}-fresh`, next, modules);
    expectSame(await fresh.state(), after);

    // The comparison sees what the release lacks.
    expect(differences(before.catalogue, after.catalogue)).toEqual(
      expect.arrayContaining([
        '+ column cognito_supabase.trusted_clients.note',
        '+ function cognito_supabase.badges_of(sub text)',
        '+ policy Only trusted tokens on public.badges',
        expect.stringMatching(
          /^~ function cognito_supabase\.revocation_lifetime\(\): .*'31 days'.*'32 days'/s,
        ),
      ]),
    );
  },
);

test('a project with some modules becomes what a fresh one with these is', async () => {
  const modules = ['base', 'audit', 'trust'];
  const project = await oldProject('some', oldest, modules);
  expectNewFiles(await project.upgrade(next), oldest, modules);
  const upgraded = await project.state();
  expectSame(await (await Project.make('some-fresh', next, modules)).state(), upgraded);
  expect(upgraded.catalogue.has('column cognito_supabase.trusted_clients.note')).toBe(true);
  expect(upgraded.catalogue.has('table public.badges')).toBe(false);
});

test('a migration that depends on the order of the modules is found', async () => {
  const kit = await nextKit(WITHOUT_GRANTS, path.join(dir, 'order-next'));
  const modules = ['base', 'hardening'];
  const project = await oldProject('order', oldest, modules);
  await project.upgrade(kit);
  const fresh = await (await Project.make('order-fresh', kit, modules)).state();
  expect(differences(fresh.catalogue, (await project.state()).catalogue)).toEqual([
    expect.stringMatching(/^~ table public\.drafts: .*authenticated=.* → (?!.*authenticated=)/),
  ]);
});

test('a clone of the kit, which applies the files by their versions, becomes the same', async () => {
  const all = next.modules.map(({ name }) => name);
  const names = (await readdir(path.join(next.dir, 'migrations'))).toSorted();
  const texts = await Promise.all(names.map((name) => readMigration(name, next.dir)));
  expectSame(
    await (await Project.make('all', next, all)).state(),
    await stateAfter([...texts, OWN]),
  );
});
