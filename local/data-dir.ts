/** The folder of one stack: its lock, and the keys and passwords that outlive a start. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { deleteCluster } from './postgres/data-folder.ts';
import { commandLine, isReachableByOthers, serviceUser } from './postgres/os.ts';

/** What is made at the first start and kept. Secrets: the file is readable by its owner alone. */
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
  readonly port?: number;
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

/** Writes a file so that a reader finds the old or the new one, never a part. */
async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Keys, passwords and last port of `dir`, made where there are none. */
export async function loadState(dir: string): Promise<State> {
  const file = path.join(dir, 'state.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) {
    try {
      return JSON.parse(text) as State;
    } catch (cause) {
      throw new KitError('DATA_DIR_UNREADABLE', `${file} is not JSON`, 'begin anew with --reset', {
        cause,
      });
    }
  }
  const state = newState();
  await saveState(dir, state);
  return state;
}

export const saveState = (dir: string, state: State): Promise<void> =>
  writeWhole(path.join(dir, 'state.json'), `${JSON.stringify(state, null, 2)}\n`);

/**
 * Where Postgres lives: in `dir`, or, as root below a folder that the service user cannot enter
 * (/root, say), in /var/lib.
 */
export async function clusterHome(dir: string): Promise<string> {
  if ((await serviceUser()) === undefined || (await isReachableByOthers(dir))) {
    return path.join(dir, 'postgres');
  }
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 12);
  return path.join('/var/lib/cognito-supabase', hash);
}

/** Deletes users, keys and rows: what `--reset` begins anew without. @param home of Postgres */
export async function deleteData(dir: string, home: string): Promise<void> {
  await deleteCluster(home);
  const kept = ['postgres', 'cognito', 'state.json'].map((name) => path.join(dir, name));
  for (const gone of kept) await rm(gone, { recursive: true, force: true });
}

/**
 * Makes `dir` and takes it for this process.
 *
 * @returns a function that gives it back.
 * @throws KitError DATA_DIR_IN_USE while another stack runs in it, DATA_DIR_FOREIGN_OWNER
 */
export async function lockDir(dir: string): Promise<() => Promise<void>> {
  const file = path.join(dir, 'stack.lock');
  // A pid alone may have been given to another program since.
  const mine = JSON.stringify({ pid: process.pid, command: await commandLine(process.pid) });
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(file, mine, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      const hint = 'start as its owner, or choose another folder with --dir';
      throw new KitError('DATA_DIR_FOREIGN_OWNER', `${dir} is not writable`, hint, { cause });
    }
    if (code !== 'EEXIST') throw cause;
    const { pid, command } = JSON.parse((await readFile(file, 'utf8')) || '{"pid":0}');
    if (pid && (await commandLine(pid)) === command) {
      throw new KitError(
        'DATA_DIR_IN_USE',
        `a stack runs in ${dir} already (process ${pid})`,
        'stop it, or start this one with another --dir',
      );
    }
    await rm(file, { force: true });
    return lockDir(dir);
  }
  return () => rm(file, { force: true });
}
