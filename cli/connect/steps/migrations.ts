/** The project's migrations. `disconnect` leaves them unless it is told to delete the tables with people's rows. */
import path from 'node:path';
import { readRemoval } from '@cognito-supabase/local/modules';
import pg from 'pg';
import { applyMigrations, pendingMigrations } from '../../hosted/migrations.ts';
import { readHistory } from '../../modules/history.ts';
import { change, done, leftOut, type Step } from '../step.ts';
import { installedModules, type World } from '../world.ts';

/** Removes modules, the last one first, and forgets their migrations, so that `connect` can apply them again. */
async function dropModules({ db, kit, workdir }: World, names: readonly string[]): Promise<void> {
  const history = await readHistory(path.join(workdir, 'supabase/migrations'), kit);
  for (const name of names.toReversed()) {
    const files = [...(history.installed.get(name)?.values() ?? [])];
    const versions = files.map(({ version }) => pg.escapeLiteral(version)).join(', ');
    const forget =
      versions &&
      `delete from supabase_migrations.schema_migrations where version in (${versions})`;
    // One transaction: a run that is cut off leaves the module or removes it.
    await db.query(`${await readRemoval(name, kit.dir)}\n;\n${forget}`);
  }
}

const count = (number: number): string => `${number} migration${number === 1 ? '' : 's'}`;

export const migrations: Step = {
  name: 'migrations',
  async inspect({ db, workdir, print }) {
    const pending = await pendingMigrations(db, workdir);
    if (pending.length === 0) return done('all are applied');
    const [first, last] = [pending.at(0)?.version, pending.at(-1)?.version];
    return change(`apply ${count(pending.length)}, ${first} to ${last}`, () =>
      applyMigrations(db, workdir, pending, (file) => print(`      ${file}`)),
    );
  },
  async inspectUndo(world, before) {
    const installed = await installedModules(world);
    const added = world.kit.modules
      .map(({ name }) => name)
      .filter((name) => installed.has(name) && !before.modules.includes(name));
    if (added.length === 0) return done('no module was added');
    if (!world.dropModules)
      return leftOut(`modules ${added.join(', ')} stay with their rows: --drop-modules`);
    return change(`remove modules ${added.join(', ')}, and delete their tables with all rows`, () =>
      dropModules(world, added),
    );
  },
};
