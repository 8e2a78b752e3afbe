/** Writes and reads stack.env, the settings of a running stack (contract/settings.ts). */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { KitError } from '@cognito-supabase/contract/errors';
import { STACK_ENV_NAMES, type StackEnv } from '@cognito-supabase/contract/settings';
import { readIfThere, writeWhole } from './files.ts';
import type { MachineAccess } from './project-config.ts';

const fileOf = (dir: string): string => path.join(dir, 'stack.env');

/** Ids and secrets of the app clients of programs. */
export const machinesFileOf = (dir: string): string => path.join(dir, 'machines.json');

/** Written last, when everything answers. stack.env contains the secret key, and machines.json the secrets of programs. */
export async function writeStackEnv(
  dir: string,
  env: StackEnv,
  machines: readonly MachineAccess[],
): Promise<void> {
  if (machines.length > 0)
    await writeWhole(machinesFileOf(dir), `${JSON.stringify(machines, undefined, 2)}\n`);
  await writeWhole(fileOf(dir), STACK_ENV_NAMES.map((name) => `${name}=${env[name]}\n`).join(''));
}

export async function removeStackEnv(dir: string): Promise<void> {
  for (const file of [fileOf(dir), machinesFileOf(dir)]) await rm(file, { force: true });
}

/** What to do without a stack. */
export const START_HINT =
  'start one with `npx cognito-supabase dev` (in a clone of the kit: `npm start`), and leave it running';

/**
 * Says that no stack runs. A project is named by its folder: `.local` in it is only the place of a stack in a clone of the
 * kit, where `cognito-supabase dev` never keeps anything.
 *
 * @param dir the folder where stack.env was looked for
 */
export const noStackIn = (dir: string): string =>
  path.basename(dir) === '.local'
    ? `no stack runs for the project in ${path.dirname(dir)}`
    : `no stack runs in ${dir}`;

/** @throws KitError STACK_NOT_RUNNING if no stack runs in `dir`; Error if a name is missing. */
export async function readStackEnv(dir: string): Promise<StackEnv> {
  const text = await readIfThere(fileOf(dir));
  if (text === undefined) throw new KitError('STACK_NOT_RUNNING', noStackIn(dir), START_HINT);
  const env = parseEnv(text);
  const missing = STACK_ENV_NAMES.filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`${fileOf(dir)} does not have ${missing.join(', ')}`);
  return env as StackEnv;
}
