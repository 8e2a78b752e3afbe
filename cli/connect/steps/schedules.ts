/** The modules' commands run by pg_cron. */
import { type Database, hasRelation } from '../../hosted/database.ts';
import { change, done, type Finding, leftOut, type Step } from '../step.ts';
import { installedModules, modulesOf, type World } from '../world.ts';

const hasCron = (db: Database): Promise<boolean> => hasRelation(db, 'cron.job');

interface Schedule {
  readonly name: string;
  readonly isSet: boolean;
  readonly isThere: boolean;
}

/** Schedules of the installed modules, and whether pg_cron has them. */
async function readAll(db: Database): Promise<readonly Schedule[]> {
  if (!(await installedModules({ db })).has('base') || !(await hasCron(db))) return [];
  return db.query<Schedule>(
    `select s.name, j.jobname is not null as "isThere",
       j.schedule is not distinct from s.schedule and j.command is not distinct from s.command
         and j.active as "isSet"
     from cognito_supabase.schedules() as s left join cron.job as j on j.jobname = s.name order by 1`,
  );
}

export const readSchedules = async (db: Database): Promise<readonly string[]> =>
  (await readAll(db)).filter(({ isThere }) => isThere).map(({ name }) => name);

/** `cron.schedule()` leaves a job off that somebody has switched off. */
const SWITCH_ON = `
  select cron.alter_job(job_id => j.jobid, active => true)
  from cron.job as j join cognito_supabase.schedules() as s on s.name = j.jobname where not j.active`;

async function inspect(world: World): Promise<Finding> {
  const { installed, wanted } = await modulesOf(world);
  if (!wanted.has('base')) return leftOut('no module of the kit');
  const setUp = async () => {
    await world.db.query('select name from cognito_supabase.set_up_schedules()');
    if (await hasCron(world.db)) await world.db.query(SWITCH_ON);
  };
  if (!installed.has('base')) return change('those of the modules, by the migrations', setUp);
  if (!(await hasCron(world.db)))
    return leftOut('no pg_cron: any scheduler can run what cognito_supabase.schedules() lists');
  const all = await readAll(world.db);
  if (all.length === 0) return leftOut('no module has one');
  const missing = all.filter(({ isSet }) => !isSet).map(({ name }) => name);
  if (missing.length === 0) return done(all.map(({ name }) => name).join(', '));
  return change(`schedule ${missing.join(', ')}`, setUp);
}

export const schedules: Step = {
  name: 'schedules',
  inspect,
  async inspectUndo({ db }, before) {
    const added = (await readSchedules(db)).filter((name) => !before.schedules.includes(name));
    if (added.length === 0) return done('as it was before');
    return change(`remove ${added.join(', ')}`, async () => {
      await db.query(
        'select cognito_supabase.remove_schedules(array(select jsonb_array_elements_text($1::jsonb)))',
        [JSON.stringify(added)],
      );
    });
  },
};
