/** The sync: in parallel by the command, and one call after another by a simple loop. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CognitoIdentityProviderClient,
  ListUsersCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { runCommand } from '../support/directory-command.ts';
import type { FakePool } from '../support/fake-pool.ts';
import { median } from './measure.ts';

const run = promisify(execFile);

/** Interval of the memory samples, in milliseconds. */
const SAMPLE_EVERY = 500;

export interface ParallelSync {
  /** The whole command: start of Node, reading, merge, vacuum. */
  readonly seconds: number;
  /** From the first page to the last, measured at the endpoint. */
  readonly readingSeconds: number;
  readonly pages: number;
  /** Pages a second while reading. */
  readonly rate: number;
  /** Requests that the endpoint refused for their rate. */
  readonly throttled: number;
  /** Resident memory while reading, in MB: second and last quarter, medians, and the most. */
  readonly memory: { readonly early: number; readonly late: number; readonly most: number };
}

const residentMb = async (pid: number): Promise<number | undefined> => {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout.trim() === '' ? undefined : Number(stdout) / 1024;
};

async function sample(pid: number, into: number[], ended: () => boolean): Promise<void> {
  while (!ended()) {
    const resident = await residentMb(pid);
    if (resident !== undefined) into.push(resident);
    await sleep(SAMPLE_EVERY);
  }
}

/** @throws Error with the command's output if it fails. */
export async function syncInParallel(
  env: StackEnv,
  pool: FakePool,
  stateFile: string,
  rate: number,
): Promise<ParallelSync> {
  const began = performance.now();
  const args = ['--state', stateFile, '--rate', `${rate}`];
  const { child, exit, output } = runCommand(env, pool, args);
  let ended = false;
  const samples: number[] = [];
  const sampling = sample(child.pid ?? 0, samples, () => ended);
  const code = await exit;
  ended = true;
  const seconds = (performance.now() - began) / 1000;
  await sampling;
  if (code !== 0) throw new Error(`the sync ended with ${code}:\n${output()}`);
  const [first, last] = [pool.log[0]?.at ?? 0, pool.log.at(-1)?.at ?? 0];
  const readingSeconds = (last - first) / 1000;
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  return {
    seconds,
    readingSeconds,
    pages: pool.pages(),
    rate: (pool.pages() - 1) / readingSeconds,
    throttled: pool.throttled(),
    memory: {
      early: median(samples.slice(quarter, 2 * quarter)),
      late: median(samples.slice(-quarter)),
      most: Math.max(...samples),
    },
  };
}

/** A simple loop that requests the next page after the one before. It stores nothing. */
export async function readOneByOne(pool: FakePool): Promise<{ seconds: number; pages: number }> {
  const client = new CognitoIdentityProviderClient({
    region: pool.region,
    endpoint: pool.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const began = performance.now();
  let [pages, token] = [0, undefined as string | undefined];
  do {
    const input = { UserPoolId: pool.userPoolId, Limit: 60, PaginationToken: token };
    const page = await client.send(new ListUsersCommand(input));
    pages += 1;
    token = page.PaginationToken;
  } while (token !== undefined);
  client.destroy();
  return { seconds: (performance.now() - began) / 1000, pages };
}
