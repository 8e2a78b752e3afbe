/** A whole move: read everybody, sort, move one after another, write map and report. */
import { KitError } from '@cognito-supabase/contract/errors';
import { makeBudget } from '../directory/budget.ts';
import {
  count,
  duration,
  makeProgress,
  number,
  type Progress,
  type Shown,
} from '../directory/progress.ts';
import { DEFAULT_RETRY, type RetryContext, type RetryOptions } from '../directory/retry.ts';
import type { Env } from '../directory/settings.ts';
import { inParallel } from '../directory/walk.ts';
import { withLock } from '../run-lock.ts';
import { writeImport } from './import-job.ts';
import { type Entry, Journal, readJournal } from './journal.ts';
import { type Direction, type Files, filesOf, type MigrateOptions } from './options.ts';
import { addressOf, type Going, Left, type Sorted } from './person.ts';
import { writePrivate } from './private-file.ts';
import { ProjectError } from './project.ts';
import { readSettings, type Settings } from './settings.ts';
import { mapText, peopleText, reportText, Tally } from './tally.ts';
import { toCognito, toSupabase, type Way } from './ways.ts';

export interface MigrateWorld {
  readonly env: Env;
  readonly print: (line: string) => void;
  /** @default - no progress is shown */
  readonly progressOn?: NodeJS.WriteStream | undefined;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** @default - the one of `directory` */
  readonly retry?: RetryOptions;
}

/** People who are moved at the same time. */
const WIDTH = 16;

/** After so many failures in a row, the server is at fault and not the data of a person. */
const FAILURES_IN_A_ROW = 10;

/** `120 of 1,000 people · 9.8/s · 1 min 30 s left` */
function describe({ pages, total, retries, seconds }: Shown): string {
  const rate = seconds >= 1 ? pages / seconds : 0;
  const left = rate > 0 ? duration(Math.max(0, total - pages) / rate) : '…';
  return [
    `${number(pages)} of ${count(total, 'user')}`,
    `${rate > 0 ? rate.toFixed(1) : '…'}/s`,
    `${left} left`,
    ...(retries > 0 ? [`${retries} retries`] : []),
  ].join(' · ');
}

/** Counts failures of the server that follow each other. */
function makeBreaker() {
  let failures = 0;
  return {
    success: () => {
      failures = 0;
    },
    /** @throws KitError SUPABASE_UNREACHABLE */
    failure: ({ cause, message }: Left) => {
      if (!(cause instanceof ProjectError) || cause.status < 500) return;
      failures += 1;
      if (failures >= FAILURES_IN_A_ROW)
        throw new KitError(
          'SUPABASE_UNREACHABLE',
          `Supabase fails for one user after another (${message})`,
          'see the logs of the project; the same command continues from here',
        );
    },
  };
}

interface Mover {
  readonly way: Way;
  readonly journal: Journal;
  readonly tally: Tally;
  readonly onPerson: () => void;
  readonly stop: (reason: Error) => void;
}

/** A person who has been deleted or banned since an earlier run has begun. */
function leftMidway(way: Way, { message, todo, cause }: Left, entry: Entry): Left {
  const begun = way.begun(entry);
  return new Left(message, todo === 'nothing' ? begun : `${todo}; ${begun}`, { cause });
}

/** The person as they are now. @throws Left, KitError */
async function refresh({ way, journal }: Mover, person: Going): Promise<Going> {
  try {
    return await way.refresh(person);
  } catch (error) {
    const entry = journal.get(person.id);
    throw error instanceof Left && entry !== undefined ? leftMidway(way, error, entry) : error;
  }
}

async function moveAll(people: readonly Going[], mover: Mover): Promise<void> {
  const { way, journal, tally, onPerson, stop } = mover;
  const breaker = makeBreaker();
  const move = async (person: Going): Promise<void> => {
    try {
      const fresh = await refresh(mover, person);
      const how = await way.move(fresh, journal);
      tally.arrive(way.arrived(fresh, journal.get(person.id)), how);
      breaker.success();
    } catch (error) {
      if (!(error instanceof Left)) throw error;
      tally.left.push({ id: person.id, address: addressOf(person), left: error });
      breaker.failure(error);
    }
    onPerson();
  };
  await inParallel(people, WIDTH, move, stop);
}

/** Of a dry run. */
function planLines(
  way: Way,
  people: readonly Going[],
  rate: number,
  tally: Tally,
): readonly string[] {
  for (const person of people) tally.meets(person);
  const requests = people.length * way.requestsEach;
  return [
    `${count(people.length, 'user')} would go`,
    ...(way.requestsEach > 0
      ? [`seconds    ${number(Math.ceil(requests / rate))} at ${rate} requests a second`]
      : []),
    ...tally.lines(),
  ];
}

