/** The lock of a run, between processes that are started, killed and stopped here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { withLock } from '../../../cli/run-lock.ts';

const MODULE = path.resolve(import.meta.dirname, '../../../cli/run-lock.ts');
/** No system has a process of this number. */
const NO_PROCESS = 2_147_483_646;
const IN_PROGRESS = { code: 'RUN_IN_PROGRESS' };

async function newFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'run-lock-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const newLock = async (): Promise<string> => path.join(await newFolder(), 'run.lock');

const holder = (changes: object = {}): string =>
  JSON.stringify({
    ...{ pid: NO_PROCESS, host: hostname(), since: '2026-01-01T00:00:00.000Z' },
    ...{ born: null, id: 'somebody' },
    ...changes,
  });

/** A process that runs a script with `withLock`, and ends when its input does. */
function start(script: string): ChildProcess {
  const text = `import { withLock } from '${MODULE}';\n${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', text], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const said = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk))));
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once('close', () => resolve()));

describe('one run at a time', () => {
  test('the lock names process and time, is for its owner alone, and goes at the end', async () => {
    const file = path.join(await newFolder(), 'below', 'run.lock');
    const before = Date.now();
    const result = await withLock(file, async () => {
      const content = JSON.parse(await readFile(file, 'utf8'));
      expect(content).toMatchObject({ pid: process.pid, host: hostname() });
      expect(Date.parse(content.since)).toBeGreaterThanOrEqual(before);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await expect(withLock(file, async () => {})).rejects.toMatchObject(IN_PROGRESS);
      // The refused run has not removed it.
      expect(existsSync(file)).toBe(true);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  test('it goes after an error, too', async () => {
    const file = await newLock();
    const failed = withLock(file, () => Promise.reject(new Error('a reason')));
    await expect(failed).rejects.toThrow('a reason');
    expect(existsSync(file)).toBe(false);
  });

  test('a lock of somebody else is not removed at the end', async () => {
    const file = await newLock();
    await withLock(file, () => writeFile(file, holder()));
    expect(await readFile(file, 'utf8')).toBe(holder());
  });

  describe('signs of life', () => {
    const DAY = 24 * 3_600_000;
    const MINUTE = 60_000;
    const timeOf = async (file: string): Promise<number> => (await stat(file)).mtimeMs;

    test('the lock gets a new time each minute, until the work ends', async () => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      onTestFinished(() => void vi.useRealTimers());
      const file = await newLock();
      await withLock(file, async () => {
        for (let minute = 0; minute < 2; minute += 1) {
          await utimes(file, 0, 0);
          vi.advanceTimersByTime(MINUTE - 1);
          expect(await timeOf(file)).toBe(0);
          vi.advanceTimersByTime(1);
          expect(Date.now() - (await timeOf(file))).toBeLessThan(DAY);
        }
      });
      expect(vi.getTimerCount()).toBe(0);
    });

    test('a lock of somebody else gets none, and a lock that is gone ends nothing', async () => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      onTestFinished(() => void vi.useRealTimers());
      const file = await newLock();
      const work = async () => {
        await writeFile(file, holder());
        await utimes(file, 0, 0);
        vi.advanceTimersByTime(MINUTE);
        expect(await timeOf(file)).toBe(0);
        await rm(file);
        vi.advanceTimersByTime(MINUTE);
        expect(existsSync(file)).toBe(false);
        return 'done';
      };
      expect(await withLock(file, work)).toBe('done');
    });

    test('the timer does not keep the process', async () => {
      const file = await newLock();
      const child = start(`
        process.stdin.unref?.();
        void withLock('${file}', () => new Promise(() => {}));
        console.log('ready');`);
      await said(child);
      await ended(child);
      expect(child.signalCode).toBe(null);
    });
  });

  test('a folder that cannot be written has an error of its own', async () => {
    const file = path.join(await newLock(), 'x');
    await writeFile(path.dirname(file), 'no folder');
    const failed = withLock(file, async () => {});
    await expect(failed).rejects.toMatchObject({ code: 'RUN_LOCK_FAILED' });
  });
});

describe('locks that were left', () => {
  test('a process holds it while it lives, and loses it when it is killed', async () => {
    const file = await newLock();
    const child = start(`await withLock('${file}', async () => {
      console.log('ready');
      for await (const _ of process.stdin);
    });`);
    await said(child);
    await expect(withLock(file, async () => {})).rejects.toMatchObject({
      ...IN_PROGRESS,
      message: expect.stringContaining(`process ${child.pid} `),
    });
    child.kill('SIGKILL');
    await ended(child);
    expect(existsSync(file)).toBe(true);
    expect(await withLock(file, async () => 'mine')).toBe('mine');
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  test('many take a stale lock at the same moment, and one at a time works', async () => {
    const file = await newLock();
    await writeFile(file, holder());
    // The takeover of a run that was killed in it.
    await writeFile(`${file}.takeover`, holder({ id: 'a taker' }));
    const [log, inside] = [`${file}.log`, `${file}.inside`];
    const script = `
      import { mkdirSync, rmdirSync, appendFileSync, writeFileSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      console.log('ready');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      for (let turn = 0; turn < 100; turn += 1) {
        try {
          // As if a run had been killed.
          writeFileSync('${file}', '${holder()}', { flag: 'wx' });
        } catch {}
        try {
          await withLock('${file}', async () => {
            // It fails if somebody else is in.
            mkdirSync('${inside}');
            await sleep(1);
            rmdirSync('${inside}');
            appendFileSync('${log}', 'worked\\n');
          });
        } catch (error) {
          if (error.code !== 'RUN_IN_PROGRESS') appendFileSync('${log}', error + '\\n');
          await sleep(1);
        }
      }
      process.exit(0);`;
    const children = Array.from({ length: 4 }, () => start(script));
    await Promise.all(children.map(said));
    const ends = Promise.all(children.map(ended));
    for (const child of children) child.stdin?.write('go\n');
    await ends;
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    expect(new Set(lines)).toEqual(new Set(['worked']));
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    ['of a process that is gone', () => ({})],
    // The own number, with another beginning: the number was given again.
    ['of a process whose number another one has', () => ({ pid: process.pid, born: 'boot/1' })],
  ])('%s: taken over', async (_, changes) => {
    const file = await newLock();
    await writeFile(file, holder(changes()));
    expect(await withLock(file, async () => 'mine')).toBe('mine');
    expect(existsSync(file)).toBe(false);
  });

  test.runIf(existsSync('/proc/self/stat'))(
    'a process that nobody has waited for is gone',
    async () => {
      const file = await newLock();
      // The shell becomes a program that never waits for its child. The child ends after that.
      const shell = spawn('sh', ['-c', 'head -c 1 <&3 >&2 & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      });
      onTestFinished(() => void shell.kill('SIGKILL'));
      const pid = Number(await said(shell));
      await expect.poll(() => readFile(`/proc/${shell.pid}/comm`, 'utf8')).toBe('sleep\n');
      (shell.stdio[3] as Writable).end('x');
      await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
      await writeFile(file, holder({ pid, born: 'boot/1' }));
      expect(await withLock(file, async () => 'mine')).toBe('mine');
    },
  );

  test.each([
    ['of a process that lives, on a system without /proc', holder({ pid: process.pid })],
    ['of another machine', holder({ host: 'elsewhere.example' })],
    ['of another program', 'something else'],
  ])('%s: refused, and not changed', async (_, text) => {
    const file = await newLock();
    await writeFile(file, text);
    const refused = { ...IN_PROGRESS, hint: expect.stringMatching(/delete/) };
    await expect(withLock(file, async () => {})).rejects.toMatchObject(refused);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('of another machine, without a sign of life for a day: taken over', async () => {
    const file = await newLock();
    await writeFile(file, holder({ host: 'elsewhere.example', pid: 1 }));
    const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
    // Since when it runs says nothing.
    await utimes(file, hoursAgo(23), hoursAgo(23));
    await expect(withLock(file, async () => {})).rejects.toMatchObject({
      ...IN_PROGRESS,
      hint: expect.stringContaining('after a day without a sign of life'),
    });
    await utimes(file, hoursAgo(25), hoursAgo(25));
    expect(await withLock(file, async () => 'mine')).toBe('mine');
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  test('its takeover is taken over too, and a clock that is ahead takes nothing', async () => {
    const file = await newLock();
    const long = new Date(Date.now() - 100 * 3_600_000);
    for (const name of [file, `${file}.takeover`]) {
      await writeFile(name, holder({ host: 'elsewhere.example' }));
      await utimes(name, long, long);
    }
    expect(await withLock(file, async () => 'mine')).toBe('mine');
    await writeFile(file, holder({ host: 'elsewhere.example' }));
    const ahead = new Date(Date.now() + 100 * 3_600_000);
    await utimes(file, ahead, ahead);
    await expect(withLock(file, async () => {})).rejects.toMatchObject(IN_PROGRESS);
  });

  test('a process of this machine that lives keeps it, however long it is silent', async () => {
    const file = await newLock();
    await writeFile(file, holder({ pid: process.pid }));
    const long = new Date(0);
    await utimes(file, long, long);
    await expect(withLock(file, async () => {})).rejects.toMatchObject(IN_PROGRESS);
  });

  test('a lock without content: waited for if it is new, taken over if it is old', async () => {
    const file = await newLock();
    await writeFile(file, '');
    const refused = withLock(file, async () => {});
    await appendFile(file, holder({ pid: process.pid }));
    await expect(refused).rejects.toMatchObject(IN_PROGRESS);
    await writeFile(file, '');
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(file, longAgo, longAgo);
    expect(await withLock(file, async () => 'mine')).toBe('mine');
  });

  test('a folder in its place is no lock', async () => {
    const file = await newLock();
    await mkdir(file);
    const failed = withLock(file, async () => {});
    await expect(failed).rejects.toMatchObject({ code: 'RUN_LOCK_FAILED' });
  });
});
