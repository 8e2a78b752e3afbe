import { appendFile, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
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

  test('after a failure nothing more is written, and the next run continues', async () => {
    const file = await filled();
    const journal = await Journal.open(file, 'here to there');
    const failure = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    // As a disk that gets full in the middle of a line, and has space again afterwards.
    const appended = vi
      .spyOn(Object.getPrototypeOf(await openForPrototype(file)), 'appendFile')
      .mockImplementationOnce(async () => {
        await appendFile(file, '{"id":"c","sta');
        throw failure;
      });
    onTestFinished(() => appended.mockRestore());
    const full = { code: 'DISK_FULL', message: expect.stringContaining(file) };
    await Promise.all(
      ['c', 'd', 'e'].map((id) => expect(journal.write(entry(id))).rejects.toMatchObject(full)),
    );
    await expect(journal.write(entry('f'))).rejects.toMatchObject(full);
    await journal.close();
    expect((await readFile(file, 'utf8')).endsWith('{"id":"c","sta')).toBe(true);
    const next = await Journal.open(file, 'here to there');
    await next.write(entry('g'));
    await next.close();
    const entries = await readJournal(file, 'here to there');
    expect([...entries.keys()].sort()).toEqual(['a', 'b', 'g']);
  });
});

/** The class of file handles is not exported. */
async function openForPrototype(file: string) {
  const handle = await open(file, 'r');
  await handle.close();
  return handle;
}
