/** The Data API checks trust once a request, before it plans anything. The migrations of module trust set it. */
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import type { Database } from '../../hosted/database.ts';
import { CHECK_REQUEST, PRE_REQUEST } from '../../pre-request-setting.ts';
import { change, done, type Finding, leftOut, type Step } from '../step.ts';
import { modulesOf, type World } from '../world.ts';

interface Setting {
  readonly name: string;
  /** Whether that function calls the one of the kit. */
  readonly checks: boolean;
}

export const readPreRequest = async (db: Database): Promise<Setting | undefined> =>
  (await db.query<Setting>(PRE_REQUEST))[0];

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
  if (!installed.has('trust')) return change(`${CHECK_REQUEST}, by the migrations`, async () => {});
  const current = await readPreRequest(world.db);
  if (current?.checks) return done(current.name);
  if (current !== undefined)
    return leftOut(
      `the Data API calls ${current.name}: add "perform ${CHECK_REQUEST}();" to it as its first line`,
    );
  if (world.isPreRequestRefused) return leftOut(REFUSED);
  return change(`none → ${CHECK_REQUEST}`, async () => {
    await setPreRequest(world.db, CHECK_REQUEST).catch((error) => {
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
    if (current !== CHECK_REQUEST) return leftOut(`${current}, as somebody has set since`);
    return change(`${current} → ${before.preRequest ?? 'none'}`, () =>
      setPreRequest(db, before.preRequest),
    );
  },
};
