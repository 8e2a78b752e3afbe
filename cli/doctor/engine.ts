/** Runs the checks, and keeps what could not be seen. */
import { messageOf } from '../token/database.ts';
import type { Severity } from './catalogue/entry.ts';
import { entryOf, type FindingId } from './catalogue/index.ts';
import { ACCESS, type Access, type Check, type Context, CouldNotSee, type Found } from './check.ts';

export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  /** What mends it: a command, or SQL. */
  readonly fix: string;
  readonly place?: string;
  /** `--fix` can run `fix`, which is SQL. */
  readonly safe: boolean;
}

export interface Unseen {
  readonly check: string;
  readonly reason: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly unseen: readonly Unseen[];
  /** Names of the checks that have run. */
  readonly seen: readonly string[];
}

const RANK: Record<Severity, number> = { error: 0, warning: 1, note: 2 };

function toFinding({ id, place, detail, fix, safe = false }: Found): Finding {
  const { severity, title, why, cure } = entryOf(id);
  return {
    ...{ id, severity, why, safe, fix: fix ?? cure },
    what: detail === undefined ? title : `${title}: ${detail}`,
    ...(place !== undefined && { place }),
  };
}

const hasAccess = (context: Context, access: Access): boolean => context[access] !== undefined;

/** A failed statement ends a transaction, and the next check needs it. */
async function runInSavepoint(one: Check, context: Context): Promise<readonly Found[]> {
  const { database } = context;
  if (database === undefined || !one.needs.includes('database')) return one.run(context);
  await database.query('savepoint one_check');
  try {
    return await one.run(context);
  } finally {
    await database.query('rollback to savepoint one_check');
  }
}

/** Runs all checks that the accesses allow, one after another, and sorts by severity. */
export async function diagnose(checks: readonly Check[], context: Context): Promise<Diagnosis> {
  const found: Found[] = [];
  const unseen: Unseen[] = [];
  const seen: string[] = [];
  for (const one of checks) {
    const missing = one.needs.filter((access) => !hasAccess(context, access));
    if (missing.length > 0) {
      const reason = missing.map((access) => ACCESS[access]).join('; ');
      unseen.push({ check: one.name, reason });
      continue;
    }
    try {
      found.push(...(await runInSavepoint(one, context)));
      seen.push(one.name);
    } catch (error) {
      const isPartly = error instanceof CouldNotSee;
      const reason = isPartly ? error.message : messageOf(error);
      if (isPartly) found.push(...error.found);
      unseen.push({ check: one.name, reason });
    }
  }
  const findings = found
    .map(toFinding)
    .toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || a.id.localeCompare(b.id));
  return { findings, unseen, seen };
}

/** @returns 2 with an error, 1 with a warning, 0 otherwise */
export function exitCodeOf({ findings }: Diagnosis): 0 | 1 | 2 {
  if (findings.some(({ severity }) => severity === 'error')) return 2;
  return findings.some(({ severity }) => severity === 'warning') ? 1 : 0;
}
