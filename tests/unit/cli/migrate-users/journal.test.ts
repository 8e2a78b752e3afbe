import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Entry, Journal, readJournal } from '../../../../cli/migrate-users/journal.ts';

async function newFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'migrate-users-unit-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

describe('the journal', () => {
  const entry = (id: string, state: Entry['state'] = 'done'): Entry => ({
    id,
    state,
    newId: `${id}-new`,
  });

  async function filled() {
    const file = path.join(await newFolder(), 'below', 'journal');
    const journal = await Journal.open(file, 'here to there');
    await Promise.all([journal.write(entry('a', 'created')), journal.write(entry('b'))]);
    await journal.write(entry('a'));
    await journal.close();
    return file;
  }

  test('the last line of a person counts, and only the owner may read it', async () => {
    const file = await filled();
    expect(await readJournal(file, 'here to there')).toEqual(
      new Map([
        ['a', entry('a')],
        ['b', entry('b')],
      ]),
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('a torn last line does not count, and the next line is whole', async () => {
    const file = await filled();
    for (const torn of ['{"id":"c","sta', '{"id":"c","state":"done"}', '\0\0\0']) {
      await appendFile(file, torn);
      const journal = await Journal.open(file, 'here to there');
      expect(journal.get('c')).toBeUndefined();
      await journal.write(entry('d'));
      await journal.close();
      expect((await readJournal(file, 'here to there')).get('d')).toEqual(entry('d'));
    }
  });

  test('a torn first line is a new journal', async () => {
    const file = path.join(await newFolder(), 'journal');
    await writeFile(file, '{"version":1,"mo');
    const journal = await Journal.open(file, 'here to there');
    await journal.write(entry('a'));
    await journal.close();
    expect(await readJournal(file, 'here to there')).toEqual(new Map([['a', entry('a')]]));
  });

  test.each([
    [
      'of another move',
      (text: string) => text.replace('here to there', 'elsewhere'),
      /another move: elsewhere/,
    ],
    [
      'damaged in the middle',
      (text: string) => text.replace('"id":"b"', '"id":b'),
      /damaged in line/,
    ],
    ['another file', () => 'old_id,new_id\n', /no journal/],
  ])('%s: refused, and not changed', async (_, change, reason) => {
    const file = await filled();
    const text = change(await readFile(file, 'utf8'));
    await writeFile(file, text);
    const refused = { code: 'JOURNAL_UNREADABLE', message: expect.stringMatching(reason) };
    await expect(Journal.open(file, 'here to there')).rejects.toMatchObject(refused);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('one process at a time; a lock of a process that is gone does not count', async () => {
    const file = await filled();
    const journal = await Journal.open(file, 'here to there');
    await expect(Journal.open(file, 'here to there')).rejects.toMatchObject({
      code: 'JOURNAL_IN_USE',
    });
    await journal.close();
    // No system has a process of this number.
    await writeFile(`${file}.lock`, '2147483646');
    await (await Journal.open(file, 'here to there')).close();
  });
});