interface Task {
  readonly way: Way;
  readonly options: MigrateOptions;
  readonly files: Files;
  readonly settings: Settings;
  readonly world: MigrateWorld;
}

/** Counts, and writes the file of people if somebody has named one. @returns whether everybody would go */
async function plan({ way, options, files, world }: Task, { going, left }: Sorted) {
  const before = await readJournal(files.state, way.name);
  const open = going.filter(({ id }) => !way.isDone(before.get(id)));
  const tally = new Tally(left);
  for (const line of planLines(way, open, options.rate, tally)) world.print(line);
  if (options.people !== undefined)
    await writePrivate(options.people, peopleText(tally.people.values()), '--people');
  world.print(
    options.people === undefined
      ? 'nothing was written'
      : `people         ${options.people}\nnothing else was written`,
  );
  return left.length === 0;
}

interface Moving {
  readonly progress: Progress;
  readonly stop: (reason: Error) => void;
}

/** @returns whether everybody went */
async function moveAndReport(task: Task, { going, left }: Sorted, { progress, stop }: Moving) {
  const { way, files, world } = task;
  const tally = new Tally(left);
  const journal = await Journal.open(files.state, way.name);
  try {
    way.resume(journal);
    const open: Going[] = [];
    for (const person of going) {
      const entry = journal.get(person.id);
      if (way.isDone(entry)) tally.people.set(person.id, way.arrived(person, entry));
      else open.push(person);
    }
    const before = going.length - open.length;
    if (before > 0) world.print(`${count(before, 'user')} went in an earlier run`);
    progress.start(open.length, 0);
    const onPerson = (): void => progress.page(1);
    await moveAll(open, { way, journal, tally, onPerson, stop });
    progress.end();
    await writePrivate(files.map, mapText(journal.entries()), '--map');
    await writePrivate(files.report, reportText(tally.left), '--report');
    await writePrivate(files.people, peopleText(tally.people.values()), '--people');
  } finally {
    await journal.close();
  }
  for (const line of tally.lines()) world.print(line);
  world.print(
    `map of ids     ${files.map}\nreport         ${files.report}\npeople         ${files.people}`,
  );
  world.print(
    `journal        ${files.state}\nKeep the journal: without it, no run knows which users it made`,
  );
  return tally.left.length === 0;
}

/** Reads everybody, and does what the options ask for. @returns whether everybody went, or would go */
async function readAndMove(task: Task, moving: Moving): Promise<boolean> {
  const { way, options, files, settings, world } = task;
  world.print(`reading ${way.from}…`);
  const people = await way.read();
  if (!people.isWhole) world.print('note: the list kept changing while it was read; run again');
  if (options.isDryRun) return plan(task, people);
  const { csv: file, passwords } = options;
  const { importJob: job } = way;
  if (file === undefined || job === undefined) return moveAndReport(task, people, moving);
  const before = await readJournal(files.state, way.name);
  const hasUser = ({ id }: Going): boolean => before.get(id)?.newId !== undefined;
  const parts = { passwords, hashes: settings.hashes, hasUser, print: world.print };
  return writeImport({ job, file, files, ...parts }, people);
}

/**
 * One run at a time has the journal, from the reading on. A dry run writes nothing, so it needs no lock.
 *
 * @returns whether everybody went.
 * @throws KitError; the reason of the world's signal.
 */
export async function migrate(
  direction: Direction,
  options: MigrateOptions,
  world: MigrateWorld,
): Promise<boolean> {
  const settings = await readSettings(direction, options, world.env);
  const failed = new AbortController();
  const signal = AbortSignal.any([world.signal, failed.signal]);
  const stop = (reason: Error): void => failed.abort(reason);
  const budget = makeBudget(options.rate);
  signal.addEventListener('abort', () => budget.end(signal.reason));
  const progress = makeProgress(world.progressOn, { describe, unit: 'user' });
  const context: RetryContext = {
    ...{ budget, signal, onRetry: progress.retry },
    options: world.retry ?? DEFAULT_RETRY,
  };
  const parts = { settings, context, stop };
  const way = await (direction === 'to-cognito' ? toCognito(parts) : toSupabase(parts));
  const files = filesOf(options, direction, way.name);
  const task: Task = { way, options, files, settings, world };
  try {
    for (const note of way.notes) world.print(note);
    const work = () => readAndMove(task, { progress, stop });
    return options.isDryRun ? await work() : await withLock(`${files.state}.lock`, work);
  } finally {
    progress.end();
    await way.close();
  }
}
