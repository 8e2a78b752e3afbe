/**
 * A lock file: one run of a command at a time. It has the process that holds it. The lock of a process that is gone is
 * taken over, because a process that is killed cannot remove its own. Nobody can ask another machine for a process, so a
 * holder also gives its lock a new time each minute. A lock of another machine whose time is a day old is taken over: its
 * container may be gone, and the workspace kept.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KitError } from '@cognito-supabase/contract/errors';
import { z } from 'zod';

const HOLDER = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** When the lock was taken, as ISO 8601. */
  since: z.string(),
  /** When the process began, in a form that only this system compares. Null where no system says so. */
  born: z.string().nullable(),
  /** Of this lock alone. */
  id: z.string(),
});
type Holder = z.infer<typeof HOLDER>;

/** Milliseconds. A lock gets its content at once, so one without content that is older was never finished. */
const LONGEST_CREATION = 60_000;
/** Milliseconds between two looks at a lock that somebody else is taking. */
const PAUSE = 20;
/** Milliseconds between two signs of life of a holder. */
const BEAT = 60_000;
/**
 * Milliseconds without a sign of life after which a holder on another machine is gone. Long, because a machine may sleep
 * for a night, and because clocks differ.
 */
const LONGEST_SILENCE = 24 * 60 * 60 * 1000;

/**
 * When a process began: the boot, and the ticks since then (field 22 of proc_pid_stat(5)). A process that has the same
 * number later has another value.
 *
 * @returns null without /proc, and for a process that is not there. `ended` for one that nobody has waited for.
 */
function bornOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program is in brackets, and may have blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return 'ended';
    return ticks === undefined ? null : `${boot}/${ticks}`;
  } catch {
    return null;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** @param silence milliseconds since its last sign of life */
function lives({ pid, host, born }: Holder, silence: number): boolean {
  if (host !== hostname()) return silence < LONGEST_SILENCE;
  if (!isThere(pid)) return false;
  const now = bornOf(pid);
  return born === null || now === null || born === now;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

type Found =
  | { readonly is: 'free' | 'unfinished' | 'stale' }
  /** Undefined if the file has no holder that could be read. */
  | { readonly is: 'held'; readonly holder: Holder | undefined };

function parseHolder(text: string): Holder | undefined {
  try {
    return HOLDER.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function look(file: string): Found {
  try {
    const text = readFileSync(file, 'utf8');
    // After the text: if the lock is replaced between, the newer time leaves it alone.
    const age = Date.now() - statSync(file).mtimeMs;
    if (text === '') return { is: age > LONGEST_CREATION ? 'stale' : 'unfinished' };
    const holder = parseHolder(text);
    // Another program, or another version, may have written it. It is left alone.
    return holder === undefined || lives(holder, age) ? { is: 'held', holder } : { is: 'stale' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { is: 'free' };
    throw error;
  }
}

const inProgress = (file: string, holder: Holder | undefined): KitError =>
  holder === undefined
    ? new KitError(
        'RUN_IN_PROGRESS',
        `${file} is the lock of another run`,
        'wait for that run. If there is none, delete the file',
      )
    : new KitError(
        'RUN_IN_PROGRESS',
        `process ${holder.pid} on ${holder.host} does the same since ${holder.since}`,
        `wait for it, or stop it. If there is no such process, delete ${file}${
          holder.host === hostname() ? '' : '; after a day without a sign of life, it is taken over'
        }`,
      );

/** @returns whether the file was made. It exists for a moment without content. */
function create(file: string, text: string): boolean {
  let made: number;
  try {
    made = openSync(file, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(made, text);
    return true;
  } catch (error) {
    // The disk may be full.
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(made);
  }
}

/**
 * Takes the place of a lock whose process is gone. Only one process at a time may do so: the second lock says which. It
 * looks again first, because another one may have done it meanwhile. The rename leaves no moment without a lock.
 *
 * @returns whether the lock is taken.
 */
async function takeOver(file: string, holder: Holder): Promise<boolean> {
  const turn = `${file}.takeover`;
  const mine = { ...holder, id: randomUUID() };
  await acquire(turn, mine);
  try {
    if (look(file).is !== 'stale') return false;
    const next = `${file}.${holder.id}`;
    writeFileSync(next, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    renameSync(next, file);
    return true;
  } finally {
    release(turn, mine);
  }
}

/** @throws KitError RUN_IN_PROGRESS */
async function acquire(file: string, holder: Holder): Promise<void> {
  const began = Date.now();
  for (;;) {
    if (create(file, JSON.stringify(holder))) return;
    const found = look(file);
    if (found.is === 'held') throw inProgress(file, found.holder);
    if (found.is === 'stale' && (await takeOver(file, holder))) return;
    if (Date.now() - began > LONGEST_CREATION) throw inProgress(file, undefined);
    if (found.is === 'unfinished') await sleep(PAUSE);
  }
}

const isOwn = (file: string, { id }: Holder): boolean =>
  parseHolder(readFileSync(file, 'utf8'))?.id === id;

/** Removes the lock, unless it is not this one any more. */
function release(file: string, holder: Holder): void {
  try {
    if (isOwn(file, holder)) rmSync(file, { force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Gives the lock a new time each minute. The work does not end if that fails. @returns what ends it */
function beat(file: string, holder: Holder): () => void {
  const timer = setInterval(() => {
    try {
      if (isOwn(file, holder)) utimesSync(file, new Date(), new Date());
    } catch {
      // Somebody has deleted it, or the disk fails: the next minute tries again.
    }
  }, BEAT);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Does the work while no other run holds the lock. The lock is removed at the end, after errors too. A killed process
 * leaves it, and the next run takes it over: on the same machine at once, on another one after a day.
 *
 * @param file of the lock. Its folder is made, for the owner alone.
 * @throws KitError RUN_IN_PROGRESS, RUN_LOCK_FAILED
 * @example
 * await withLock(`${journal}.lock`, () => move());
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder: Holder = {
    ...{ pid: process.pid, host: hostname(), since: new Date().toISOString() },
    ...{ born: bornOf(process.pid), id: randomUUID() },
  };
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    await acquire(file, holder);
  } catch (cause) {
    if (cause instanceof KitError) throw cause;
    throw new KitError(
      'RUN_LOCK_FAILED',
      `the lock ${file} cannot be written (${codeOf(cause)})`,
      'correct the rights of its folder, or free space on the disk',
      { cause },
    );
  }
  const stopBeating = beat(file, holder);
  try {
    return await work();
  } finally {
    stopBeating();
    release(file, holder);
  }
}
