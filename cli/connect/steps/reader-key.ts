/** The access key that `cognito.users` is read with. One in Secrets Manager is read, and one of an IAM user is made. */
import type { Database } from '../../hosted/database.ts';
import { change, done, type Finding, leftOut, type Step } from '../step.ts';
import { modulesOf, type World } from '../world.ts';
import { checkReadable } from './users-table.ts';
import { KEY_ID, KEY_SECRET, putSecrets, readVaultNames } from './vault.ts';

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

/** Keys that `connect` has made, without the one in Vault: former ones, or of a run that was cut off. */
async function ownKeysBeside(world: World, current: string | undefined): Promise<string[]> {
  const reader = await world.readerKey();
  const { madeKeys = [], keysBeforeMaking = null } = world.before ?? {};
  if (!reader || !('user' in reader)) return [];
  if (madeKeys.length === 0 && keysBeforeMaking === null) return [];
  const keys = await reader.user.keys();
  const isOwn = (id: string): boolean =>
    madeKeys.includes(id) || (keysBeforeMaking !== null && !keysBeforeMaking.includes(id));
  return keys.filter((id) => id !== current && isOwn(id));
}

async function makeKey(world: World): Promise<void> {
  const reader = await world.readerKey();
  const { before } = world;
  if (!reader || !('user' in reader) || before === undefined) return;
  const current = await keyInVault(world.db);
  // AWS allows two keys. Keys of runs that were cut off are deleted first, to make room.
  for (const id of await ownKeysBeside(world, current)) await reader.user.remove(id);
  await world.saveBefore({ ...before, keysBeforeMaking: [...(await reader.user.keys())] });
  const key = await reader.user.make();
  world.secrets.add(key.secretAccessKey);
  const madeKeys = [...before.madeKeys, key.accessKeyId];
  await world.saveBefore({ ...before, madeKeys, keysBeforeMaking: null });
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
  const isActive = current !== undefined && (await reader.user.keys()).includes(current);
  if (isActive && !world.rotateKey) return done(`${current} of user ${reader.userName}`);
  const says = isActive ? 'make another one' : 'make one';
  return change(`${says} for user ${reader.userName}, and put it into Vault`, () => makeKey(world));
}

export const readerKey: Step = {
  name: 'access key of the reader',
  inspect,
  async inspectUndo(world) {
    const own = await ownKeysBeside(world, undefined);
    if (own.length === 0) return done('none was made');
    return change(`delete ${own.join(', ')}`, async () => {
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
    if (old.length === 0) return done('none');
    return change(`delete ${old.join(', ')}`, async () => {
      await checkReadable(world);
      for (const id of old) await reader.user.remove(id);
    });
  },
  inspectUndo: async () => done('nothing to give back'),
};
