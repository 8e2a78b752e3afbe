/**
 * What `cognito.connect()` reads from Vault. A secret that was there before and has another value is kept in Vault under
 * another name, because `disconnect` gives it back and no file may have it.
 */
import type { Database } from '../../hosted/database.ts';
import { hasVault } from '../kept-record.ts';
import type { Before } from '../record.ts';
import { change, done, type Finding, leftOut, type Step } from '../step.ts';
import { modulesOf, type World } from '../world.ts';

export const KEY_ID = 'cognito_access_key_id';
export const KEY_SECRET = 'cognito_secret_access_key';
const ENDPOINT = 'cognito_endpoint_url';
const NAMES = [KEY_ID, KEY_SECRET, 'cognito_region', 'cognito_user_pool_id', ENDPOINT] as const;
type Name = (typeof NAMES)[number];

const KEPT = ' before connect';
const keptName = (name: string): string => `${name}${KEPT}`;

/** The reader's names that Vault has, with the names of kept ones. */
export async function readVaultNames(db: Database): Promise<readonly string[]> {
  if (!(await hasVault(db))) return [];
  const rows = await db.query<{ name: string }>(
    `select name from vault.secrets
     where name in (select jsonb_array_elements_text($1::jsonb)) order by 1`,
    [JSON.stringify(NAMES.flatMap((name) => [name, keptName(name)]))],
  );
  return rows.map(({ name }) => name);
}

/** Compares in the database, so that no secret leaves it. */
const isSame = async (db: Database, name: Name, value: string): Promise<boolean> =>
  (
    await db.query<{ same: boolean }>(
      'select decrypted_secret = $2 as same from vault.decrypted_secrets where name = $1',
      [name, value],
    )
  )[0]?.same === true;

const PUT = `
  select case
    when s.id is null then vault.create_secret(w.value, w.name)::text
    when w.name in (select jsonb_array_elements_text($2::jsonb)) then
      concat(vault.update_secret(s.id, null, w.name || '${KEPT}'), vault.create_secret(w.value, w.name))
    else vault.update_secret(s.id, w.value)::text end as done
  from jsonb_each_text($1::jsonb) as w (name, value) left join vault.secrets as s on s.name = w.name`;

/**
 * Sets secrets; keeps the former one of each that is not of `connect`. One statement, so that a run that is cut off leaves
 * all or none.
 */
export async function putSecrets(
  world: World,
  values: readonly (readonly [Name, string])[],
): Promise<void> {
  const { db, before } = world;
  if (before) {
    const set = new Map([...before.vaultSet, ...values]);
    // The record has no secrets. Whose the secret key is, its id says.
    set.delete(KEY_SECRET);
    await world.saveBefore({ ...before, vaultSet: [...set] });
  }
  const names = await readVaultNames(db);
  const kept = values
    .map(([name]) => name)
    .filter((name) => before?.vault.includes(name) && !names.includes(keptName(name)));
  await db.query(PUT, [JSON.stringify(Object.fromEntries(values)), JSON.stringify(kept)]);
}

const remove = async (db: Database, name: string): Promise<void> => {
  await db.query('delete from vault.secrets where name = $1', [name]);
};

/** One transaction: a run that is cut off leaves both secrets or gives back the former one. */
const giveBack = (name: Name): string => `
  delete from vault.secrets where name = '${name}';
  select vault.update_secret(id, null, '${name}')::text as done
  from vault.secrets where name = '${keptName(name)}'`;

/** Values that are known before the run. The key of an IAM user is put into Vault when it is made. */
async function wantedValues(world: World): Promise<ReadonlyMap<Name, string>> {
  const { outputs, cognitoEndpoint } = world;
  const values = new Map<Name, string>([
    ['cognito_region', outputs.Region],
    ['cognito_user_pool_id', outputs.UserPoolId],
  ]);
  if (cognitoEndpoint) values.set(ENDPOINT, cognitoEndpoint);
  const reader = await world.readerKey();
  if (reader && 'key' in reader) {
    values.set(KEY_ID, reader.key.accessKeyId);
    values.set(KEY_SECRET, reader.key.secretAccessKey);
  }
  return values;
}

/** In a copied database, a value is another project's until `connect` has put it there, even if it is the same. */
export const isForeign = ({ copied, before }: World, name: string): boolean =>
  copied.length > 0 && !before?.vaultSet.some(([set]) => set === name);

async function inspect(world: World): Promise<Finding> {
  const { db } = world;
  const { wanted } = await modulesOf(world);
  if (!wanted.has('cognito-users')) return leftOut('no module cognito-users');
  if ((await world.readerKey()) === undefined) return leftOut('the stack has no reader');
  const values = await wantedValues(world);
  const differing: [Name, string][] = [];
  const isThere = await hasVault(db);
  for (const [name, value] of values)
    if (!isThere || isForeign(world, name) || !(await isSame(db, name, value)))
      differing.push([name, value]);
  // An endpoint of an emulator would send the requests of AWS to it.
  const isStale = !values.has(ENDPOINT) && (await readVaultNames(db)).includes(ENDPOINT);
  if (differing.length === 0 && !isStale) return done('has key, region and pool');
  const says = [
    ...(differing.length > 0 ? [`set ${differing.map(([name]) => name).join(', ')}`] : []),
  ];
  if (isStale) says.push(`delete ${ENDPOINT}`);
  return change(says.join('; '), async () => {
    if (differing.length > 0) await putSecrets(world, differing);
    if (isStale) await remove(db, ENDPOINT);
  });
}

/** Names that `connect` would give back or delete, and whose value is not the one that it has put there. */
async function changedSince(
  db: Database,
  { vaultSet, vault: before }: Before,
): Promise<ReadonlySet<Name>> {
  const set = new Map(vaultSet);
  const there = await readVaultNames(db);
  const changed = new Set<Name>();
  for (const name of NAMES) {
    const value = set.get(name);
    const isUntouched = value === undefined && before.includes(name);
    if (name === KEY_SECRET || !there.includes(name) || isUntouched) continue;
    if (value === undefined || !(await isSame(db, name, value))) changed.add(name);
  }
  if (changed.has(KEY_ID)) changed.add(KEY_SECRET);
  return changed;
}

export const vault: Step = {
  name: 'Vault',
  inspect,
  async inspectUndo({ db }, before) {
    const names = await readVaultNames(db);
    const theirs = await changedSince(db, before);
    const own = NAMES.filter((name) => !theirs.has(name));
    const kept = own.filter(
      (name) => before.vault.includes(name) && names.includes(keptName(name)),
    );
    const added = own.filter((name) => names.includes(name) && !before.vault.includes(name));
    if (kept.length === 0 && added.length === 0)
      return theirs.size === 0
        ? done('as it was before')
        : leftOut(`${[...theirs].join(', ')}, as somebody has set since`);
    const says = [
      ...(added.length > 0 ? [`delete ${added.join(', ')}`] : []),
      ...(kept.length > 0 ? [`give back ${kept.join(', ')}`] : []),
    ];
    return change(says.join('; '), async () => {
      for (const name of added.filter((one) => !kept.includes(one))) await remove(db, name);
      for (const name of kept) await db.query(giveBack(name));
    });
  },
};
