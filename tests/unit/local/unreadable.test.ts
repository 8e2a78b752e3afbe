/** A file that cannot be read: the cure is of the file's owner, and `--reset` cures only the stack's own files. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadState } from '@cognito-supabase/local/data-dir';
import { readIfThere } from '@cognito-supabase/local/files';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRecord } from '../../../cli/connect/record.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'unreadable-'));
});
afterEach(() => rm(dir, { recursive: true }));

const RESET = expect.stringContaining('--reset');
const NO_RESET = expect.not.stringContaining('--reset');

test('a folder in the place of a project’s file is named, and nobody is sent to delete the stack', async () => {
  const file = path.join(dir, '.env.local');
  expect(await readIfThere(file)).toBeUndefined();
  await mkdir(file);
  await expect(readIfThere(file)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: `${file} cannot be read: it is a folder`,
    hint: NO_RESET,
  });
});

test('nor for the record of connect', async () => {
  await mkdir(path.join(dir, '.cognito-supabase/connect-dev.json'), { recursive: true });
  await expect(
    readRecord({ workdir: dir, stage: 'dev', project: 'abcdefghijklmnopqrst' }),
  ).rejects.toMatchObject({ code: 'FILE_UNREADABLE', hint: NO_RESET });
});

test('a file of the stack can be made anew', async () => {
  await mkdir(path.join(dir, 'state.json'));
  await expect(loadState(dir)).rejects.toMatchObject({
    code: 'DATA_DIR_UNREADABLE',
    hint: RESET,
  });
});
