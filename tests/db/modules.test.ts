/** The modules of the database: each uses only its needs, and its removal leaves nothing. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  MANIFEST_FILE,
  type Module,
  readManifest,
  withNeeds,
} from '@cognito-supabase/local/modules';
import { runSupabase } from '@cognito-supabase/local/supabase-cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf, differences } from '../support/catalogue.ts';
import { install, type ModuleWorld, remove, startModuleWorld } from '../support/module-world.ts';
import { expectPgtap, readPgtap } from '../support/pgtap.ts';

const SUPABASE_DIR = path.resolve(import.meta.dirname, '../../supabase');
const TESTS_DIR = path.join(SUPABASE_DIR, 'tests');
const { modules, tests } = await readManifest();
const names = modules.map(({ name }) => name);
const files = Object.entries(tests);

let world: ModuleWorld;
beforeAll(async () => {
  world = await startModuleWorld();
});
afterAll(() => world?.stop());

/** The objects of a module, as in the manifest: kind → names. Parts of a table are left out. */
function madeIn(lines: readonly string[]): Module['makes'] {
  const makes: Record<string, string[]> = {};
  for (const line of lines) {
    const [, sign, kind = '', name = ''] =
      /^([-+~]) ((?:foreign table|event trigger|settings of|role|[a-z]+)) (.*)$/s.exec(line) ?? [];
    if (/^(index|column|constraint|sequence)$/.test(kind)) continue;
    const [list, entry] =
      sign === '+' ? [kind, name] : ['changes', `${kind} ${name.replace(/: .*/s, '')}`];
    makes[list] = [...(makes[list] ?? []), entry];
  }
  return makes;
}

describe('the manifest', () => {
  test('has each migration in one module, and each pgTAP file', async () => {
    const listed = modules.flatMap((module) => module.files);
    expect(listed.toSorted()).toEqual(await readdir(path.join(SUPABASE_DIR, 'migrations')));
    const pgtap = (await readdir(TESTS_DIR)).filter((name) => name.endsWith('.test.sql'));
    expect(Object.keys(tests).toSorted()).toEqual(pgtap);
  });

  test('names what each module makes and changes', async () => {
    const described = await world.inFreshDatabase(async (client) => {
      const found: Module[] = [];
      for (const module of modules) {
        const before = await catalogueOf(client);
        await install(client, [module]);
        const makes = madeIn(differences(before, await catalogueOf(client)));
        found.push({ ...module, makes });
      }
      return found;
    });
    const text = `${JSON.stringify({ modules: described, tests }, null, 2)}\n`;
    await expect(text, 'run `vitest run -u` on this file').toMatchFileSnapshot(MANIFEST_FILE);
  });
});

describe.each(modules)('$name', ({ name }) => {
  test('installs with what it needs, passes the advisors, and is removed without a trace', async () => {
    const wanted = withNeeds(modules, [name]);
    await world.inFreshDatabase(async (client, url) => {
      const before = await catalogueOf(client);
      await install(client, wanted);
      const args = ['db', 'advisors', '--level=warn', '--fail-on=warn'];
      const { code, output } = await runSupabase(url, args);
      expect(output).toContain('No issues found');
      expect(code).toBe(0);
      await remove(client, wanted);
      expect(differences(before, await catalogueOf(client))).toEqual([]);
    });
  });

  // In both orders, so that each one is also installed second.
  test('with each other module, in this order', async () => {
    const first = withNeeds(modules, [name]);
    await world.inFreshDatabase(async (client) => {
      const before = await catalogueOf(client);
      await install(client, first);
      const between = await catalogueOf(client);
      for (const other of names.filter((second) => second !== name)) {
        const second = withNeeds(modules, [other]).filter((module) => !first.includes(module));
        // Its needs are tested above.
        if (second.length === 0) continue;
        // Rolled back, so that the first module is there for the next one.
        await client.query('begin');
        await install(client, second);
        await remove(client, second);
        expect(differences(between, await catalogueOf(client)), `${other} is removed`).toEqual([]);
        await remove(client, first);
        expect(differences(before, await catalogueOf(client)), `${name} is removed`).toEqual([]);
        await client.query('rollback');
      }
    });
  });
});

test.each(files)('%s passes with %j and what they need alone', async (file, needs) => {
  await world.inFreshDatabase(async (client, url) => {
    await install(client, withNeeds(modules, needs));
    await expectPgtap(url, await readPgtap(path.join(TESTS_DIR, file)));
  });
});

describe('refused with the reason', () => {
  const only = (...wanted: string[]) => modules.filter(({ name }) => wanted.includes(name));
  test('a module without its needs', async () => {
    await world.inFreshDatabase(async (client) => {
      await install(client, only('base'));
      await expect(install(client, only('tenancy'))).rejects.toThrow(
        'the module tenancy needs profiles, which is not installed',
      );
      await install(client, only('audit'));
      await expect(install(client, only('audit'))).rejects.toThrow(
        'the module audit is installed already',
      );
    });
  });

  test('removing what another module, a function, a view or a policy of the project uses', async () => {
    await world.inFreshDatabase(async (client) => {
      await install(client, withNeeds(modules, ['profiles']));
      const before = await catalogueOf(client);
      await expect(remove(client, only('trust'))).rejects.toThrow('trust is needed by: profiles');
      await expect(remove(client, only('analytics'))).rejects.toThrow('analytics is not installed');
      const uses: [string, string, string][] = [
        [
          'create function public.mine() returns bool language sql as $$ select count(*) > 0 from public.app_users $$',
          'drop function public.mine()',
          'profiles is used by these functions: public.mine()',
        ],
        [
          'create view public.mine as select id from public.app_users',
          'drop view public.mine',
          'view mine depends on',
        ],
        [
          'create table public.mine (id int, who uuid references public.app_users)',
          'drop table public.mine',
          'constraint mine_who_fkey on table mine depends on',
        ],
      ];
      for (const [make, unmake, reason] of uses) {
        await client.query(make);
        await expect(remove(client, only('profiles'))).rejects.toThrow(reason);
        await client.query(unmake);
      }
      expect(differences(before, await catalogueOf(client))).toEqual([]);
      await remove(client, only('profiles'));
    });
  });
});
