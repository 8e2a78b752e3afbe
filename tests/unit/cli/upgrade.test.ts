/** `upgrade` adds the migrations that are new in the kit, and changes nothing that is there. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Kit, readMigration } from '@cognito-supabase/local/modules';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { upgrade } from '../../../cli/init/command.ts';
import { main } from '../../../cli/main.ts';
import { main as modules } from '../../../cli/modules/command.ts';
import { nextKit } from '../../support/kit-versions.ts';

const LATER_TRUST = '20980101000000_later_trust.sql';
const LATER_BASE = '20980101000100_later_base.sql';
const LATER_TENANCY = '20980101000200_later_tenancy.sql';
/** The next version of the kit. */
const ADDITIONS = {
  trust: { [LATER_TRUST]: 'select 1; -- trust' },
  base: { [LATER_BASE]: 'select 1; -- base' },
  tenancy: { [LATER_TENANCY]: 'select 1; -- tenancy' },
};

let dir: string;
let workdir: string;
let migrations: string;
let next: Kit;
let output: string;
const take = (line: unknown): void => {
  output += `${line}\n`;
};
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'upgrade-'));
  workdir = path.join(dir, 'project');
  migrations = path.join(workdir, 'supabase/migrations');
  await mkdir(migrations, { recursive: true });
  next = await nextKit(ADDITIONS, path.join(dir, 'next'));
  output = '';
  vi.spyOn(console, 'log').mockImplementation(take);
  vi.spyOn(console, 'error').mockImplementation(take);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true });
});

const change = (command: 'add' | 'remove', ...names: string[]) =>
  modules([command, ...names, '--workdir', workdir], () => {});

/** Name → text. */
async function tree(): Promise<Record<string, string>> {
  const names = (await readdir(migrations)).toSorted();
  const texts = names.map(
    async (name) => [name, await readFile(path.join(migrations, name), 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

/** Upgrades to the next version of the kit, and returns what it has added: name → text. */
async function added(): Promise<Record<string, string>> {
  const before = await tree();
  output = '';
  await upgrade({ workdir, yes: true, kitDir: next.dir }, take);
  const after = await tree();
  // All that was there is the same.
  expect(after).toMatchObject(before);
  return Object.fromEntries(Object.entries(after).filter(([name]) => !(name in before)));
}

test('adds the files of the modules that the project has, a module after those that it needs', async () => {
  await change('add', 'trust');
  expect(await added()).toEqual({
    '20980101000100_cognito_supabase_later_base.sql': 'select 1; -- base',
    // The kit's version comes before the file of module base.
    '20980101000101_cognito_supabase_later_trust.sql': 'select 1; -- trust',
  });
  expect(output).toContain(
    'new     supabase/migrations/20980101000100_cognito_supabase_later_base',
  );
  expect(output).toContain('2 written. Nothing is applied yet');
});

test('twice adds nothing', async () => {
  await change('add', 'trust');
  await added();
  expect(await added()).toEqual({});
  expect(output).toBe('nothing to do: everything is there\n');
});

test('gives versions after the newest of the project', async () => {
  await change('add', 'base');
  await writeFile(path.join(migrations, '20991231235959_own.sql'), 'select 1;');
  expect(Object.keys(await added())).toEqual(['21000101000000_cognito_supabase_later_base.sql']);
});

test('adds nothing of a module that was removed', async () => {
  await change('add', 'trust');
  await change('remove', 'trust');
  expect(Object.values(await added())).toEqual(['select 1; -- base']);
});

test('knows the modules of a project that began as a clone of the kit', async () => {
  for (const { files } of next.modules.filter(({ name }) => name === 'base'))
    for (const file of files.filter((name) => name !== LATER_BASE))
      await writeFile(path.join(migrations, file), await readMigration(file));
  expect(Object.keys(await added())).toEqual(['20980101000100_cognito_supabase_later_base.sql']);
});

test('without consent shows the files, and writes nothing', async () => {
  await change('add', 'trust');
  const before = await tree();
  await upgrade({ workdir, dryRun: true, yes: true, kitDir: next.dir }, take);
  expect(output).toContain('_cognito_supabase_later_trust.sql\nnothing is written');
  expect(await tree()).toEqual(before);
});

describe('a copy that somebody has edited', () => {
  const copy = '20261121100000_cognito_supabase_audit.sql';
  const note = `note: supabase/migrations/${copy} differs from the file of the kit, because somebody has edited it. It stays as it is.\n  → newer`;
  beforeEach(async () => {
    await change('add', 'trust');
    const text = await readFile(path.join(migrations, copy), 'utf8');
    await writeFile(path.join(migrations, copy), `${text}select 2;`);
  });

  test('stays, and is named; the new files are added', async () => {
    expect(Object.keys(await added())).toHaveLength(2);
    expect(output).toContain(note);
    expect(output.match(/^note: /gm)).toHaveLength(1);
  });

  test('is named where nothing is new, too', async () => {
    await added();
    expect(await added()).toEqual({});
    expect(output).toContain(note);
    expect(output).toContain('nothing to do');
  });

  test('with other line ends only counts as the file of the kit', async () => {
    const text = await readMigration('20261121100000_audit.sql');
    await writeFile(path.join(migrations, copy), text.replaceAll('\n', '\r\n'));
    await added();
    expect(output).not.toContain('note: ');
  });
});

describe('the command', () => {
  const run = () => main(['upgrade', '--workdir', workdir, '--yes']);

  test('compares with the kit that it belongs to', async () => {
    await change('add', 'trust');
    const before = await tree();
    const last = Object.keys(before).at(-1) ?? '';
    await rm(path.join(migrations, last));
    expect(await run()).toBe(0);
    expect(output).toContain(`new     supabase/migrations/${last}`);
    expect(await tree()).toEqual(before);
  });

  test('refuses a project without modules, and a folder without a project', async () => {
    await writeFile(path.join(migrations, '20260101000000_own.sql'), 'select 1;');
    for (const reason of ['a project without modules', 'an empty folder']) {
      output = '';
      expect(await run(), reason).toBe(1);
      expect(output).toBe(
        `error MODULE_MISSING: ${migrations} has no migration of the kit, so there is nothing to upgrade\n  → name the folder that holds supabase/ with --workdir, or add modules with init\n`,
      );
      await rm(path.join(workdir, 'supabase'), { recursive: true, force: true });
    }
    expect(await readdir(workdir)).toEqual([]);
  });
});
