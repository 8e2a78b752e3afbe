/** A sync of a fake pool in a test: the real SDK over HTTP, without delays. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeBudget } from '../../../../cli/directory/budget.ts';
import { openPool } from '../../../../cli/directory/pool.ts';
import { makeProgress } from '../../../../cli/directory/progress.ts';
import type { Staging } from '../../../../cli/directory/staging.ts';
import { type SyncContext, type SyncResult, sync } from '../../../../cli/directory/sync.ts';
import type { FakePool } from '../../../support/fake-pool.ts';

export interface World {
  readonly stateFile: string;
  /** One sync, as a process of its own would run it. */
  run(pool: FakePool, changes?: Partial<SyncContext>): Promise<SyncResult & { requests: number }>;
  /** As Ctrl-C. */
  stop(reason: Error): void;
  remove(): Promise<void>;
}

/** Tries quickly, and gives up soon. */
export const QUICK = { attempts: 4, baseMs: 1, capMs: 5 };

export async function makeWorld(staging: Staging): Promise<World> {
  const dir = await mkdtemp(path.join(tmpdir(), 'directory-sync-'));
  const stateFile = path.join(dir, 'state.json');
  let controller = new AbortController();
  return {
    stateFile,
    stop: (reason) => controller.abort(reason),
    remove: () => rm(dir, { recursive: true }),
    async run(fake, changes = {}) {
      controller = new AbortController();
      const { signal } = controller;
      const budget = makeBudget(100_000);
      signal.addEventListener('abort', () => budget.end(signal.reason));
      const pool = openPool(
        { userPoolId: fake.userPoolId, region: fake.region, endpoint: fake.url },
        { budget, options: QUICK, signal, onRetry: () => {} },
      );
      try {
        const result = await sync({
          ...{ pool, staging, stateFile, target: 'pool in database' },
          progress: makeProgress(undefined),
          ...{ groups: false, allowDeletes: false, fresh: false },
          stop: (reason) => controller.abort(reason),
          ...changes,
        });
        return { ...result, requests: pool.requests() };
      } finally {
        pool.close();
      }
    },
  };
}
