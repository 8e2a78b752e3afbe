/** The Data API checks trust once a request, before it plans anything. The migrations of module trust set it. */
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import type { Database } from '../../hosted/database.ts';
import { change, done, type Finding, leftOut, type Step } from '../step.ts';
import { modulesOf, type World } from '../world.ts';

const FUNCTION = 'cognito_supabase.check_request';

interface Setting {
  readonly name: string;
  /** Whether that function calls the one of the kit. */
  readonly checks: boolean;
}

const SETTING = `
  with setting as (
    select substr(s, length('pgrst.db_pre_request=') + 1) as name
    from pg_catalog.pg_db_role_setting as r cross join unnest(r.setconfig) as s
    where r.setrole = 'authenticator'::regrole and s like 'pgrst.db\\_pre\\_request=%'
      -- A setting for this database comes before the one for all.
      and r.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
    order by r.setdatabase desc limit 1)
  select name, name = $1 or exists (
    select from pg_catalog.pg_proc as p
    where format('%s.%s', p.pronamespace::regnamespace, p.proname) = setting.name
      -- A call, and not the name in a comment.
      and regexp_replace(regexp_replace(p.prosrc, '--[^\\n]*', ' ', 'g'), '/\\*.*?\\*/', ' ', 'g')
        ~ '\\mcognito_supabase\\.check_request\\s*\\(') as checks
  from setting`;

export const readPreRequest = async (db: Database): Promise<Setting | undefined> =>
  (await db.query<Setting>(SETTING, [FUNCTION]))[0];

/** @param name a function, or null for none */
async function setPreRequest(db: Database, name: string | null): Promise<void> {
  const setting =
    name === null
      ? 'reset pgrst.db_pre_request'
      : `set pgrst.db_pre_request = ${pg.escapeLiteral(name)}`;
  await db.query(`alter role authenticator ${setting}; notify pgrst, 'reload config'`);
}

const REFUSED = 'this database does not allow the setting; the policies check trust';

async function inspect(world: World): Promise<Finding> {
  const { installed, wanted } = await modulesOf(world);
  if (!wanted.has('trust')) return leftOut('no module trust');
  if (!installed.has('trust')) return change(`${FUNCTION}, by the migrations`, async () => {});
  const current = await readPreRequest(world.db);
  if (current?.checks) return done(current.name);
  if (current !== undefined)
    return leftOut(
      `the Data API calls ${current.name}: add "perform ${FUNCTION}();" to it as its first line`,
    );
  if (world.isPreRequestRefused) return leftOut(REFUSED);
  return change(`none → ${FUNCTION}`, async () => {
    await setPreRequest(world.db, FUNCTION).catch((error) => {
      if (!(error instanceof KitError) || !/permission denied/.test(error.message)) throw error;
      world.isPreRequestRefused = true;
    });
  });
}

export const preRequest: Step = {
  name: 'pre-request function',
  inspect,
  async inspectUndo({ db }, before) {
    // Without the module before, the setting belongs to its migrations, and stays with them.
    if (!before.modules.includes('trust')) return done('belongs to module trust');
    const current = (await readPreRequest(db))?.name ?? null;
    if (current === before.preRequest) return done('as it was before');
    return change(`${current} → ${before.preRequest ?? 'none'}`, () =>
      setPreRequest(db, before.preRequest),
    );
  },
};
