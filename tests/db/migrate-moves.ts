/** Runs of `migrate-users`, and ways to stop one in the middle. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, onTestFinished } from 'vitest';
import type { Direction, PasswordOptions } from '../../cli/migrate-users/options.ts';
import { migrate } from '../../cli/migrate-users/run.ts';
import { type AuthAdmin, type AuthAdminOptions, startAuthAdmin } from '../support/auth-admin.ts';
import { makeRandom } from '../support/fake-users.ts';
import type { OldPerson } from '../support/migrate-people.ts';
import type { MigrateWorld } from '../support/migrate-world.ts';

const COMMAND = path.resolve(import.meta.dirname, '../../cli/migrate-users/command.ts');
/** Short waits, because nothing here needs long ones. */
const RETRY = { attempts: 10, baseMs: 5, capMs: 50 };

/** So few requests that 300 people need more for a kill and three stops. */
const [KILL_AT, STOP_AT, STOP_WITHIN] = [100, 15, 30];

class Stopped extends Error {}

export type Env = Readonly<Record<string, string | undefined>>;

/** A stand-in with these people, until the test ends. */
export async function authWith(
  people: readonly OldPerson[],
  options: AuthAdminOptions = {},
): Promise<AuthAdmin> {
  const auth = await startAuthAdmin(
    people.map(({ user }) => user),
    options,
  );
  onTestFinished(() => auth.close());
  return auth;
}

/** The stack, and the stand-in as the project with the old accounts. */
export const oldEnv = (
  { stack }: MigrateWorld,
  { url, secretKey }: AuthAdmin,
  more: Env = {},
): Env => ({
  ...stack.env,
  ...{ OLD_SUPABASE_URL: url, OLD_SUPABASE_SECRET_KEY: secretKey },
  ...more,
});

export interface Move {
  readonly direction: Direction;
  readonly env: Env;
  /** The folder of its files, and the beginning of their names. */
  readonly dir: string;
  readonly name: string;
}

export const fileOf = ({ dir, name }: Move, what: string): string =>
  path.join(dir, `${name}-${what}`);

export interface Ended {
  readonly isWhole: boolean;
  readonly output: string;
}

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly isDryRun?: boolean;
  readonly csv?: string;
  readonly passwords?: PasswordOptions;
  /** @default - the file `people` of the move, and none for a dry run */
  readonly people?: string;
}

export async function run(move: Move, given: RunOptions = {}): Promise<Ended> {
  const { signal = new AbortController().signal, isDryRun = false, csv, passwords } = given;
  const people = given.people ?? (isDryRun ? undefined : fileOf(move, 'people'));
  const lines: string[] = [];
  const options = {
    ...{ rate: 1000, isDryRun, userPoolId: undefined, region: undefined, endpoint: undefined },
    ...{ dir: move.dir, state: fileOf(move, 'journal'), map: fileOf(move, 'map') },
    ...{ report: fileOf(move, 'report'), people, csv, passwords },
  };
  const isWhole = await migrate(move.direction, options, {
    ...{ env: move.env, retry: RETRY, signal },
    print: (line) => void lines.push(line),
  });
  return { isWhole, output: lines.join('\n') };
}

/** Counts requests, and does something at one of them. */
export class Meter {
  #left = Number.POSITIVE_INFINITY;
  #then = (): void => {};

  readonly tick = (): void => {
    this.#left -= 1;
    if (this.#left === 0) this.#then();
  };

  at(requests: number, then: () => void): void {
    [this.#left, this.#then] = [requests, then];
  }
}

/** Runs the command in a process, and kills it in the middle. */
export async function killInTheMiddle(move: Move, meter: Meter): Promise<void> {
  const args = ['--rate', '1000', '--state', fileOf(move, 'journal'), '--map', fileOf(move, 'map')];
  const others = ['--report', fileOf(move, 'report'), '--people', fileOf(move, 'people')];
  const words = JSON.stringify([move.direction, ...args, ...others]);
  const script = `import { migrateUsersCommand } from '${COMMAND}';
    await migrateUsersCommand().parseAsync(${words}, { from: 'user' });`;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ...move.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  meter.at(KILL_AT, () => child.kill('SIGKILL'));
  const how = await new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
  expect(how, errors).toBe('SIGKILL');
}

/** Stops at a few points that the seed chooses, and then runs to the end. */
export async function runWithStops(move: Move, meter: Meter, seed: number): Promise<Ended> {
  const random = makeRandom(seed);
  for (let stop = 0; stop < 3; stop += 1) {
    const controller = new AbortController();
    meter.at(STOP_AT + Math.floor(random() * STOP_WITHIN), () => controller.abort(new Stopped()));
    await expect(run(move, { signal: controller.signal })).rejects.toBeInstanceOf(Stopped);
  }
  meter.at(Number.POSITIVE_INFINITY, () => {});
  return run(move);
}

/** The lines of a file of the move, without the one of names. */
export const rowsIn = async (move: Move, what: string): Promise<readonly (readonly string[])[]> =>
  (parse(await readFile(fileOf(move, what), 'utf8')) as string[][]).slice(1);

/** Without the line of names. These files quote nothing but reasons. */
export const csvRows = async (file: string): Promise<readonly (readonly string[])[]> =>
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
