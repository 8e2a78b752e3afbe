/** The folder of a stack: its lock, and the keys and passwords that are kept between starts. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { z } from 'zod';
import { readIfThere, unreadable, writeWhole } from './files.ts';
import { deleteCluster } from './postgres/data-folder.ts';
import { commandLine, isReachableByOthers, serviceUser } from './postgres/os.ts';
import { printable } from './printable.ts';
import { RESET } from './progress.ts';
import { inSentence } from './system-errors.ts';

/** Made at the first start and kept. These are secrets, so only the owner can read the file. */
export interface State {
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly clientId: string;
  readonly passwords: {
    readonly superuser: string;
    readonly postgres: string;
    readonly authenticator: string;
  };
  /** First port of the last start. */
  readonly port?: number | undefined;
}

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

const newState = (): State => ({
  publishableKey: `sb_publishable_${random(24)}`,
  secretKey: `sb_secret_${random(24)}`,
  // App client ids are 26 lower-case letters and digits.
  clientId: BigInt(`0x${randomBytes(24).toString('hex')}`)
    .toString(36)
    .slice(0, 26)
    .padStart(26, '0'),
  passwords: { superuser: random(24), postgres: random(24), authenticator: random(24) },
});

const stateFileOf = (dir: string): string => path.join(dir, 'state.json');

const text = z.string().min(1);
const STATE: z.ZodType<State> = z.object({
  publishableKey: text,
  secretKey: text,
  clientId: text,
  passwords: z.object({ superuser: text, postgres: text, authenticator: text }),
  port: z.int().min(0).max(65_535).optional(),
});

/** Parses without throwing. Undefined means that the text is not JSON. */
function fromJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * Keys, passwords and last port of `dir`. They are made if there are none.
 *
 * @throws KitError DATA_DIR_UNREADABLE
 */
export async function loadState(dir: string): Promise<State> {
  const file = stateFileOf(dir);
  const json = await readIfThere(file, unreadable);
  if (json !== undefined) {
    const { data } = STATE.safeParse(fromJson(json));
    if (data) return data;
    const message = `${file} does not contain the keys and passwords that were written to it`;
    throw new KitError('DATA_DIR_UNREADABLE', message, `restore it, or begin anew with ${RESET}`);
  }
  const state = newState();
  await saveState(dir, state);
  return state;
}

export const saveState = (dir: string, state: State): Promise<void> =>
  writeWhole(stateFileOf(dir), `${JSON.stringify(state, null, 2)}\n`);

/**
 * The folder of Postgres: in `dir`, or in /var/lib if the stack runs as root and the service user cannot
 * enter `dir` (such as /root).
 */
export async function clusterHome(dir: string): Promise<string> {
  if ((await serviceUser()) === undefined || (await isReachableByOthers(dir))) {
    return path.join(dir, 'postgres');
  }
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 12);
  return path.join('/var/lib/cognito-supabase', hash);
}

/** What `--reset` deletes, in words. */
const DATA = [
  ['postgres', 'the database'],
  ['cognito', 'users, groups and keys of the user pool'],
  ['state.json', 'API keys and passwords'],
] as const;

/**
 * Deletes users, keys and rows, for `--reset`.
 *
 * @param home of Postgres
 * @returns what was deleted, a line each.
 * @throws KitError DATA_DIR_NOT_OURS if no stack has made the folder.
 */
export async function deleteData(dir: string, home: string): Promise<string[]> {
  const places = DATA.map(([name, what]) => ({
    place: name === 'postgres' ? home : path.join(dir, name),
    what,
  }));
  const there = places.filter(({ place }) => existsSync(place));
  if (there.length > 0 && !existsSync(stateFileOf(dir))) {
    const names = there.map(({ place }) => place).join(' and ');
    throw new KitError(
      'DATA_DIR_NOT_OURS',
      `${dir} has no state.json, so no stack made ${names}, and nothing was deleted`,
      'name the folder of a stack with --dir, or delete them yourself',
    );
  }
  await deleteCluster(home);
  // The file that marks a stack's folder is deleted last, so an interrupted reset can be repeated.
  for (const { place } of there) await rm(place, { recursive: true, force: true });
  return there.map(({ place, what }) => `deleted ${place}: ${what}`);
}

