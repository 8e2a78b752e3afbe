/** Writes and reads stack.env, the settings of a running stack (contract/settings.ts). */
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { KitError } from '@cognito-supabase/contract/errors';
import { STACK_ENV_NAMES, type StackEnv } from '@cognito-supabase/contract/settings';
import { readIfThere } from './files.ts';

const fileOf = (dir: string): string => path.join(dir, 'stack.env');

/**
 * Written last, when everything answers. Only the owner can read it, because it contains the secret key.
 */
export async function writeStackEnv(dir: string, env: StackEnv): Promise<void> {
  const text = STACK_ENV_NAMES.map((name) => `${name}=${env[name]}\n`).join('');
  await writeFile(`${fileOf(dir)}.new`, text, { mode: 0o600 });
  await rename(`${fileOf(dir)}.new`, fileOf(dir));
}

export const removeStackEnv = (dir: string): Promise<void> => rm(fileOf(dir), { force: true });

/** @throws KitError STACK_NOT_RUNNING if no stack runs in `dir`; Error if a name is missing. */
export async function readStackEnv(dir: string): Promise<StackEnv> {
  const text = await readIfThere(fileOf(dir));
  if (text === undefined) {
    const hint = 'start one with `npm start`, and leave it running';
    throw new KitError('STACK_NOT_RUNNING', `no stack runs in ${dir}`, hint);
  }
  const env = parseEnv(text);
  const missing = STACK_ENV_NAMES.filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`${fileOf(dir)} does not have ${missing.join(', ')}`);
  return env as StackEnv;
}
