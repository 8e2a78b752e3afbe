/** A whole sync: read all parts, look up missing people, read groups, finish. */
import type { Pool } from './pool.ts';
import { choosePrefixes, estimateRequests } from './prefixes.ts';
import { count, type Progress } from './progress.ts';
import type { RunRow, Staging } from './staging.ts';
import {
  loadState,
  type PartState,
  removeState,
  resumable,
  type SyncState,
  saveState,
} from './state.ts';
import { inParallel, type WalkContext, walkPart } from './walk.ts';
import { makeWriter } from './writer.ts';

/**
 * Number of parts that are read in parallel. It is enough for 20 requests a second that take 1.6 s each.
 */
const WORKERS = 32;

export interface SyncContext {
  readonly pool: Pool;
  readonly staging: Staging;
  readonly progress: Progress;
  /** Pool, database and groups as a text. A state file must match it to be resumed. */
  readonly target: string;
  readonly stateFile: string;
  readonly groups: boolean;
  readonly allowDeletes: boolean;
  readonly fresh: boolean;
  /** Ends all waiting and sending. */
  stop(reason: Error): void;
}

export interface SyncResult {
  readonly run: RunRow;
  readonly estimate: number;
  /** Users that only the second lookup has found. */
  readonly foundLater: number;
  readonly resumed: boolean;
}

/** Continues the run of the state file if it is still open, or begins a new one. */
async function beginRun(context: SyncContext, users: number) {
  const { staging, stateFile, target } = context;
  const old = context.fresh ? undefined : await loadState(stateFile, target);
  const runId = await (old ? staging.resume(old.runId) : staging.begin());
  if (old && runId === old.runId) {
    const parts = resumable(old, await staging.staged(runId));
    const resumed = Object.values(parts).some(({ pages }) => pages > 0);
    return { state: { ...old, parts }, resumed };
  }
  if (old)
    context.progress.phase('another run came in between, or the state is too old: beginning anew');
  const parts: Record<string, PartState> = {};
  for (const prefix of choosePrefixes(users)) parts[prefix] = { pages: 0 };
  const state: SyncState = { version: 1, target, runId, groups: context.groups, parts };
  await saveState(stateFile, state);
  return { state, resumed: false };
}

const pagesOf = (state: SyncState): number =>
  Object.values(state.parts).reduce((sum, { pages }) => sum + pages, 0);

/**
 * ListUsers promises no order, so a user who changes pages during the walk can be missed. Each person who
 * would be marked as deleted is looked up again, one by one, or by reading the part again if that is
 * cheaper. It takes at most as many requests as the walk.
 */
async function findMissing(context: SyncContext, state: SyncState, walk: WalkContext) {
  const missing = await context.staging.missing(state.runId);
  const byPart = Map.groupBy(missing, (sub) =>
    Object.keys(state.parts).find((prefix) => sub.startsWith(prefix)),
  );
  let found = 0;
  const lookUp = async (sub: string): Promise<void> => {
    const user = await context.pool.find(sub);
    if (!user) return;
    found += 1;
    await walk.writer.people([user]);
  };
  const tasks = [...byPart].flatMap(([prefix, subs]) =>
    prefix === undefined || subs.length <= (state.parts[prefix]?.pages ?? 0)
      ? subs.map((sub) => () => lookUp(sub))
      : [() => walkPart(walk, prefix, { pages: 0 })],
  );
  if (tasks.length > 0)
    context.progress.phase(`looking again for ${count(missing.length, 'missing user')}`);
  await inParallel(tasks, WORKERS, (task) => task(), context.stop);
  return found;
}

/**
 * Group by group, because a request returns 60 members. Asking for each user would take a request for
 * each.
 */
async function readGroups({ pool, staging, progress, stop }: SyncContext, runId: string) {
  const groups = await pool.groups();
  progress.phase(`reading ${count(groups.length, 'group')}`);
  const readGroup = async (group: string): Promise<void> => {
    let next: string | undefined;
    do {
      const page = await pool.groupPage(group, next);
      await staging.writeGroup(group, page.items);
      next = page.next;
    } while (next !== undefined);
  };
  await inParallel(groups, WORKERS, readGroup, stop);
  await staging.applyGroups(runId);
}

/**
 * If it fails or is stopped, the run stays open and the state file stays, so the next run continues.
 *
 * @throws KitError of the pool or the database; the reason given to `stop`.
 */
export async function sync(context: SyncContext): Promise<SyncResult> {
  const { pool, staging, progress } = context;
  const estimate = await pool.estimate();
  const { state, resumed } = await beginRun(context, estimate);
  try {
    const prefixes = Object.keys(state.parts);
    const before = pagesOf(state);
    progress.start(Math.max(0, estimateRequests(estimate, prefixes) - before), before);
    const walk: WalkContext = {
      pool,
      writer: makeWriter(staging, state, context.stateFile),
      onPage: progress.page,
    };
    // Parts that were begun come first, because their page tokens expire.
    const open = Object.entries(state.parts).filter(([, part]) => !part.done);
    open.sort(([, a], [, b]) => b.pages - a.pages);
    await inParallel(open, WORKERS, ([prefix, part]) => walkPart(walk, prefix, part), context.stop);
    const foundLater = await findMissing(context, state, walk);
    if (context.groups) await readGroups(context, state.runId);
    progress.phase('merging');
    const run = await staging.finish(state.runId, pagesOf(state), context.allowDeletes);
    await removeState(context.stateFile);
    if (Number(run.changed) > Number(run.seen) / 10) await staging.vacuum();
    return { run, estimate, foundLater, resumed };
  } catch (error) {
    // The connection may have failed. The state file has the progress.
    await staging.interrupt(state.runId, pagesOf(state), (error as Error).message).catch(() => {});
    throw error;
  }
}
