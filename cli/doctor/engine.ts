/** Runs the checks, and keeps what could not be seen. */
import { messageOf } from '../token/database.ts';
import type { Severity } from './catalogue/entry.ts';
import { entryOf, type FindingId } from './catalogue/index.ts';
import {
  ACCESS,
  type Access,
  type Check,
  type Context,
  CouldNotSee,
  type Found,
  type Unusable,
} from './check.ts';

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
  /** What the caller has named, and what could not be used. */
  readonly unusable: readonly Pick<Unusable, 'name' | 'reason'>[];
}

const RANK: Record<Severity, number> = { error: 0, warning: 1, note: 2 };

function toFinding({ id, place, detail, fix, severity, safe = false }: Found): Finding {
  const { title, why, cure, ...entry } = entryOf(id);
  return {
    ...{ id, severity: severity ?? entry.severity, why, safe, fix: fix ?? cure },
    what: detail === undefined ? title : `${title}: ${detail}`,
    ...(place !== undefined && { place }),
  };
}

const hasAccess = (context: Context, access: Access): boolean => context[access] !== undefined;

/** Why an access is not there. */
const reasonWithout = ({ unusable = [] }: Context, access: Access): string =>
  unusable.find(({ accesses }) => accesses.includes(access))?.reason ?? ACCESS[access];

/**
 * A failed statement ends a transaction, and the next check needs it. With an empty search path, Postgres writes the
 * schema of each name, for every role.
 */
async function runInSavepoint(one: Check, context: Context): Promise<readonly Found[]> {
  const { database, ...others } = context;
  if (database === undefined) return one.run(context);
  try {
    await database.query("savepoint one_check; set local search_path = ''");
  } catch (error) {
    // The connection was lost. Some checks can do without.
    if (one.needs.includes('database')) throw error;
    return one.run(others);
  }
  try {
    return await one.run(context);
  } finally {
    await database.query('rollback to savepoint one_check');
  }
}

/** What one check came to. */
interface Outcome {
  readonly check: Check;
  readonly found: readonly Found[];
  /** Why it saw nothing, or not all. */
  readonly reason?: string;
  /** It had every access that it needs. */
  readonly ran: boolean;
}

async function outcomeOf(one: Check, context: Context): Promise<Outcome> {
  const missing = one.needs.filter((access) => !hasAccess(context, access));
  if (missing.length > 0) {
    const reasons = new Set(missing.map((access) => reasonWithout(context, access)));
    return { check: one, found: [], ran: false, reason: [...reasons].join('; ') };
  }
  try {
    return { check: one, found: await runInSavepoint(one, context), ran: true };
  } catch (error) {
    const isPartly = error instanceof CouldNotSee;
    const reason = isPartly ? error.message : messageOf(error);
    return { check: one, found: isPartly ? error.found : [], ran: true, reason };
  }
}

/** The accesses that the caller has named, and of which no check has seen anything. */
function blindOf(outcomes: readonly Outcome[], { named = new Map() }: Context): Unusable[] {
  return [...named].flatMap(([access, name]) => {
    const own = outcomes.filter(({ check, ran }) => ran && check.needs.includes(access));
    const [first] = own;
    const isBlind = own.every(({ reason, found }) => reason !== undefined && found.length === 0);
    return first?.reason === undefined || !isBlind
      ? []
      : [{ name, reason: first.reason, accesses: [access] }];
  });
}

/** Runs all checks that the accesses allow, one after another, and sorts by severity. */
export async function diagnose(checks: readonly Check[], context: Context): Promise<Diagnosis> {
  const outcomes: Outcome[] = [];
  for (const one of checks) outcomes.push(await outcomeOf(one, context));
  const findings = outcomes
    .flatMap(({ found }) => found.map(toFinding))
    .toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || a.id.localeCompare(b.id));
  const unseen = outcomes.flatMap(({ check, reason }) =>
    reason === undefined ? [] : [{ check: check.name, reason }],
  );
  const seen = outcomes.flatMap(({ check, reason }) => (reason === undefined ? check.name : []));
  const unusable = [...(context.unusable ?? []), ...blindOf(outcomes, context)];
  return {
    ...{ findings, unseen, seen },
    unusable: unusable.map(({ name, reason }) => ({ name, reason })),
  };
}

export type ExitCode = 0 | 1 | 2 | 3;

/**
 * 3 comes before 1: a warning says nothing about what was not seen, and some let warnings pass.
 *
 * @returns 2 with an error; else 3 if something that was named could not be used, or no check could run; else 1 with a
 * warning; else 0
 */
export function exitCodeOf({ findings, seen, unusable }: Diagnosis): ExitCode {
  if (findings.some(({ severity }) => severity === 'error')) return 2;
  if (unusable.length > 0 || (seen.length === 0 && findings.length === 0)) return 3;
  return findings.some(({ severity }) => severity === 'warning') ? 1 : 0;
}
