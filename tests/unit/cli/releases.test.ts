/** Released migrations stay as they are, and the records of releases are not overwritten. */
import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Kit, readKit } from '@cognito-supabase/local/modules';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main, recordRelease } from '../../../cli/release/record.ts';
import { modulesOf, problemsOf, readReleases } from '../../../cli/release/releases.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const BASE = '20261121090000_base.sql';
const AUDIT = '20261121100000_audit.sql';
const LATE = '20980101000000_late.sql';

const releases = await readReleases();
const [first] = releases;
if (first?.version !== '0.1.0') throw new Error('cli/release/released has no 0.1.0.json');

test.each(releases)('the migrations of $version are as they were released', async (release) => {
  expect(problemsOf([release], await modulesOf(await readKit()))).toEqual([]);
});

/** A copy of the kit of 0.1.0, which a test may change. */
let dir: string;
let kit: Kit;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'releases-'));
  await cp(path.join(ROOT, 'supabase/migrations'), path.join(dir, 'migrations'), {
    recursive: true,
  });
  await cp(path.join(ROOT, 'supabase/modules'), path.join(dir, 'modules'), { recursive: true });
  const { modules, ...rest } = await readKit(dir);
  kit = {
    ...rest,
    modules: modules.flatMap((module) => {
      const files = Object.keys(first.modules[module.name] ?? {});
      return files.length > 0 ? [{ ...module, files }] : [];
    }),
  };
});
afterEach(() => rm(dir, { recursive: true }));

const fileOf = (name: string): string => path.join(dir, 'migrations', name);

/** The same kit, with other files in its module base. */
function withBase(change: (files: readonly string[]) => readonly string[]): Kit {
  const modules = kit.modules.map((module) =>
    module.name === 'base' ? { ...module, files: [...change(module.files)] } : module,
  );
  return { ...kit, modules };
}
async function withNew(name: string): Promise<Kit> {
  await writeFile(fileOf(name), 'select 1;');
  return withBase((files) => [...files, name]);
}

describe('a comparison with 0.1.0 names the file and what to do', () => {
  const problems = async (changed = kit) => problemsOf([first], await modulesOf(changed));

  test('where a file has changed', async () => {
    await appendFile(fileOf(BASE), '-- one word more\n');
    expect(await problems()).toEqual([
      `${BASE} has changed since it was released with 0.1.0: restore the file, and write the change as a new migration`,
    ]);
  });

  test('where a file is missing, or its line in the manifest', async () => {
    const missing = [
      expect.stringMatching(
        `^${BASE} was released with 0.1.0 and is missing: restore .*new migration$`,
      ),
    ];
    expect(await problems(withBase((files) => files.filter((file) => file !== BASE)))).toEqual(
      missing,
    );
    await rm(fileOf(BASE));
    expect(await problems()).toEqual(missing);
  });

  test('where a file is in another module', async () => {
    const modules = withBase((files) => [...files, AUDIT]).modules.map((module) =>
      module.name === 'audit' ? { ...module, files: [] } : module,
    );
    expect(await problems({ ...kit, modules })).toEqual([
      `${AUDIT} was released with 0.1.0 in module audit, and is in module base now: name it in audit again`,
    ]);
  });

  test('where a new file comes before a released one', async () => {
    expect(await problems(await withNew('20261127000000_early.sql'))).toEqual([
      expect.stringMatching(
        /^20261127000000_early\.sql is new and comes before 20261128090400_accounts_transfers\.sql, .* 0\.1\.0: give it a later version$/,
      ),
    ]);
  });

  test('where a new file has the name of another one, which upgrade would take for it', async () => {
    expect(await problems(await withNew('20980101000000_base.sql'))).toEqual([
      `20980101000000_base.sql and ${BASE} differ in their versions only: give the newer one another name`,
    ]);
  });

  test('and accepts a new file, and line ends of Windows', async () => {
    const text = await readFile(fileOf(BASE), 'utf8');
    await writeFile(fileOf(BASE), text.replaceAll('\n', '\r\n'));
    expect(await problems(await withNew(LATE))).toEqual([]);
  });

  test('and with another hash in the record', async () => {
    const base = { ...first.modules.base, [BASE]: '0'.repeat(64) };
    const record = { version: '0.0.9', modules: { ...first.modules, base } };
    expect(problemsOf([first, record], await modulesOf(kit))).toEqual([
      expect.stringContaining(`${BASE} has changed since it was released with 0.0.9`),
    ]);
  });
});

