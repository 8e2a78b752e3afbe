/** Everybody of a project, or of a pool. */
import type { User } from '@supabase/supabase-js';
import { openPool, type PoolUser } from '../directory/pool.ts';
import { choosePrefixes } from '../directory/prefixes.ts';
import type { RetryContext } from '../directory/retry.ts';
import type { PoolSettings } from '../directory/settings.ts';
import { inParallel, walkPart } from '../directory/walk.ts';
import type { Project } from './project.ts';
import { type ReadList, readUntilStable } from './until-stable.ts';

/** The library cuts the number of the next page to one digit, so pages are counted here. */
export const readProject = (project: Project): Promise<ReadList<User>> =>
  readUntilStable(
    async (add) => {
      let total = 0;
      for (let page = 1; ; page += 1) {
        const answer = await project.listPage(page);
        if (answer.users.length === 0) return { total };
        total = answer.total;
        for (const user of answer.users) add(user);
      }
    },
    ({ id, created_at }: User) => ({ id, createdAt: Date.parse(created_at) }),
  );

/** Parts of the pool that are read at the same time. */
const WIDTH = 16;

export async function readPool(
  settings: PoolSettings,
  context: RetryContext,
  stop: (reason: Error) => void,
): Promise<ReadList<PoolUser>> {
  const pool = openPool(settings, context);
  try {
    const prefixes = choosePrefixes(await pool.estimate());
    return await readUntilStable(
      async (add) => {
        const keep = async (users: readonly PoolUser[]): Promise<void> => users.forEach(add);
        const writer = {
          people: keep,
          page: (_: string, users: readonly PoolUser[]) => keep(users),
        };
        const walk = { pool, writer, onPage: () => {} };
        const read = (prefix: string) => walkPart(walk, prefix, { pages: 0 });
        await inParallel(prefixes, WIDTH, read, stop);
        return {};
      },
      ({ sub, created_at }: PoolUser) => ({
        id: sub,
        createdAt: Date.parse(created_at ?? '') || 0,
      }),
    );
  } finally {
    pool.close();
  }
}
