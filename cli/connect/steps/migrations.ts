/** The project's migrations. `disconnect` leaves them unless it is told to delete the tables with people's rows. */
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
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

/** Runs the text and takes it back. An error has its details, which name what depends on a module. */
const trial = (text: string): string => `
  do $trial$
  declare
    message text;
    detail text;
  begin
    execute ${pg.escapeLiteral(text)};
    raise exception using errcode = 'KTRIA', message = 'it was a trial';
  exception
    when sqlstate 'KTRIA' then null;
    when others then
      get stacked diagnostics message = message_text, detail = pg_exception_detail;
      raise exception '%', concat_ws(': ', message, nullif(detail, ''));
  end
  $trial$`;

/** @throws KitError DATABASE_FAILED if something of the project needs a module, before anything is given back */
async function checkRemovable({ db, kit }: World, names: readonly string[]): Promise<void> {
  const texts = await Promise.all(names.toReversed().map((name) => readRemoval(name, kit.dir)));
  await db.query(trial(texts.join('\n;\n'))).catch((error) => {
    if (!(error instanceof KitError) || error.code !== 'DATABASE_FAILED') throw error;
    const hint = 'drop or change what the message names, or leave --drop-modules out';
    const message = `modules ${names.join(', ')} cannot be removed: ${error.message}`;
    throw new KitError('DATABASE_FAILED', message, hint);
  });
}

const count = (number: number): string => `${number} migration${number === 1 ? '' : 's'}`;

export const migrations: Step = {
  name: 'migrations',
  async inspect({ db, workdir, print }) {
    const pending = await pendingMigrations(db, workdir);
    if (pending.length === 0) return done('all are applied');
    const [first, last] = [pending.at(0)?.version, pending.at(-1)?.version];
    const which = first === last ? first : `${first} to ${last}`;
    return change(`apply ${count(pending.length)}, ${which}`, () =>
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
    await checkRemovable(world, added);
    return change(`remove modules ${added.join(', ')}, and delete their tables with all rows`, () =>
      dropModules(world, added),
    );
  },
};