describe('recording', () => {
  const records = () => path.join(dir, 'released');
  const record = (version: string, changed = kit) =>
    recordRelease({ kit: changed, version, dir: records() });
  const texts = async () =>
    Promise.all(
      (await readdir(records()))
        .toSorted()
        .map((name) => readFile(path.join(records(), name), 'utf8')),
    );

  /** Nothing may be written, and the reason is said. */
  async function refuses(version: string, changed: Kit, words: string | RegExp): Promise<void> {
    const before = await texts();
    const error = await record(version, changed).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'RELEASE_CHANGED', hint: expect.any(String) });
    expect((error as Error).message).toMatch(words);
    expect(await texts()).toEqual(before);
  }

  test('writes the record that the repository has, once', async () => {
    expect(await record('0.1.0')).toBe(true);
    const committed = path.join(ROOT, 'cli/release/released/0.1.0.json');
    expect(await texts()).toEqual([await readFile(committed, 'utf8')]);
    expect(await record('0.1.0')).toBe(false);
    expect(await texts()).toHaveLength(1);
  });

  test('takes new migrations with the next version, and not with the same one', async () => {
    await record('0.1.0');
    const next = await withNew(LATE);
    await refuses('0.1.0', next, `0.1.0 is recorded without ${LATE}`);
    expect(await record('0.2.0', next)).toBe(true);
    expect(await texts()).toHaveLength(2);
    // The earlier record still holds.
    expect(await record('0.2.0', next)).toBe(false);
  });

  test('refuses changed and missing migrations of the same and of earlier releases', async () => {
    await record('0.1.0');
    await appendFile(fileOf(BASE), '-- one word more\n');
    await rm(fileOf(AUDIT));
    for (const version of ['0.1.0', '0.2.0'])
      await refuses(
        version,
        kit,
        new RegExp(`${BASE} has changed .* 0\\.1\\.0.*\\n  ${AUDIT} was released .* is missing`),
      );
  });

  test('refuses a manifest that names a file that does not exist', async () => {
    await record('0.1.0');
    const kitWithout = withBase((files) => [...files, LATE]);
    await refuses('0.2.0', kitWithout, `the manifest names ${LATE} in module base`);
  });

  test.each([
    ['', /0\.1\.0\.json: Unexpected end of JSON input/],
    ['{"version":"0.1.0"}', /0\.1\.0\.json: .*\n.*modules/],
    ['{"version":"0.1.1","modules":{}}', /0\.1\.0\.json: it is the record of 0\.1\.1/],
  ])('refuses next to a damaged record: %s', async (text, words) => {
    await record('0.1.0');
    await writeFile(path.join(records(), '0.1.0.json'), text);
    await refuses('0.2.0', kit, words);
  });
});

test('the command prints what it has done, or the reason, and ends with 0 or 1', async () => {
  let printed = '';
  const take = (line: unknown) => {
    printed += `${line}\n`;
  };
  vi.spyOn(console, 'log').mockImplementation(take);
  vi.spyOn(console, 'error').mockImplementation(take);
  const options = { kit, version: '0.1.0', dir: path.join(dir, 'released') };
  try {
    expect(await main(options)).toBe(0);
    expect(await main(options)).toBe(0);
    expect(printed).toMatch(/0\.1\.0\.json written\nnothing to do: .*0\.1\.0\.json has/);
    printed = '';
    expect(await main({ ...options, kit: await withNew(LATE) })).toBe(1);
    expect(printed).toBe(
      `error RELEASE_CHANGED: 0.1.0 is recorded without ${LATE}\n  → a new migration needs a new version: raise it in cli/package.json, and run it again\n`,
    );
  } finally {
    vi.restoreAllMocks();
  }
});
