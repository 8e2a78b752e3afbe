/** Runs the SQL of the findings that can be mended safely, each shown first. */
import type pg from 'pg';
import { hasConsent } from '../consent.ts';
import { inFull } from '../token/paint.ts';
import type { Diagnosis, Finding } from './engine.ts';

export interface FixOptions {
  /** Mends without asking. */
  readonly yes: boolean;
  readonly print: (line: string) => void;
}

/** The findings whose SQL takes nothing away from anybody who should have it, each SQL once. */
export const fixable = ({ findings }: Diagnosis): readonly Finding[] => [
  ...new Map(findings.filter(({ safe }) => safe).map((one) => [one.fix, one])).values(),
];

/**
 * All or nothing: one transaction.
 *
 * @returns how many were mended
 */
export async function mend(
  database: pg.Client,
  diagnosis: Diagnosis,
  options: FixOptions,
): Promise<number> {
  const own = fixable(diagnosis);
  if (own.length === 0) {
    options.print('nothing can be mended safely by itself');
    return 0;
  }
  for (const { id, fix } of own) options.print(`${id}\n  → ${inFull(fix)}`);
  if (!(await hasConsent(options, 'Run this SQL?'))) {
    options.print('nothing was changed: --yes runs it');
    return 0;
  }
  await database.query('begin');
  try {
    for (const { fix } of own) await database.query(fix);
    await database.query('commit');
  } catch (error) {
    await database.query('rollback');
    throw error;
  }
  options.print(`${own.length} mended. Keep the SQL in a migration`);
  return own.length;
}
