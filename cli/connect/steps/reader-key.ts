/** The access key that `cognito.users` is read with. One in Secrets Manager is read, and one of an IAM user is made. */
import { KitError } from '@cognito-supabase/contract/errors';
import type { Database } from '../../hosted/database.ts';
import type { KeyState } from '../../hosted/reader-key.ts';
import type { Before } from '../record.ts';
import { change, done, type Finding, leftOut, type Step } from '../step.ts';
import { modulesOf, type World } from '../world.ts';
import { checkReadable } from './users-table.ts';
import { isForeign, KEY_ID, KEY_SECRET, putSecrets, readVaultNames } from './vault.ts';

/** The id of the key in Vault, which is no secret; undefined unless its secret is there, too. */
async function keyInVault(db: Database): Promise<string | undefined> {
  const names = await readVaultNames(db);
  if (!names.includes(KEY_ID) || !names.includes(KEY_SECRET)) return undefined;
  const [found] = await db.query<{ id: string }>(
    'select decrypted_secret as id from vault.decrypted_secrets where name = $1',
    [KEY_ID],
  );
  return found?.id;
}

/** Milliseconds between the request for a key and the date that AWS gives it. Two clocks are compared. */
const LONGEST_MAKING = 5 * 60_000;

/** Whether the key was made by a run that was cut off before it knew the key. Somebody else may have made one since. */
function isLost({ id, created }: KeyState, making: Before['making']): boolean {
  if (making === null || created === undefined || making.ids.includes(id)) return false;
  return Math.abs(created.getTime() - Date.parse(making.at)) < LONGEST_MAKING;
}

/** Keys that `connect` has made, without the one in Vault: former ones, or of a run that was cut off. */
async function ownKeysBeside(world: World, current: string | undefined): Promise<string[]> {
  const reader = await world.readerKey();
  const { madeKeys = [], making = null } = world.before ?? {};
  if (!reader || !('user' in reader)) return [];
  if (madeKeys.length === 0 && making === null) return [];
  const own = (await reader.user.keys()).filter(
    (key) => madeKeys.includes(key.id) || isLost(key, making),
  );
  return own.map(({ id }) => id).filter((id) => id !== current);
}

/** AWS has answered, so no key was made. */
const isRefusal = (error: unknown): boolean =>
  error instanceof KitError && /^(KEY_LIMIT|POOL_REFUSED|CREDENTIALS_MISSING)$/.test(error.code);

async function makeKey(world: World): Promise<void> {
  const reader = await world.readerKey();
  const { before } = world;
  if (!reader || !('user' in reader) || before === undefined) return;
  const current = await keyInVault(world.db);
  // AWS allows two keys. Keys of runs that were cut off are deleted first, to make room.
  for (const id of await ownKeysBeside(world, current)) await reader.user.remove(id);
  const ids = (await reader.user.keys()).map(({ id }) => id);
  await world.saveBefore({ ...before, making: { ids, at: new Date().toISOString() } });
  const key = await reader.user.make().catch(async (error) => {
    if (isRefusal(error)) await world.saveBefore({ ...before, making: null });
    throw error;
  });
  world.secrets.add(key.secretAccessKey);
  const madeKeys = [...before.madeKeys, key.accessKeyId];
  await world.saveBefore({ ...before, madeKeys, making: null });
  await putSecrets(world, [
    [KEY_ID, key.accessKeyId],
    [KEY_SECRET, key.secretAccessKey],
  ]);
  world.rotateKey = false;
}

async function inspect(world: World): Promise<Finding> {
  const { wanted } = await modulesOf(world);
  if (!wanted.has('cognito-users')) return leftOut('no module cognito-users');
  const reader = await world.readerKey();
  if (reader === undefined) return leftOut('the stack has no reader: set `reader` in its settings');
  if ('key' in reader) return done(`in ${reader.from}`);
  const current = await keyInVault(world.db);
  const keys = await reader.user.keys();
  const isActive =
    !isForeign(world, KEY_ID) && keys.some(({ id, isActive: is }) => is && id === current);
  if (isActive && !world.rotateKey) return done(`${current} of user ${reader.userName}`);
  const says = isActive ? 'make another one' : 'make one';
  const going = await ownKeysBeside(world, current);
  const first = going.length === 0 ? '' : `delete ${going.join(', ')}, which connect made; `;
  return change(`${first}${says} for user ${reader.userName}, and put it into Vault`, () =>
    makeKey(world),
  );
}

export const readerKey: Step = {
  name: 'access key of the reader',
  inspect,
  async inspectUndo(world) {
    const own = await ownKeysBeside(world, undefined);
    if (own.length === 0) return done('none was made');
    const user = await world.readerKey();
    const name = user && 'user' in user ? ` of user ${user.userName}` : '';
    return change(`delete ${own.join(', ')}${name}`, async () => {
      const reader = await world.readerKey();
      if (reader && 'user' in reader) for (const id of own) await reader.user.remove(id);
    });
  },
};

/** After cognito.users reads with the new key. */
export const formerKeys: Step = {
  name: 'former access keys',
  async inspect(world) {
    const reader = await world.readerKey();
    if (!reader || !('user' in reader)) return done('none of connect');
    const current = await keyInVault(world.db);
    // Without a key in Vault, the step before makes it and removes the others.
    const old = current === undefined ? [] : await ownKeysBeside(world, current);
    const keys = await reader.user.keys();
    const theirs = keys.map(({ id }) => id).filter((id) => id !== current && !old.includes(id));
    // AWS allows two keys, and nobody else needs one of this user.
    const note =
      theirs.length === 0
        ? ''
        : `; not of connect: ${theirs.join(', ')}: delete it if nobody uses it`;
    if (old.length === 0) return done(`none${note}`);
    return change(`delete ${old.join(', ')}`, async () => {
      await checkReadable(world);
      for (const id of old) await reader.user.remove(id);
    });
  },
  inspectUndo: async () => done('nothing to give back'),
};
