/** What is on disk after a change, after a kill, and after damage. */
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { describe, expect, test } from 'vitest';
import { JsonStore } from '../../../../local/cognito/data-store.ts';
import { makeFolder } from './support.ts';

const file = async (): Promise<string> => join(await makeFolder(), 'data.json');
const journalOf = (name: string): string => name.replace(/json$/, 'journal');
const damaged = (name: string) =>
  expect.objectContaining({
    code: 'DATA_DIR_UNREADABLE',
    message: expect.stringContaining(name),
    hint: expect.stringContaining('npm start -- --reset'),
  });

/** Opens, changes and lets go without closing, as a kill does. */
async function change(
  name: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<JsonStore> {
  const store = await JsonStore.open(name, { Users: {} });
  for (const [key, value] of Object.entries(changes)) store.write(['Users', key], value);
  await store.flushed();
  return store;
}

const users = async (name: string): Promise<unknown> => {
  const store = await JsonStore.open(name);
  const read = store.read('Users');
  await store.close();
  return read && { ...read };
};

describe('a store', () => {
  test('keeps values and deletions, with dates as dates', async () => {
    const name = await file();
    const UserCreateDate = new Date();
    const store = await change(name, { a: { UserCreateDate }, b: 1, c: 2 });
    store.write(['Users', '__proto__'], { name: 'x' });
    store.write(['Users', 'b'], undefined);
    store.write('Options', { Id: 'x' });
    await store.close();
    const again = await JsonStore.open(name);
    expect(Object.keys(again.read<object>('Users') ?? {}).sort()).toEqual(['__proto__', 'a', 'c']);
    expect(again.read(['Users', 'a'])).toEqual({ UserCreateDate });
    expect(again.read(['Users', '__proto__'])).toEqual({ name: 'x' });
    expect(again.read(['Users', 'toString'])).toBeUndefined();
    expect(again.read('Options')).toMatchObject({ Id: 'x' });
    await again.close();
  });

  test('is readable by its owner only', async () => {
    const name = await file();
    await (await change(name, { a: 1 })).close();
    for (const path of [name, journalOf(name)]) expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('shares one write among changes that wait together', async () => {
    const name = await file();
    const store = await JsonStore.open(name, { Users: {} });
    const waits = Array.from({ length: 500 }, (_, index) => {
      store.write(['Users', `u${index}`], index);
      return store.flushed();
    });
    expect(new Set(waits).size).toBeLessThan(10);
    await Promise.all(waits);
    expect((await readFile(journalOf(name), 'utf8')).split('\n')).toHaveLength(501);
    await store.close();
  });

  test('folds a grown journal into its file', async () => {
    const name = await file();
    const store = await change(name, {});
    for (let round = 0; round < 6; round += 1) {
      store.write(['Users', 'a'], 'x'.repeat(1024 * 1024) + round);
      await store.flushed();
    }
    expect((await stat(journalOf(name))).size).toBeLessThan(3 * 1024 * 1024);
    await store.close();
    expect(await users(name)).toEqual({ a: `${'x'.repeat(1024 * 1024)}5` });
  });

  test('does not answer a change that could not be written', async () => {
    const name = await file();
    const store = await change(name, { a: 1 });
    await store.close();
    store.write(['Users', 'b'], 2);
    await expect(store.flushed()).rejects.toThrow();
    await expect(store.flushed()).rejects.toThrow();
  });
});

describe('after a kill', () => {
  test('everything answered is there', async () => {
    const name = await file();
    await change(name, { a: 1, b: { c: 2 } });
    expect(await users(name)).toEqual({ a: 1, b: { c: 2 } });
  });

  test('a line that was cut off is dropped, and does not spoil the next', async () => {
    const name = await file();
    await change(name, { a: 1 });
    await appendFile(journalOf(name), '{"k":["Users","b"],"v":{"half');
    expect(await users(name)).toEqual({ a: 1 });
    await change(name, { c: 3 });
    expect(await users(name)).toEqual({ a: 1, c: 3 });
  });

  test('a temporary file that was left behind is no harm', async () => {
    const name = await file();
    await change(name, { a: 1 });
    await writeFile(`${name}.tmp`, '{"Users":{"half');
    await change(name, { b: 2 });
    expect(await users(name)).toEqual({ a: 1, b: 2 });
    expect((await readdir(join(name, '..'))).sort()).toEqual(['data.journal', 'data.json']);
  });

  test('between the new file and the emptied journal, nothing is done twice', async () => {
    const name = await file();
    const store = await change(name, { a: 1, b: 2 });
    store.write(['Users', 'a'], undefined);
    await store.flushed();
    const journal = await readFile(journalOf(name));
    await users(name);
    await writeFile(journalOf(name), journal);
    expect(await users(name)).toEqual({ b: 2 });
  });
});

describe('damage', () => {
  test.each([
    ['cut short', '{"Users":{"a":'],
    ['empty', ''],
    ['no object', '[]'],
    ['null', 'null'],
    ['something else', '<html>'],
  ])('of the file is told, with its name: %s', async (_, content) => {
    const name = await file();
    await writeFile(name, content);
    const opening = JsonStore.open(name);
    await expect(opening).rejects.toBeInstanceOf(KitError);
    await expect(opening).rejects.toEqual(damaged(name));
    expect(await readFile(name, 'utf8')).toBe(content);
  });

  test('damage inside the journal is reported', async () => {
    const name = await file();
    await change(name, { a: 1 });
    await appendFile(journalOf(name), 'nonsense\n{"k":["Users","b"],"v":1}\n');
    await expect(JsonStore.open(name)).rejects.toEqual(damaged(journalOf(name)));
  });

  test('a missing file beside a journal is reported', async () => {
    const name = await file();
    await writeFile(journalOf(name), '{"k":["Users","b"],"v":1}\n');
    await expect(JsonStore.open(name)).rejects.toEqual(damaged(name));
  });
});
