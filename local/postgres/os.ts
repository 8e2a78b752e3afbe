/** What the operating system knows: who may run Postgres, what a process is, who may pass a folder. */
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** User and group that Postgres runs as; undefined where it runs as the caller. */
export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Postgres refuses to run as root. As root the stack runs it as `postgres` where that user exists,
 * else as `nobody`, so that no user has to be made.
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

/** Whether every folder from the root down to `dir` lets other users pass. */
export async function isReachableByOthers(dir: string): Promise<boolean> {
  for (let at = path.resolve(dir); ; at = path.dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found && (found.mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** The command line of a process, words joined by blanks; undefined where there is no such process. */
export async function commandLine(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  try {
    if (process.platform === 'linux') {
      const text = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
      // A zombie has no command line, and holds nothing any more.
      return text === '' ? undefined : text;
    }
    return (await run('ps', ['-p', String(pid), '-o', 'args='])).stdout.trim();
  } catch {
    return undefined;
  }
}