/** Files of a stack that a reset leaves in its folder. */
const LEFT = [
  '.gitignore',
  'stack.lock',
  'stack.env',
  'machines.json',
  'docker',
  'directory-sync.json',
];

/**
 * Refuses to reset a folder with files of somebody else, before anything is written there.
 *
 * @throws KitError DATA_DIR_NOT_OURS
 */
async function refuseOthersFiles(dir: string): Promise<void> {
  // makeDir says what is wrong if it is no folder, or cannot be read.
  const names = await readdir(dir).catch((): string[] => []);
  if (names.includes('state.json')) return;
  const others = names.filter((name) => !LEFT.includes(name) && !name.endsWith('.tmp')).sort();
  if (others.length === 0) return;
  const shown = others.slice(0, 3).map(printable).join(', ');
  throw new KitError(
    'DATA_DIR_NOT_OURS',
    `${dir} has no state.json, so no stack made it, and it has other files (${shown}); nothing was deleted`,
    'name the folder of a stack with --dir, or an empty one',
  );
}

/** The file that has the name of `dir` or of a folder above it; undefined if there is none. */
async function fileInTheWay(dir: string): Promise<string | undefined> {
  const found = await stat(dir).catch(() => undefined);
  if (found) return found.isDirectory() ? undefined : dir;
  const above = path.dirname(dir);
  return above === dir ? undefined : fileInTheWay(above);
}

/** Makes the folder, and tells git to leave it, because it is in the folder of a project. */
async function makeDir(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (cause) {
    const file = await fileInTheWay(dir);
    if (file !== undefined) Object.assign(cause as Error, { path: file });
    throw inSentence(cause) ?? cause;
  }
  try {
    await writeFile(path.join(dir, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw inSentence(cause) ?? cause;
  }
}

/** The holder of the lock; undefined if the file is damaged, as after a full disk. */
async function holderOf(
  lock: string,
): Promise<{ pid: number; command?: string | undefined } | undefined> {
  const holder = z.object({ pid: z.int().positive(), command: z.string().optional() });
  return holder.safeParse(fromJson((await readIfThere(lock, unreadable)) ?? '')).data;
}

/**
 * Makes `dir` and locks it for this process.
 *
 * @param isReset whether the data in it is to be deleted. Then it has to be the folder of a stack, or empty.
 *   @default - false
 * @returns a function that unlocks it.
 * @throws KitError DATA_DIR_IN_USE while another stack runs in it; DATA_DIR_FOREIGN_OWNER,
 *   DATA_DIR_READ_ONLY, DATA_DIR_NOT_A_FOLDER, DISK_FULL if nothing can be written; DATA_DIR_NOT_OURS.
 */
export async function lockDir(dir: string, isReset = false): Promise<() => Promise<void>> {
  if (isReset) await refuseOthersFiles(dir);
  const file = path.join(dir, 'stack.lock');
  // Another program may have the same pid since then.
  const mine = JSON.stringify({ pid: process.pid, command: await commandLine(process.pid) });
  await makeDir(dir);
  try {
    await writeFile(file, mine, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw inSentence(cause) ?? cause;
    const holder = await holderOf(file);
    if (holder && (await commandLine(holder.pid)) === holder.command) {
      throw new KitError(
        'DATA_DIR_IN_USE',
        `a stack runs in ${dir} already (process ${holder.pid})`,
        'stop it, or start this one with another --dir',
      );
    }
    await rm(file, { force: true });
    return lockDir(dir, isReset);
  }
  return () => rm(file, { force: true });
}
