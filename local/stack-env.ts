/** stack.env: what a running stack tells other programs (contract/settings.ts). */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { STACK_ENV_NAMES, type StackEnv } from '@cognito-supabase/contract/settings';

const fileOf = (dir: string): string => path.join(dir, 'stack.env');

/** Written last, when everything answers. Readable by its owner alone: it holds the secret key. */
export async function writeStackEnv(dir: string, env: StackEnv): Promise<void> {
  const text = STACK_ENV_NAMES.map((name) => `${name}=${env[name]}\n`).join('');
  await writeFile(`${fileOf(dir)}.new`, text, { mode: 0o600 });
  await rename(`${fileOf(dir)}.new`, fileOf(dir));
}

export const removeStackEnv = (dir: string): Promise<void> => rm(fileOf(dir), { force: true });

/** @throws Error where no stack runs in `dir`, or a name is missing. */
export async function readStackEnv(dir: string): Promise<StackEnv> {
  const env = parseEnv(await readFile(fileOf(dir), 'utf8'));
  const missing = STACK_ENV_NAMES.filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`${fileOf(dir)} lacks ${missing.join(', ')}`);
  return env as StackEnv;
}
