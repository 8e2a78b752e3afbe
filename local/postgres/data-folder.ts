/** The data folder of the cluster: checked, made by initdb, deleted. It belongs to the service user. */
import { spawn } from 'node:child_process';
import { chown, lstat, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { RESET } from '../progress.ts';
import { asServiceUser, type ServiceUser, serviceUser } from './os.ts';
import { openFresh, ownerOf, readPlainFile } from './shared-folder.ts';

/** Major version of the hosted platform and of config.toml. */
const MAJOR_VERSION = '17';
export const SUPERUSER = 'supabase_admin';
const MOVE = `move it away, or begin anew with ${RESET}`;

export const dataDirOf = (home: string): string => path.join(home, 'data');

/** A folder that does not exist passes. @throws KitError DATA_DIR_FOREIGN_OWNER */
async function refuseForeignOwner(folder: string, wanted: number | undefined): Promise<void> {
  const owner = await ownerOf(folder);
  if (owner === undefined || wanted === undefined || owner === wanted) return;
  throw new KitError(
    'DATA_DIR_FOREIGN_OWNER',
    `the folder ${folder} belongs to user ${owner}, and must belong to user ${wanted}`,
    'start as the user who made it, choose another folder with --dir, or delete this one',
  );
}

/**
 * Makes the folder of the cluster. It belongs to the caller, so that no other user can place a link where
 * the stack opens, renames or deletes by name. The service user may only pass through it.
 */
export async function prepareHome(home: string): Promise<void> {
  await mkdir(path.dirname(home), { recursive: true, mode: 0o755 });
  await mkdir(home, { recursive: true, mode: 0o711 });
  await refuseForeignOwner(home, process.getuid?.());
}

/** Refuses a data folder that this Postgres, or this user, cannot run. */
export async function checkDataDir(home: string, user: ServiceUser | undefined): Promise<void> {
  const dataDir = dataDirOf(home);
  await refuseForeignOwner(dataDir, user?.uid ?? process.getuid?.());
  const version = (await readPlainFile(path.join(dataDir, 'PG_VERSION'))).trim();
  if (version === MAJOR_VERSION) return;
  // The file may contain anything, so only a version is printed.
  const found = /^[\d.]{1,8}$/.test(version) ? `of Postgres ${version}` : 'no Postgres data folder';
  throw new KitError(
    'DATA_DIR_WRONG_VERSION',
    `${dataDir} is ${found}, and this is Postgres ${MAJOR_VERSION}`,
    MOVE,
  );
}

async function runInitdb(initdb: string, args: readonly string[], user?: ServiceUser) {
  const child = spawn(initdb, args, { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk) => {
    words += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) {
    throw new KitError('START_FAILED', `initdb failed: ${words.trim()}`, 'see the lines above');
  }
}

/**
 * Makes the data folder under another name and renames it, so that no incomplete one stays.
 *
 * @param password of the superuser; initdb reads it from a file.
 */
export async function initialise(
  home: string,
  initdb: string,
  password: string,
  user?: ServiceUser,
): Promise<void> {
  const fresh = path.join(home, 'data.new');
  const passwordFile = path.join(home, 'password.new');
  await deleteOwned(fresh, user);
  await mkdir(fresh, { mode: 0o700 });
  if (user) await chown(fresh, user.uid, user.gid);
  const handle = await openFresh(passwordFile);
  try {
    await handle.writeFile(password);
    if (user) await handle.chown(user.uid, user.gid);
    await handle.close();
    await runInitdb(
      initdb,
      [
        `--pgdata=${fresh}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Postgres's own locale gives the same order on every machine.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      ],
      user,
    );
  } finally {
    await handle.close();
    await rm(passwordFile, { force: true });
  }
  await rename(fresh, dataDirOf(home));
}

/**
 * Deletes a folder of the service user. That user deletes the contents, so links lead to nothing that it
 * could not delete anyway.
 */
async function deleteOwned(folder: string, user: ServiceUser | undefined): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) return;
  if (!user || !found.isDirectory() || found.uid !== user.uid) {
    return rm(folder, { recursive: true, force: true });
  }
  await asServiceUser(user, 'cd "$1" && rm -rf -- ./* ./.[!.]* ./..?*', [folder]);
  await rmdir(folder);
}

/** Deletes the cluster, complete or not. @throws KitError DATA_DIR_FOREIGN_OWNER */
export async function deleteCluster(home: string): Promise<void> {
  await refuseForeignOwner(home, process.getuid?.());
  const user = await serviceUser();
  for (const name of ['data', 'data.new']) await deleteOwned(path.join(home, name), user);
  await rm(home, { recursive: true, force: true });
}
