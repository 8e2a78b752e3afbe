/** A migration that was changed after it was applied. The CLI does not report it, but a start does. */
import { appendFile, cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { changesSince } from '@cognito-supabase/local/migrate';
import { expect, test } from 'vitest';
import { newDir, removeDir, stackEnv } from '../support/stack.ts';

test('names files that have changed since they were applied', async () => {
  const workdir = await newDir();
  const migrations = path.join(workdir, 'supabase/migrations');
  await cp(path.resolve(import.meta.dirname, '../../supabase/migrations'), migrations, {
    recursive: true,
  });
  const options = { workdir, databaseUrl: stackEnv().SUPABASE_DB_URL, vault: {} };
  try {
    expect(await changesSince(options)).toEqual({ changed: [], missing: [] });
    const file = '20261121180000_example_notes.sql';
    await appendFile(path.join(migrations, file), '\n-- one word more\n');
    expect(await changesSince(options)).toEqual({ changed: [file], missing: [] });
    await rm(path.join(migrations, file));
    expect(await changesSince(options)).toEqual({ changed: [], missing: [file] });
  } finally {
    await removeDir(workdir);
  }
});
