/** Prints what was found about a token. Nothing of its signature is ever in it. */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { escapedLines, printable } from '@cognito-supabase/local/printable';
import { ANSWER_LIMIT, type Opened, type TableAccess, type Trust } from './database.ts';
import { type Claims, claimText } from './json.ts';
import { inFull, paint } from './paint.ts';
import type { Verdict } from './services.ts';
import type { CheckResult } from './verify.ts';

export interface Report {
  readonly claims: Claims;
  readonly checks: readonly CheckResult[];
  readonly services: readonly Verdict[];
  /** Undefined without a database. */
  readonly trust: Trust | undefined;
  /** Undefined without a database, or if the token is not genuine. */
  readonly opened: Opened | undefined;
}

const MARKS = {
  right: ['green', '✓'],
  accepts: ['green', '✓'],
  wrong: ['red', '✗'],
  refuses: ['red', '✗'],
  unknown: ['yellow', '?'],
} as const;

const line = (state: keyof typeof MARKS, name: string, text: string): string => {
  const [colour, mark] = MARKS[state];
  return `  ${paint(colour, mark)} ${name.padEnd(15)} ${inFull(text)}`;
};

/** Claims of times, which are shown as dates. */
const TIMES = new Set(['exp', 'iat', 'nbf', 'auth_time']);

function claimLine(name: string, value: unknown): string {
  const isTime = TIMES.has(name) && typeof value === 'number' && Math.abs(value) < 8.64e12;
  const date = isTime ? ` (${new Date(value * 1000).toISOString()})` : '';
  return `  ${printable(name).padEnd(17)} ${inFull(claimText(value))}${date}`;
}

/** Rows as a table, with a quoted form of each text. What the quoted form leaves as it is, such as marks of direction, is escaped. */
function tableOf(rows: readonly Record<string, unknown>[]): string {
  const parts: string[] = [];
  const stdout = new Writable({
    write(part, _encoding, done) {
      parts.push(String(part));
      done();
    },
  });
  const shown = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [printable(name), value])),
  );
  new Console({ stdout, colorMode: false }).table(shown);
  return escapedLines(parts.join('').trimEnd());
}

/** The rows of a query. */
export function answerLines(rows: readonly Record<string, unknown>[]): readonly string[] {
  if (rows.length === 0) return ['no rows'];
  const shown = rows.slice(0, ANSWER_LIMIT);
  const more =
    rows.length > ANSWER_LIMIT ? [`there are more rows: only ${ANSWER_LIMIT} are shown`] : [];
  return [tableOf(shown), ...more];
}

function tableLines({ table, grants, policies, rows, more, problem }: TableAccess): string[] {
  const count = rows === undefined ? 'not readable' : `${more ? 'more than ' : ''}${rows} rows`;
  const why = problem === undefined ? count : printable(problem);
  return [
    `  ${paint('bold', printable(table))}  ${why}  ${paint('dim', grants.join(', ').toLowerCase())}`,
    ...policies.map(({ name, command, restrictive }) => {
      const kind = `${restrictive ? 'only if' : 'by'}  ${command.toLowerCase()}`;
      return paint('dim', `    ${kind.padEnd(16)} ${printable(name)}`);
    }),
  ];
}

function openedLines({ tables, refusal }: Opened): readonly string[] {
  if (refusal !== undefined) return ['', `  ${paint('red', printable(refusal))}`];
  const heading = '\nwhat it opens in the database';
  if (tables.length === 0) return [heading, '  nothing: the role has no grant'];
  return [heading, ...tables.flatMap(tableLines)];
}

export function reportLines({ claims, checks, services, trust, opened }: Report): string[] {
  const state = trust?.state === 'trusted' ? 'right' : 'wrong';
  return [
    'claims',
    ...Object.entries(claims).map(([name, value]) => claimLine(name, value)),
    '\nchecks',
    ...checks.map(({ name, state: found, text }) => line(found, name, text)),
    ...(trust ? [line(state, 'trust', trust.reason)] : []),
    '\nservices',
    ...services.map(({ service, answer, text }) => line(answer, service, text)),
    ...(trust ? [] : ['  (with SUPABASE_DB_URL, or --stack DIR: trust, and what the token opens)']),
    ...(opened ? openedLines(opened) : []),
  ];
}
