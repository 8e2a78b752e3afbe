/**
 * The record in Vault, beside the file. A run on another machine, such as one of CI, has no file, and has to know what was
 * there before the first run, and which keys and issuers the runs have added since.
 */
import { KitError } from '@cognito-supabase/contract/errors';
import type { Database } from '../hosted/database.ts';
import { type Before, parseRecord, type RecordPlace, readRecord } from './record.ts';

const PREFIX = 'cognito-supabase connect ';

/** Of the secret in Vault. */
export const keptRecordName = (stage: string): string => PREFIX + stage;

export async function hasVault(db: Database): Promise<boolean> {
  const table = "select to_regclass('vault.decrypted_secrets') is not null as there";
  return (await db.query<{ there: boolean }>(table))[0]?.there === true;
}

/** Text of the record of each stage. */
async function readAll(db: Database): Promise<ReadonlyMap<string, string>> {
  if (!(await hasVault(db))) return new Map();
  const rows = await db.query<{ stage: string; text: string }>(
    `select substr(name, length($1) + 1) as stage, decrypted_secret as text
     from vault.decrypted_secrets where starts_with(name, $1)`,
    [PREFIX],
  );
  return new Map(rows.map(({ stage, text }) => [stage, text]));
}

export interface Known {
  /** Undefined before the first run. */
  readonly before: Before | undefined;
  /** Stages that are connected to the same project. */
  readonly otherStages: readonly string[];
}

const union = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set([...one, ...other]),
];

/** The newer one, with all keys and issuers: another machine may have added some at the same time. */
function newerOf(one: Before, other: Before): Before {
  const newer = one.revision < other.revision ? other : one;
  return {
    ...newer,
    madeKeys: union(one.madeKeys, other.madeKeys),
    issuers: union(one.issuers, other.issuers),
  };
}

/** The newer one of both places. @throws KitError RECORD_WRONG */
export async function readBoth(place: RecordPlace, db: Database): Promise<Known> {
  const inFile = await readRecord(place);
  const all = await readAll(db);
  const text = all.get(place.stage);
  const inVault = text === undefined ? undefined : parseRecord(text, place, 'the record in Vault');
  const before = inFile && inVault ? newerOf(inFile, inVault) : (inFile ?? inVault);
  return { before, otherStages: [...all.keys()].filter((stage) => stage !== place.stage) };
}

const KEEP = `
  select case
    when s.revision >= $3::int then 'newer'
    when s.id is not null then concat('kept', vault.update_secret(s.id, $2))
    else concat('kept', vault.create_secret($2, $1,
      'What was there before cognito-supabase connect. disconnect needs it.')) end as state
  from (select 1) as one left join (
    select id, (decrypted_secret::jsonb ->> 'revision')::int as revision
    from vault.decrypted_secrets where name = $1) as s on true`;

/**
 * Without Vault, there is the file alone.
 *
 * @throws KitError RUN_IN_PROGRESS if another machine has kept a newer one since this run began
 */
export async function keep(db: Database, before: Before): Promise<void> {
  if (!(await hasVault(db))) return;
  const values = [keptRecordName(before.stage), JSON.stringify(before), String(before.revision)];
  const [kept] = await db.query<{ state: string }>(KEEP, values);
  if (kept?.state !== 'newer') return;
  throw new KitError(
    'RUN_IN_PROGRESS',
    `another run connects or disconnects stage ${before.stage} at the same time`,
    'wait until it has ended, and run it again',
  );
}

export async function forget(db: Database, stage: string): Promise<void> {
  if (!(await hasVault(db))) return;
  await db.query('delete from vault.secrets where name = $1', [keptRecordName(stage)]);
}
