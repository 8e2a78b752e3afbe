/** Finds the host of a project, or starts one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, realpath } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KitError } from '@cognito-supabase/contract/errors';
import { MIGRATION_ENV, PRE_TOKEN_ENV } from '@cognito-supabase/contract/settings';
import { configFileOf } from '@cognito-supabase/local/project-config';
import { requireProject } from '../workdir.ts';
import { LOG, SOCKET } from './host/protocol.ts';

const ENTRY = fileURLToPath(new URL('./host/main.mjs', import.meta.url));

/** Milliseconds. The host listens before it has started Postgres. */
const PATIENCE = 20_000;

/** What the CLI writes, functions and tests have no part in the database. */
const NOT_OF_THE_DATABASE = /^(\.temp|\.branches|functions|node_modules)(\/|$)|\.test\.sql$/;

/** Changes with everything that the database and the pool are made of, so that no test runs on an older one. */
async function fingerprint(workdir: string): Promise<string> {
  const hash = createHash('sha256');
  const { [MIGRATION_ENV.supabaseUrl]: oldProject } = process.env;
  const env = Object.values(PRE_TOKEN_ENV).map((name) => process.env[name]);
  hash.update(JSON.stringify([ENTRY, process.execPath, workdir, oldProject, env]));
  const folder = path.join(workdir, 'supabase');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => !NOT_OF_THE_DATABASE.test(name.replaceAll(path.sep, '/')));
  for (const name of names.sort())
    hash.update(`\0${name}\0`).update(await readFile(path.join(folder, name)));
  const config = configFileOf(workdir);
  if (config !== undefined) hash.update(await readFile(config));
  return hash.digest('hex').slice(0, 16);
}

/** A folder that nobody else can read. Other users can write to the folder of temporary files. */
async function placeOf(workdir: string): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const base = path.join(tmpdir(), `cognito-supabase-${uid}`);
  await mkdir(base, { recursive: true, mode: 0o700 });
  const found = await lstat(base);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0)
    throw new KitError(
      'START_FAILED',
      `${base} is not a folder of this user alone`,
      'delete it, and run it again',
    );
  const place = path.join(base, await fingerprint(workdir));
  await mkdir(place, { recursive: true, mode: 0o700 });
  return place;
}

const isOpen = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });

async function startHost(place: string, workdir: string): Promise<ChildProcess> {
  const log = await open(path.join(place, LOG), 'a', 0o600);
  try {
    // It outlives this process, because other test files use it too.
    const child = spawn(process.execPath, [ENTRY, place, workdir], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/**
 * @param workdir The folder that has supabase/.
 * @returns the socket of a host that listens.
 * @throws KitError `PROJECT_NOT_FOUND`, `START_FAILED`
 */
export async function findHost(workdir: string): Promise<string> {
  await requireProject(workdir);
  const project = await realpath(workdir);
  const place = await placeOf(project);
  const socket = path.join(place, SOCKET);
  let child: ChildProcess | undefined;
  for (const began = Date.now(); Date.now() - began < PATIENCE; await sleep(20)) {
    if (await isOpen(socket)) return socket;
    if (child && child.exitCode === null && child.signalCode === null) continue;
    // One that ended with 0 has found another host, which may have ended since then.
    if (child && child.exitCode !== 0) break;
    child = await startHost(place, project);
  }
  throw new KitError(
    'START_FAILED',
    'no stack could be started',
    `${path.join(place, LOG)} has the reason`,
  );
}
