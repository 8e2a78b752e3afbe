/** `connect` and `disconnect` as real processes: killed at every step, and two at the same time. */
import { cp } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectProcess, startConnect } from '../support/connect-process.ts';
import { HostedWorld } from '../support/hosted-world.ts';
import { changeOf } from '../support/management-api.ts';
import { newDir, removeDir } from '../support/stack.ts';

let world: HostedWorld;

beforeAll(async () => {
  world = await HostedWorld.start();
});
afterAll(() => world?.stop());
beforeEach(() => world.begin());

const READS = /^(Describe|Get|List)/;

/**
 * Runs the command until it ends by itself. Each run is killed when it has made a change in Supabase, in its database or
 * in AWS that no run before has made, and does not get the answer.
 *
 * @returns the changes
 */
async function killedAfterEachChange(args: readonly string[]): Promise<ReadonlySet<string>> {
  const made = new Set<string>();
  for (let runs = 1; runs <= 40; runs += 1) {
    let running: ConnectProcess | undefined;
    let isKilled = false;
    const kill = (change: string): 'cut' | undefined => {
      if (isKilled || made.has(change)) return undefined;
      isKilled = true;
      made.add(change);
      running?.child.kill('SIGKILL');
      return 'cut';
    };
    world.api.after = (request) => (request.isChange ? kill(changeOf(request)) : undefined);
    world.aws.after = (action) => (READS.test(action) ? undefined : kill(action));
    running = startConnect(world, args);
    const how = await running.exit;
    if (how === 'SIGKILL') continue;
    expect(how, running.output()).toBe(0);
    world.api.after = world.aws.after = () => undefined;
    return made;
  }
  throw new Error('it never ended');
}

/** The same, killed when it has printed the next step that no run before has begun. */
async function killedInEachStep(args: readonly string[]): Promise<readonly string[]> {
  const begun: string[] = [];
  for (let runs = 1; runs <= 40; runs += 1) {
    let text = '';
    const running: ConnectProcess = startConnect(world, args, (piece) => {
      text += piece;
      // An empty line ends the plan.
      const [, carriedOut = ''] = text.split('\n\n');
      for (const [, step = ''] of carriedOut.matchAll(/^ {2}→ (.{31})/gm)) {
        if (begun.includes(step)) continue;
        begun.push(step);
        running.child.kill('SIGKILL');
        break;
      }
    });
    const how = await running.exit;
    if (how === 'SIGKILL') continue;
    expect(how, running.output()).toBe(0);
    return begun;
  }
  throw new Error('it never ended');
}

describe('killed, and run again: the end is the same', () => {
  test('after each change, and disconnect gives back what was there', async () => {
    const before = await world.state(false);
    expect((await killedAfterEachChange(['connect'])).size).toBeGreaterThan(15);
    await world.expectConnected();
    expect((await killedAfterEachChange(['disconnect', '--drop-modules'])).size).toBeGreaterThan(8);
    expect(await world.state(false)).toEqual(before);
    expect(await world.readEnvFile()).toBeUndefined();
  });

  test('while each step begins, the database by its URL', async () => {
    const steps = await killedInEachStep(['connect', '--db-url']);
    expect(steps.length).toBeGreaterThanOrEqual(11);
    await world.expectConnected();
    const undone = await killedInEachStep(['disconnect', '--db-url', '--drop-modules']);
    expect(undone.length).toBeGreaterThanOrEqual(6);
  });
});

describe('two runs at the same time', () => {
  test('in one folder: the second one is refused, and has changed nothing', async () => {
    let second: ConnectProcess | undefined;
    world.api.after = async ({ isChange }) => {
      if (!isChange || second !== undefined) return undefined;
      second = startConnect(world, ['connect']);
      await second.exit;
      return undefined;
    };
    const first = startConnect(world, ['connect']);
    expect(await first.exit, first.output()).toBe(0);
    expect(await second?.exit, second?.output()).toBe(1);
    expect(second?.output()).toContain('RUN_IN_PROGRESS');
    await world.expectConnected();
  });

  test('in two folders: each one, run again, leaves one connection and one key', async () => {
    const other = await newDir();
    try {
      await cp(world.workdir, other, { recursive: true });
      await Promise.allSettled([world.connect(), world.connect({ workdir: other })]);
      expect(await world.connect()).toBe(true);
      expect(world.changes().length).toBeGreaterThan(0);
      await world.connect({ workdir: other });
      expect(await world.connect()).toBe(true);
      await world.expectConnected();
    } finally {
      await removeDir(other);
    }
  });
});
