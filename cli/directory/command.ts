/** Runs `npm run directory -- sync`, prints the result, and sets the exit code. */
import { KitError } from '@cognito-supabase/contract/errors';
import { printError } from '@cognito-supabase/local/progress';
import { STOPPED_EXIT, Stopped, untilStopped } from '../until-stopped.ts';
import { makeBudget } from './budget.ts';
import { parseOptions, type SyncOptions, USAGE } from './options.ts';
import { openPool, type Pool } from './pool.ts';
import { choosePrefixes, estimateRequests } from './prefixes.ts';
import { count, duration, makeProgress, number } from './progress.ts';
import { DEFAULT_RETRY } from './retry.ts';
import { readSettings, type Settings } from './settings.ts';
import { openStaging } from './staging.ts';
import { type SyncResult, sync } from './sync.ts';

const EXIT = { failed: 1, asks: 3, stopped: STOPPED_EXIT } as const;

/** Host and database, without the password. */
function targetOf({ pool, databaseUrl }: Settings, groups: boolean): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${pool.userPoolId} of ${pool.endpoint ?? pool.region} in ${host}${pathname}${groups ? ', with groups' : ''}`;
}

async function dryRun(pool: Pool, { rate, groups }: SyncOptions): Promise<void> {
  const users = await pool.estimate();
  const prefixes = choosePrefixes(users);
  const requests = estimateRequests(users, prefixes);
  const names = groups ? await pool.groups() : [];
  console.log(
    [
      `users      about ${number(users)}, as Cognito estimates`,
      `pages      ${number(requests)}, in ${prefixes.length === 1 ? 'one part' : `${prefixes.length} parts`}`,
      `requests   ${number(requests + 1)}${groups ? `, and at least ${number(names.length)} for the groups` : ''}`,
      `seconds    ${number(Math.ceil((requests + names.length) / rate))} at ${rate} a second (${duration((requests + names.length) / rate)})`,
      'nothing was read or written',
    ].join('\n'),
  );
}

/** Cognito updates its count now and then, so a small difference means nothing. */
function printEstimate(seen: number, estimate: number): void {
  const off = Math.abs(seen - estimate);
  if (off <= 10 + estimate / 100) return;
  console.log(
    `note: Cognito estimates ${number(estimate)} users. The estimate lags behind; if it stays, ask with --fresh`,
  );
}

/** @throws KitError if the run did not do everything that was asked. */
function report(
  { run, estimate, foundLater }: SyncResult,
  seconds: number,
  requests: number,
): void {
  console.log(
    `${count(run.seen, 'user')} in ${count(run.pages, 'page')}, ${count(requests, 'request')}, ${duration(seconds)}: ` +
      `${number(run.changed)} changed, ${number(run.deleted)} deleted`,
  );
  if (foundLater > 0)
    console.log(`${number(foundLater)} had changed pages during the walk, and were found again`);
  printEstimate(Number(run.seen), estimate);
  if (run.complete) return;
  if (run.error?.includes('allow_deletes')) {
    throw new KitError(
      'DELETES_REFUSED',
      run.error.split(': nobody')[0] ?? run.error,
      'nobody was marked as deleted, changes are in. If they are deleted, run again with --allow-deletes',
    );
  }
  throw new KitError(
    'DATABASE_FAILED',
    `the merge did not finish: ${run.error}`,
    'nobody was marked as deleted; correct the cause and run again',
  );
}

async function run(options: SyncOptions, signal: AbortSignal, stop: (reason: Error) => void) {
  const settings = await readSettings(options, process.env);
  const began = performance.now();
  const progress = makeProgress(process.stdout);
  const budget = makeBudget(options.rate);
  signal.addEventListener('abort', () => budget.end(signal.reason));
  const pool = openPool(settings.pool, {
    budget,
    options: DEFAULT_RETRY,
    signal,
    onRetry: progress.retry,
  });
  try {
    if (options.dryRun) return await dryRun(pool, options);
    const staging = await openStaging(settings, options.groups);
    try {
      const result = await sync({
        ...{ pool, staging, progress, stop, stateFile: options.state },
        ...{ groups: options.groups, allowDeletes: options.allowDeletes, fresh: options.fresh },
        target: targetOf(settings, options.groups),
      });
      progress.end();
      report(result, (performance.now() - began) / 1000, pool.requests());
    } finally {
      await staging.close().catch(() => {});
    }
  } finally {
    progress.end();
    pool.close();
  }
}

/** Runs to the end, or until it is told to stop; sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const options = parseOptions(args);
    if (!options) return console.log(USAGE);
    await untilStopped((signal, stop) => run(options, signal, stop));
  } catch (error) {
    if (error instanceof Stopped) {
      console.error('stopped: nobody was marked as deleted; the same command continues from here');
      process.exitCode = EXIT.stopped;
      return;
    }
    printError(error);
    process.exitCode =
      error instanceof KitError && error.code === 'DELETES_REFUSED' ? EXIT.asks : EXIT.failed;
  }
}
