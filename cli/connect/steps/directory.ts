/** The first copy of the pool into cognito.directory. The schedule keeps it current. */
import { KitError } from '@cognito-supabase/contract/errors';
import { change, done, type Finding, leftOut, nothingToUndo, type Step } from '../step.ts';
import { modulesOf, type World } from '../world.ts';
import { withNewKey } from './users-table.ts';

interface Run {
  readonly complete: boolean;
  readonly error: string | null;
}

const copyPool = (world: World): Promise<void> =>
  withNewKey(world, async () => {
    const [run] = await world.db.query<Run>(
      'select r.complete, r.error from cognito.refresh() as r',
    );
    if (run?.complete) return;
    throw new KitError(
      'DATABASE_FAILED',
      `the first copy of the pool did not finish: ${run?.error ?? 'it gave no reason'}`,
      'correct the cause and run it again; a large pool is read from outside: npx cognito-supabase directory sync',
    );
  });

async function refresh(world: World): Promise<void> {
  await copyPool(world);
  const { before, outputs } = world;
  if (before) await world.saveBefore({ ...before, directoryPool: outputs.UserPoolId });
}

async function inspect(world: World): Promise<Finding> {
  const { outputs } = world;
  const { installed, wanted } = await modulesOf(world);
  if (!wanted.has('directory')) return leftOut('no module directory');
  if ((await world.readerKey()) === undefined) return leftOut('the stack has no reader');
  if (installed.has('directory')) {
    const [last] = await world.db.query<{ seen: string }>(
      'select seen::text from cognito.refresh_runs where complete order by started_at desc limit 1',
    );
    const from = world.before?.directoryPool ?? world.poolAtStart ?? outputs.UserPoolId;
    if (last && from === outputs.UserPoolId) return done(`${last.seen} users at the last run`);
    if (last)
      return change(`read all users of ${outputs.UserPoolId}, in place of ${from}`, () =>
        refresh(world),
      );
  }
  return change('read all users of the pool once', () => refresh(world));
}

export const directory: Step = {
  name: 'cognito.directory',
  inspect,
  inspectUndo: nothingToUndo('the copy stays with its module'),
};
