/** The app clients of the stack are the ones whose tokens the database accepts. */
import { KitError } from '@cognito-supabase/contract/errors';
import { z } from 'zod';
import type { Database } from '../../hosted/database.ts';
import type { Before, TrustedClient } from '../record.ts';
import { change, done, leftOut, type Step } from '../step.ts';
import { installedModules, modulesOf, type World } from '../world.ts';

const outputSchema = z.array(
  z.object({
    issuer: z.string(),
    client_id: z.string(),
    kind: z.string().default('people'),
    token_use: z.array(z.string()).default(['access']),
    app_role: z.string().nullable().default(null),
  }),
);

function wantedClients({
  outputs,
}: {
  readonly outputs: Pick<World['outputs'], 'TrustedClients'>;
}) {
  try {
    return outputSchema.parse(JSON.parse(outputs.TrustedClients));
  } catch (cause) {
    const hint = 'deploy the stack with this version of the kit';
    throw new KitError('OUTPUTS_WRONG', 'the output TrustedClients has another form', hint, {
      cause,
    });
  }
}

/** Null without module trust. */
export async function readTrust(db: Database): Promise<TrustedClient[] | null> {
  if (!(await installedModules({ db })).has('trust')) return null;
  return [
    ...(await db.query<TrustedClient>(
      `select issuer, client_id, kind, to_jsonb(token_use) as token_use, app_role
       from cognito_supabase.trusted_clients order by issuer, client_id`,
    )),
  ];
}

const keyOf = ({ issuer, client_id, kind, token_use, app_role }: TrustedClient): string =>
  JSON.stringify([issuer, client_id, kind, token_use.toSorted(), app_role]);

const idOf = ({ client_id }: TrustedClient): string => client_id;

/** `- removed, + added, ~ changed` */
function difference(from: readonly TrustedClient[], to: readonly TrustedClient[]): string {
  const [before, after] = [from, to].map((clients) => new Set(clients.map(keyOf)));
  const gone = from.filter((one) => !after?.has(keyOf(one))).map(idOf);
  const added = to.filter((one) => !before?.has(keyOf(one))).map(idOf);
  return [
    ...gone.filter((id) => !added.includes(id)).map((id) => `- ${id}`),
    ...added.map((id) => (gone.includes(id) ? `~ ${id}` : `+ ${id}`)),
  ].join(', ');
}

const setTrust = async (db: Database, clients: readonly TrustedClient[]): Promise<void> => {
  await db.query('select cognito_supabase.set_trust($1::jsonb)', [JSON.stringify(clients)]);
};

/** The former clients, and those that somebody has added since `connect`. */
function withoutOwn(current: readonly TrustedClient[], { trust, outputs }: Before) {
  const former = trust ?? [];
  const { TrustedClients = '[]' } = outputs;
  const known = new Set([...former, ...wantedClients({ outputs: { TrustedClients } })].map(idOf));
  return [...former, ...current.filter((one) => !known.has(idOf(one)))];
}

export const trust: Step = {
  name: 'trusted app clients',
  async inspect(world) {
    const { wanted: modules } = await modulesOf(world);
    const wanted = wantedClients(world);
    if (!modules.has('trust'))
      return leftOut(
        'no module trust: the database accepts every token of the pool, even of ended sessions (cognito-supabase init --with trust)',
      );
    const current = (await readTrust(world.db)) ?? [];
    const differs = difference(current, wanted);
    if (differs === '') return done(wanted.map(idOf).join(', '));
    return change(differs, () => setTrust(world.db, wanted));
  },
  async inspectUndo({ db }, before) {
    const current = await readTrust(db);
    if (current === null) return done('no module trust');
    const former = withoutOwn(current, before);
    const differs = difference(current, former);
    if (differs === '') return done('as it was before');
    return change(differs, () => setTrust(db, former));
  },
};
