/** Files that are written whole, and links in their place. */
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { writeEnvFile, writeWhole } from '../../../local/files.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'files-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
});

const at = (...parts: string[]): string => path.join(dir, ...parts);
const isLink = async (file: string): Promise<boolean> => (await lstat(file)).isSymbolicLink();

describe('writeWhole', () => {
  test('writes for the owner alone, and leaves nothing beside', async () => {
    await writeFile(at('state'), 'old', { mode: 0o644 });
    await writeWhole(at('state'), 'new');
    expect(await readFile(at('state'), 'utf8')).toBe('new');
    expect((await lstat(at('state'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(['state']);
  });

  test('a link with the name of a temporary file is not followed', async () => {
    await writeFile(at('victim'), 'untouched');
    await symlink('victim', at('.env.local.tmp'));
    await writeWhole(at('.env.local'), 'new');
    expect(await readFile(at('victim'), 'utf8')).toBe('untouched');
    expect(await isLink(at('.env.local'))).toBe(false);
    expect(await readFile(at('.env.local'), 'utf8')).toBe('new');
  });

  test('a link in the place of the file is replaced', async () => {
    await writeFile(at('victim'), 'untouched');
    await symlink('victim', at('record.json'));
    await writeWhole(at('record.json'), 'new');
    expect(await readFile(at('victim'), 'utf8')).toBe('untouched');
    expect(await isLink(at('record.json'))).toBe(false);
  });

  test('two at the same time do not disturb each other', async () => {
    const texts = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(1000));
    await Promise.all(texts.map((text) => writeWhole(at('state'), text)));
    expect(texts).toContain(await readFile(at('state'), 'utf8'));
    expect(await readdir(dir)).toEqual(['state']);
  });

  test('a failed rename leaves no temporary file', async () => {
    await mkdir(at('state', 'below'), { recursive: true });
    await expect(writeWhole(at('state'), 'new')).rejects.toThrow();
    expect(await readdir(dir)).toEqual(['state']);
  });

  test.skipIf(process.getuid?.() === 0)('a folder that cannot be written', async () => {
    await chmod(dir, 0o500);
    await expect(writeWhole(at('state'), 'new')).rejects.toMatchObject({ code: 'EACCES' });
    await chmod(dir, 0o700);
  });
});

describe('writeEnvFile', () => {
  test.each(['.env', '.env.shared', 'shared.env', '.env.local'])(
    'a link to %s is followed, and stays',
    async (name) => {
      await mkdir(at('app'));
      await writeFile(at(name), 'old');
      await symlink(path.join('..', name), at('app', '.env.local'));
      await writeEnvFile(at('app', '.env.local'), 'new');
      expect(await readFile(at(name), 'utf8')).toBe('new');
      expect(await readlink(at('app', '.env.local'))).toBe(path.join('..', name));
      expect(await readdir(at('app'))).toEqual(['.env.local']);
    },
  );

  test.each(['.bashrc', 'id_rsa', '.envrc', 'env'])('a link to %s is refused', async (name) => {
    await writeFile(at(name), 'untouched');
    await symlink(name, at('.env.local'));
    const failed = writeEnvFile(at('.env.local'), 'new');
    await expect(failed).rejects.toMatchObject({ code: 'SETTING_INVALID' });
    expect(await readFile(at(name), 'utf8')).toBe('untouched');
  });

  test('a link to nothing is replaced, and a new file is made', async () => {
    await symlink('nowhere', at('.env.local'));
    for (const name of ['.env.local', '.env.new']) {
      await writeEnvFile(at(name), 'new');
      expect(await readFile(at(name), 'utf8')).toBe('new');
      expect(await isLink(at(name))).toBe(false);
    }
  });

  test('a link that leads to itself is an error', async () => {
    await symlink('.env.local', at('.env.local'));
    await expect(writeEnvFile(at('.env.local'), 'x')).rejects.toMatchObject({ code: 'ELOOP' });
  });
});
