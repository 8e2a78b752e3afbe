/**
 * The record in Vault, beside the file. A run on another machine, such as one of CI, has no file, and has to know what was
 * there before the first run, and which keys and issuers the runs have added since.
 *
 * Vault is data of the database. Whoever can write it must not reach files of the machine that runs `disconnect`, so the
 * record in it has none.
 */
import { createHash } from 'node:crypto';
import { KitError } from '@cognito-supabase/contract/errors';
import pg from 'pg';
import { z } from 'zod';
import { type Database, hasRelation } from '../hosted/database.ts';
import { type Before, parseJson, parseRecord, type RecordPlace } from './record.ts';

const PREFIX = 'cognito-supabase connect ';
const ASIDE = 'cognito-supabase copied record ';

/** Of the secret in Vault. */
export const keptRecordName = (stage: string): string => PREFIX + stage;

export const hasVault = (db: Database): Promise<boolean> =>
  hasRelation(db, 'vault.decrypted_secrets');

/** A record that came with the database from another project. */
export interface Copied {
  readonly stage: string;
  readonly project: string;
}

export interface Kept {
  readonly hasVault: boolean;
  /** Of this stage and project, without files. */
  readonly before: Before | undefined;
  /** Why the one of this stage cannot be read. */
  readonly damage: KitError | undefined;
  /** Hash of its text; undefined if there is none. */
  readonly hash: string | undefined;
  /** Stages that are connected to the same project. */
  readonly otherStages: readonly string[];
  readonly copied: readonly Copied[];
}

const headSchema = z.object({ project: z.string() });

const hashOf = (text: string): string => createHash('md5').update(text).digest('hex');

const NOTHING: Kept = {
  ...{ hasVault: false, before: undefined, damage: undefined, hash: undefined },
  ...{ otherStages: [], copied: [] },
};

interface Row {
  readonly stage: string;
  readonly text: string;
}

function readOwn(
  row: Row | undefined,
  place: RecordPlace,
): Pick<Kept, 'before' | 'damage' | 'hash'> {
  if (row === undefined) return { before: undefined, damage: undefined, hash: undefined };
  const hash = hashOf(row.text);
  try {
    const before = parseRecord(row.text, place, `secret "${keptRecordName(row.stage)}" of Vault`);
    return { before: { ...before, envFiles: [] }, damage: undefined, hash };
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    return { before: undefined, damage: error, hash };
  }
}

/** @throws KitError DATABASE_FAILED */
export async function readKept(place: RecordPlace, db: Database): Promise<Kept> {
  if (!(await hasVault(db))) return NOTHING;
  const rows = await db.query<Row>(
    // Null if Vault has lost the key, as in a restored project: a damaged record.
    `select substr(name, length($1) + 1) as stage, coalesce(decrypted_secret, '') as text
     from vault.decrypted_secrets where starts_with(name, $1) order by 1`,
    [PREFIX],
  );
  const copied: Copied[] = [];
  const here = rows.filter(({ stage, text }) => {
    const { data: head } = headSchema.safeParse(parseJson(text));
    // A damaged one counts as one of this project.
    if (head === undefined || head.project === place.project) return true;
    copied.push({ stage, project: head.project });
    return false;
  });
  const own = here.find(({ stage }) => stage === place.stage);
  const otherStages = here.map(({ stage }) => stage).filter((stage) => stage !== place.stage);
  return { hasVault: true, ...readOwn(own, place), otherStages, copied };
}

const LOCK = "select pg_advisory_xact_lock(hashtextextended('cognito-supabase connect', 0))::text";

/**
 * Keeps the record in place of the one with this hash. Without Vault, it does nothing.
 *
 * @param expected undefined if there was none
 * @returns the hash of the new one, or `expected` without Vault
 * @throws KitError RUN_IN_PROGRESS if another machine has kept one since
 */
export async function keep(
  db: Database,
  before: Before,
  expected: string | undefined,
): Promise<string | undefined> {
  if (!(await hasVault(db))) return expected;
  const text = JSON.stringify({ ...before, envFiles: [] });
  const [name, value] = [keptRecordName(before.stage), text].map((one) => pg.escapeLiteral(one));
  const hash = expected === undefined ? 'null' : pg.escapeLiteral(expected);
  // Two statements: the second one sees what another machine has written before it gave the lock back.
  const [kept] = await db.query<{ state: string }>(`${LOCK};
    select case
      when md5(s.text) is distinct from ${hash} then 'newer'
      when s.id is not null then concat('kept', vault.update_secret(s.id, ${value}))
      else concat('kept', vault.create_secret(${value}, ${name},
        'What was there before cognito-supabase connect. disconnect needs it.')) end as state
    from (select 1) as one left join (
      select id, coalesce(decrypted_secret, '') as text
      from vault.decrypted_secrets where name = ${name}) as s on true`);
  if (kept?.state !== 'newer') return hashOf(text);
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

/** Renames records of another project, whose database was copied to this one. */
export async function setAside(db: Database, copied: readonly Copied[]): Promise<void> {
  for (const { stage, project } of copied) {
    const [from, to] = [keptRecordName(stage), `${ASIDE}${stage} of ${project}`];
    await db.query('delete from vault.secrets where name = $1', [to]);
    await db.query(
      'select vault.update_secret(id, null, $2)::text as done from vault.secrets where name = $1',
      [from, to],
    );
  }
}
