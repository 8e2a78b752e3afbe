/** Runs the SQL of the findings that can be mended safely, each shown first. */
import type pg from 'pg';
import { hasConsent } from '../consent.ts';
import { messageOf } from '../token/database.ts';
import { inFull } from '../token/paint.ts';
import type { Diagnosis, Finding } from './engine.ts';

export interface FixOptions {
  /** Mends without asking. */
  readonly yes: boolean;
  readonly print: (line: string) => void;
}

/** A finding that is still there after its SQL. */
export interface Failed {
  readonly id: string;
  readonly place?: string;
  readonly reason: string;
}

/** SQL that has run, and what the database said to it. */
export interface Attempt {
  readonly fix: string;
  /** Undefined: it has run. */
  readonly error?: string;
}

/** The findings whose SQL takes nothing from anybody who has access today, each SQL once. */
export const fixable = ({ findings }: Diagnosis): readonly Finding[] => [
  ...new Map(findings.filter(({ safe }) => safe).map((one) => [one.fix, one])).values(),
];

/** An app waits behind a statement that waits for a lock. */
const LOCK_TIMEOUT = '5s';

/** In a transaction of its own, so that one that fails leaves the others, and no lock is kept for them. */
async function run(database: pg.Client, fix: string): Promise<Attempt> {
  try {
    await database.query(`begin; set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await database.query(fix);
    await database.query('commit');
    return { fix };
  } catch (error) {
    // The connection may be lost, which the next look says.
    await database.query('rollback').catch(() => undefined);
    return { fix, error: messageOf(error) };
  }
}

/** Shows the SQL, asks, and runs it. @returns what has run; none without consent */
export async function mend(
  database: pg.Client,
  diagnosis: Diagnosis,
  options: FixOptions,
): Promise<readonly Attempt[]> {
  const own = fixable(diagnosis);
  if (own.length === 0) {
    options.print('nothing can be mended safely by itself');
    return [];
  }
  for (const { id, fix } of own)
    options.print(
      `${id}\n${fix
        .split('\n')
        .map((line) => `  → ${inFull(line)}`)
        .join('\n')}`,
    );
  if (!(await hasConsent(options, 'Run this SQL?'))) {
    options.print('nothing was changed: --yes runs it');
    return [];
  }
  const attempts: Attempt[] = [];
  for (const { fix } of own) attempts.push(await run(database, fix));
  return attempts;
}

const keyOf = ({ id, place = '' }: Finding): string => `${id} ${place}`;

/** Compares the findings before with those after. What was not looked at again does not count as mended. */
export function judge(attempts: readonly Attempt[], before: Diagnosis, after: Diagnosis) {
  const left = new Set(after.findings.map(keyOf));
  const canTell = before.seen.every((name) => after.seen.includes(name));
  const failed: Failed[] = [];
  let mended = 0;
  for (const { fix, error } of attempts) {
    const own = before.findings.filter((one) => one.safe && one.fix === fix);
    const still = own.filter((one) => error !== undefined || !canTell || left.has(keyOf(one)));
    const reason = error ?? (canTell ? 'it is still found' : 'nobody could look again');
    if (still.length === 0) mended += 1;
    failed.push(
      ...still.map(({ id, place }) => ({ id, reason, ...(place !== undefined && { place }) })),
    );
  }
  return { mended, failed };
}

/** @param print of a line */
export function printVerdict(
  { mended, failed }: ReturnType<typeof judge>,
  print: FixOptions['print'],
): void {
  for (const { id, place = '', reason } of failed)
    print(`not mended: ${id} ${inFull(place)}: ${inFull(reason)}`);
  print(mended === 0 ? 'nothing was mended' : `${mended} mended. Keep the SQL in a migration`);
}
