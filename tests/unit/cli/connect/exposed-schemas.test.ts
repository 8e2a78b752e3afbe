/** What the step says about a config.toml that it cannot use. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exposedSchemas } from '../../../../cli/connect/steps/exposed-schemas.ts';
import type { World } from '../../../../cli/connect/world.ts';

/** Looks at a project with this config.toml. */
async function inspect(text: string) {
  const workdir = await mkdtemp(path.join(tmpdir(), 'exposed-'));
  onTestFinished(() => rm(workdir, { recursive: true }));
  await mkdir(path.join(workdir, 'supabase'));
  await writeFile(path.join(workdir, 'supabase/config.toml'), text);
  const api = { exposedSchemas: async () => 'public' };
  return exposedSchemas.inspect({ workdir, api } as unknown as World);
}

test.each([
  ['no TOML', '[api]\nschemas = secret!\n', 'line 2, column 11: invalid value'],
  ['another type', '[api]\nschemas = "public"\n', 'api.schemas: Invalid input: expected array'],
])('%s: the message says where, and shows nothing of the file', async (_, text, where) => {
  const error = await inspect(text).catch((cause: unknown) => cause);
  expect(error).toMatchObject({
    code: 'CONFIG_UNREADABLE',
    message: expect.stringContaining(`supabase/config.toml: ${where}`),
  });
  expect((error as Error).message).not.toMatch(/secret|\n/);
});

test('a file that names schemas is used', async () => {
  await expect(inspect('[api]\nschemas = ["public"]\n')).resolves.toMatchObject({ state: 'done' });
});
