import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readManifest, readMigration, withNeeds } from '@cognito-supabase/local/modules';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from '../../../cli/modules/command.ts';
import { after } from '../../../cli/modules/history.ts';

const { modules } = await readManifest();
const filesFor = (...names: string[]) => withNeeds(modules, names).flatMap(({ files }) => files);
const PREFIX = 'cognito_supabase_';
/** The names of the copies where the project has no newer migration. */
const copiesFor = (...names: string[]) =>
  filesFor(...names).map((file) => file.replace('_', `_${PREFIX}`));

let workdir: string;
let migrations: string;
let printed: string;
beforeEach(async () => {
  workdir = await mkdtemp(path.join(tmpdir(), 'modules-'));
  migrations = path.join(workdir, 'supabase', 'migrations');
  await mkdir(path.join(workdir, 'supabase'));
  printed = '';
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => {
    printed += `${line}\n`;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(workdir, { recursive: true });
});

async function run(...args: string[]): Promise<number> {
  printed = '';
  return main(args, (line) => {
    printed += `${line}\n`;
  });
}
const there = async () => (await readdir(migrations)).toSorted();
const write = async (name: string, text: string) => {
  await mkdir(migrations, { recursive: true });
  await writeFile(path.join(migrations, name), text);
};
/** Names without versions. */
const rests = (names: readonly string[]) => names.map((name) => name.slice(15));

describe('add', () => {
  test('copies the module and what it needs, under the names of the kit', async () => {
    expect(await run('add', 'trust', '--workdir', workdir)).toBe(0);
    expect(await there()).toEqual(copiesFor('trust'));
    for (const file of await there()) {
      const copy = await readFile(path.join(migrations, file), 'utf8');
      expect(copy).toBe(await readMigration(file.replace(PREFIX, '')));
    }
    expect(printed).toContain(`${filesFor('trust').length} written; nothing is applied yet`);
  });

  test('a second time writes nothing', async () => {
    await run('add', 'trust', '--workdir', workdir);
    expect(await run('add', 'trust', '--workdir', workdir)).toBe(0);
    expect(printed).toContain('nothing to do');
    expect(await there()).toEqual(copiesFor('trust'));
  });

  test('writes what is missing of a module', async () => {
    await run('add', 'trust', '--workdir', workdir);
    const last = copiesFor('trust').at(-1) as string;
    await rm(path.join(migrations, last));
    expect(await run('add', 'trust', '--workdir', workdir)).toBe(0);
    expect(rests(await there())).toEqual(rests(copiesFor('trust')));
  });

  test('gives versions after those of the project, in the same order', async () => {
    await write('20991231235958_newest.sql', 'select 1;');
    await run('add', 'audit', '--workdir', workdir);
    const [theirs, first, second] = await there();
    expect(theirs).toBe('20991231235958_newest.sql');
    expect(first).toMatch(/^20991231235959_/);
    expect(second).toMatch(/^21000101000000_/);
    expect(rests((await there()).slice(1))).toEqual(rests(copiesFor('audit')));
  });

  test('a module that was added under other versions counts as added', async () => {
    await write('20991231235958_newest.sql', 'select 1;');
    await run('add', 'trust', '--workdir', workdir);
    await run('add', 'trust', 'profiles', '--workdir', workdir);
    expect(rests((await there()).slice(1))).toEqual(rests(copiesFor('profiles', 'trust')));
  });

  test('a migration of the project with the same name is not the module', async () => {
    await write('20260101000000_profiles.sql', 'create table public.profiles ();');
    await run('add', 'trust', '--workdir', workdir);
    expect(await run('remove', 'profiles', '--workdir', workdir)).toBe(1);
    expect(printed).toContain('MODULE_MISSING');
    expect(await run('remove', 'trust', '--workdir', workdir)).toBe(0);
  });

  test('a project that began as a clone of the kit has its modules', async () => {
    for (const file of filesFor('example')) await write(file, await readMigration(file));
    expect(await run('add', 'trust', '--workdir', workdir)).toBe(0);
    expect(printed).toContain('nothing to do');
    expect(await run('remove', 'example', '--workdir', workdir)).toBe(0);
  });

  test('accepts other line ends, and refuses another text', async () => {
    await run('add', 'audit', '--workdir', workdir);
    const [file = ''] = copiesFor('audit');
    const text = await readMigration(filesFor('audit')[0] ?? '');
    await write(file, text.replaceAll('\n', '\r\n'));
    expect(await run('add', 'audit', '--workdir', workdir)).toBe(0);
    await write(file, `${text}select 1;`);
    expect(await run('add', 'trust', '--workdir', workdir)).toBe(1);
    expect(printed).toMatch(/^error MODULE_CHANGED: .*_base\.sql differs from/);
    expect(printed).toMatch(/\n {2}→ restore the file/);
    expect(await there()).toEqual(copiesFor('audit'));
  });

  test('writes nothing where a migration cannot be read', async () => {
    await mkdir(migrations);
    const last = filesFor('trust').at(-1) as string;
    await symlink('nowhere', path.join(migrations, last));
    expect(await run('add', 'trust', '--workdir', workdir)).toBe(1);
    expect(await there()).toEqual([last]);
    expect(await readdir(path.dirname(migrations))).toEqual(['migrations']);
  });
});

describe('remove', () => {
  test('writes the removal as the newest migration', async () => {
    await run('add', 'audit', '--workdir', workdir);
    expect(await run('remove', 'audit', '--workdir', workdir)).toBe(0);
    const newest = (await there()).at(-1) ?? '';
    expect(newest).toMatch(/^\d{14}_cognito_supabase_remove_audit\.sql$/);
    const text = await readFile(path.join(migrations, newest), 'utf8');
    expect(text).toContain("cognito_supabase.remove_module('audit'");
  });

  test('then the module can be added again', async () => {
    await run('add', 'audit', '--workdir', workdir);
    await run('remove', 'audit', '--workdir', workdir);
    expect(await run('add', 'audit', '--workdir', workdir)).toBe(0);
    const names = rests(await there());
    expect(names.slice(-2)).toEqual([`${PREFIX}remove_audit.sql`, `${PREFIX}audit.sql`]);
  });

  test('several, in any order: a module goes before those that it needs', async () => {
    await run('add', 'trust', '--workdir', workdir);
    expect(await run('remove', 'audit', 'base', 'trust', '--workdir', workdir)).toBe(0);
    expect(rests(await there()).slice(-3)).toEqual([
      `${PREFIX}remove_trust.sql`,
      `${PREFIX}remove_audit.sql`,
      `${PREFIX}remove_base.sql`,
    ]);
  });

  test('is refused while another module needs it, and writes none of the files', async () => {
    await run('add', 'trust', '--workdir', workdir);
    expect(await run('remove', 'audit', '--workdir', workdir)).toBe(1);
    expect(printed).toMatch(/^error MODULE_IN_USE: the module audit is needed by trust/);
    // The second name is wrong, so the first is not written either.
    expect(await run('remove', 'trust', 'profiles', '--workdir', workdir)).toBe(1);
    expect(printed).toMatch(/^error MODULE_MISSING: the project does not have the module profiles/);
    expect(await there()).toEqual(copiesFor('trust'));
  });
});

describe('without --workdir', () => {
  test('the project is the current folder', async () => {
    vi.spyOn(process, 'cwd').mockReturnValue(workdir);
    expect(await run('add', 'audit')).toBe(0);
    expect(await there()).toEqual(copiesFor('audit'));
  });

  test('a folder in a project is refused, and the project is named', async () => {
    await write('20260101000000_a.sql', 'select 1;');
    await writeFile(path.join(workdir, 'supabase/config.toml'), 'project_id = "a"');
    await mkdir(path.join(workdir, 'infra/lib'), { recursive: true });
    vi.spyOn(process, 'cwd').mockReturnValue(path.join(workdir, 'infra/lib'));
    expect(await run('add', 'audit')).toBe(1);
    expect(printed).toMatch(
      /^error PROJECT_NOT_FOUND: .* and \.\.\/\.\. has one\n.*--workdir \.\.\/\.\.$/m,
    );
  });

  test('the help names no script of a clone', async () => {
    expect(await run('--help')).toBe(0);
    expect(printed).toContain('npx cognito-supabase modules add NAME…');
    expect(printed).not.toContain('npm run');
  });
});

describe('bad input', () => {
  test.each([
    [['add', 'trusts', '--workdir', '.'], /MODULE_UNKNOWN: there is no module trusts/],
    [['add', '--workdir', '.'], /BAD_OPTION: add needs the names of modules/],
    [
      ['add', 'trust', '--workdir', 'nowhere'],
      /PROJECT_NOT_FOUND: .*nowhere has no folder supabase/,
    ],
    [['install', 'trust'], /BAD_OPTION: there is no command install/],
    [
      ['add', 'trust', '--force'],
      /BAD_OPTION: Unknown option '--force'\n {2}→ `npx cognito-supabase modules --help` lists/,
    ],
    [['add', 'constructor', '--workdir', '.'], /MODULE_UNKNOWN/],
  ])('%j', async (args, words) => {
    expect(await run(...args)).toBe(1);
    expect(printed).toMatch(words);
    expect(printed).not.toMatch(/^ {4}at /m);
  });
});

test('list names every module', async () => {
  expect(await run('list')).toBe(0);
  for (const { name } of modules) expect(printed).toMatch(new RegExp(`^${name} `, 'm'));
});

test('versions that are no time are counted up', () => {
  expect(after('20261128235959')).toBe('20261129000000');
  expect(after('00000000000009')).toBe('00000000000010');
});
