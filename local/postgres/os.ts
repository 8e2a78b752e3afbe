/** Asks the operating system: who may run Postgres, what a process is, who may pass through a folder. */
import { execFile } from 'node:child_process';
import { readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** User and group that Postgres runs as; undefined if it runs as the caller. */
export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Postgres refuses to run as root. As root the stack runs it as `postgres` if that user exists, else as
 * `nobody`, so that no user has to be made.
 */
export async function serviceUser(): Promise<ServiceUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = passwd.match(new RegExp(`^${name}:.*$`, 'm'))?.[0].split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('no user `postgres` or `nobody` in /etc/passwd to run Postgres as');
}

/**
 * Runs a line of shell as the service user, or as the caller if there is none. Then the kernel allows
 * only what that user may delete or signal.
 *
 * @param args its `$1`, `$2`, …
 */
export async function asServiceUser(
  user: ServiceUser | undefined,
  line: string,
  args: readonly string[],
): Promise<void> {
  await run('/bin/sh', ['-c', line, 'sh', ...args], { ...user, cwd: '/' });
}

/** Whether other users may pass through every folder from the root to `dir`. */
export async function isReachableByOthers(dir: string): Promise<boolean> {
  for (let at = path.resolve(dir); ; at = path.dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found && (found.mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** The command line of a process, joined by spaces; undefined if there is no such process. */
export async function commandLine(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  try {
    if (process.platform === 'linux') {
      const text = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
      // A zombie has no command line.
      return text === '' ? undefined : text;
    }
    return (await run('ps', ['-p', String(pid), '-o', 'args='])).stdout.trim();
  } catch {
    return undefined;
  }
}

/** Owner and program of a process. Unlike its command line, the process cannot write them. */
export interface ProcessIdentity {
  readonly uid: number;
  /** Absolute path of its program. */
  readonly executable: string;
}

/** Undefined if there is no such process, or the caller may not read it. */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    if (process.platform === 'linux') {
      const executable = await readlink(`/proc/${pid}/exe`);
      // The program may have been deleted or replaced while the process runs.
      return {
        uid: (await stat(`/proc/${pid}`)).uid,
        executable: executable.replace(/ \(deleted\)$/, ''),
      };
    }
    const { stdout } = await run('ps', ['-p', String(pid), '-o', 'uid=,comm=']);
    const [, uid, executable] = stdout.match(/^\s*(\d+)\s+(.+?)\s*$/) ?? [];
    return executable === undefined ? undefined : { uid: Number(uid), executable };
  } catch {
    return undefined;
  }
}
