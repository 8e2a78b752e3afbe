/** cognito.users reads the pool of the stack: `cognito.connect()` sets the options of its server from Vault. */
import { KitError } from '@cognito-supabase/contract/errors';
import type { Database } from '../../hosted/database.ts';
import type { Before } from '../record.ts';
import { change, done, type Finding, leftOut, type Step } from '../step.ts';
import { installedModules, modulesOf, type World } from '../world.ts';
import { KEY_ID, KEY_SECRET, readVaultNames, vault } from './vault.ts';

type Options = ReadonlyMap<string, string>;

/** Options of the server; none without it. */
async function readOptions(db: Database): Promise<Options> {
  const rows = await db.query<{ option: string }>(
    `select option from pg_catalog.pg_foreign_server as s cross join unnest(s.srvoptions) as option
     where s.srvname = 'cognito_server'`,
  );
  return new Map(
    rows.map(({ option }) => {
      const at = option.indexOf('=');
      return [option.slice(0, at), option.slice(at + 1)];
    }),
  );
}

/** The wrapper of the stack on this machine has a program in place of the options. */
const programOf = (options: Options): string | undefined => options.get('program');

/** Undefined if cognito.users is not connected. */
export async function readPool(db: Database): Promise<string | undefined> {
  const options = await readOptions(db);
  const program = programOf(options);
  if (program !== undefined) return /[\w-]+_[A-Za-z0-9]+$/.exec(program)?.[0];
  const pool = options.get('user_pool_id');
  return pool === 'not-connected' ? undefined : pool;
}

export const readIsConnected = async (db: Database): Promise<boolean> =>
  (await readPool(db)) !== undefined;

/** Whether the server has the options that `cognito.connect()` would set now. */
async function followsVault(db: Database): Promise<boolean> {
  const options = await readOptions(db);
  const rows = await db.query<{ name: string; id: string; value: string }>(
    `select name, id::text, case when name = $1 then '' else decrypted_secret end as value
     from vault.decrypted_secrets where name like 'cognito\\_%'`,
    [KEY_SECRET],
  );
  const secrets = new Map(rows.map(({ name, ...rest }) => [name, rest]));
  const of = (name: string): string | undefined => secrets.get(name)?.value;
  const endpoint = of('cognito_endpoint_url') ?? '';
  const program = programOf(options);
  if (program !== undefined) return program.endsWith(` ${endpoint} ${of('cognito_user_pool_id')}`);
  return (
    options.get('user_pool_id') === of('cognito_user_pool_id') &&
    options.get('region') === of('cognito_region') &&
    options.get('aws_access_key_id') === of(KEY_ID) &&
    options.get('api_key_id') === secrets.get(KEY_SECRET)?.id &&
    (options.get('endpoint_url') ?? '') === endpoint
  );
}

const connect = async ({ db }: World): Promise<void> => {
  await db.query('select cognito.connect() as says');
};

/** AWS accepts a new access key after some seconds. */
const IS_NEW_KEY = /security token|UnrecognizedClient|InvalidClientTokenId/i;
const TRIES = 6;
const PAUSE = 5_000;

/**
 * Repeats `work` while AWS does not know the new access key yet.
 *
 * @throws the error of the last try, or another one at once
 */
export async function withNewKey<T>({ wait }: World, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const isEarly = error instanceof KitError && IS_NEW_KEY.test(error.message);
      if (!isEarly || tries === TRIES) throw error;
      await wait(PAUSE);
    }
  }
}

/** Reads one user, so that a key is deleted only after the next one works. */
export const checkReadable = async (world: World): Promise<void> => {
  await withNewKey(world, () => world.db.query('select 1 as one from cognito.users limit 1'));
};

async function inspect(world: World): Promise<Finding> {
  const { installed, wanted } = await modulesOf(world);
  if (!wanted.has('cognito-users')) return leftOut('no module cognito-users');
  if ((await world.readerKey()) === undefined) return leftOut('the stack has no reader');
  const pool = world.outputs.UserPoolId;
  // Vault still has the former pool if this run changes it.
  const isVaultRight = (await vault.inspect(world)).state !== 'change';
  if (installed.has('cognito-users') && isVaultRight && (await followsVault(world.db)))
    return done(`reads ${pool}`);
  return change(`read ${pool}`, () => connect(world));
}

/** The placeholders of the migration, which fail every scan. */
const DISCONNECT = `
  do $$
  declare
    changes text := (
      select string_agg(format('drop %I', split_part(o, '=', 1)), ', ')
      from pg_catalog.pg_foreign_server as s cross join unnest(s.srvoptions) as o
      where s.srvname = 'cognito_server');
  begin
    execute format('alter server cognito_server options (%s, %s)', changes,
      'add aws_access_key_id ''not-connected'', add api_key_id ''00000000-0000-0000-0000-000000000000'', '
      'add region ''not-connected'', add user_pool_id ''not-connected''');
  end
  $$`;

/** What `cognito.connect()` needs. Somebody may have deleted a secret since. Not known before Vault is given back. */
async function hasAllSecrets(db: Database, isGivenBack: boolean): Promise<boolean> {
  if (!isGivenBack) return true;
  const names = await readVaultNames(db);
  return [KEY_ID, KEY_SECRET, 'cognito_region', 'cognito_user_pool_id'].every((name) =>
    names.includes(name),
  );
}

async function inspectUndo(world: World, before: Before): Promise<Finding> {
  const { db } = world;
  if (!(await installedModules(world)).has('cognito-users')) return done('no module cognito-users');
  // A key outside Vault is gone: cognito.connect() has taken it out of the options, which every role can read.
  const isGivenBack = (await vault.inspectUndo(world, before)).state !== 'change';
  if (
    before.isConnected &&
    before.vault.includes(KEY_ID) &&
    (await hasAllSecrets(db, isGivenBack))
  ) {
    if (isGivenBack && (await followsVault(db))) return done('reads the former pool');
    return change('read the former pool', () => connect(world));
  }
  if (!(await readIsConnected(db))) return done('reads no pool');
  return change('read no pool', async () => {
    await db.query(DISCONNECT);
  });
}

export const usersTable: Step = { name: 'cognito.users', inspect, inspectUndo };
