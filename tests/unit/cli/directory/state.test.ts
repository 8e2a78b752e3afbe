import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  loadState,
  removeState,
  resumable,
  type SyncState,
  saveState,
} from '../../../../cli/directory/state.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'directory-state-'));
  file = path.join(dir, 'deep', 'state.json');
});
afterEach(() => rm(dir, { recursive: true }));

const state: SyncState = {
  version: 1,
  target: 'pool in database',
  runId: '7',
  groups: false,
  parts: { '0': { pages: 3, done: true }, '1': { pages: 2, next: 'token' }, '2': { pages: 0 } },
};

test('is found again as it was, by its owner alone', async () => {
  await saveState(file, state);
  expect(await loadState(file, state.target)).toEqual(state);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(path.dirname(file))).toEqual(['state.json']);
  await removeState(file);
  expect(await loadState(file, state.target)).toBeUndefined();
});

test('names the option for another file if it cannot be written', async () => {
  await saveState(file, state);
  await expect(saveState(path.join(file, 'inside'), state)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    hint: expect.stringContaining('--state'),
  });
});

test('of another pool or database it is of no use', async () => {
  await saveState(file, state);
  expect(await loadState(file, 'another pool in database')).toBeUndefined();
});

test.each(['', '{"version":1,"tar', 'null', '[]', '{"version":2,"target":"pool in database"}'])(
  'damaged (%s), the run begins anew',
  async (text) => {
    await saveState(file, state);
    await writeFile(file, text);
    expect(await loadState(file, state.target)).toBeUndefined();
  },
);

test('a part counts only as far as its users are in the database', () => {
  expect(
    resumable(
      state,
      new Map([
        ['0', 3],
        ['1', 2],
      ]),
    ),
  ).toEqual(state.parts);
  // Killed between database and file: the page is read twice, and merged as one.
  expect(
    resumable(
      state,
      new Map([
        ['0', 3],
        ['1', 3],
      ]),
    ),
  ).toEqual(state.parts);
  // Postgres crashed: staging is empty.
  expect(resumable(state, new Map())).toEqual({
    '0': { pages: 0 },
    '1': { pages: 0 },
    '2': { pages: 0 },
  });
});
