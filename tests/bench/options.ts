/** The command line of `npm run bench:rls`. */
import path from 'node:path';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';

export const USAGE = `npm run bench:rls [-- options]   row-level security against the same queries without it

  --rows N      tasks, and as many notes      default 1000000, at least 10000
  --people N    people                        default 10000, from 100 to a tenth of the rows
  --rounds N    most rounds of a measurement  default 1000, at least 10
  --json FILE   where the results go          default tests/bench/results/rls.json
  --help        this text`;

/** The size of the targets, and of the tables in docs/performance.md. */
export const FULL = { rows: 1_000_000, people: 10_000, rounds: 1_000 } as const;

export interface BenchOptions {
  readonly rows: number;
  readonly people: number;
  readonly rounds: number;
  readonly json: string;
}

const HELP = 'npm run bench:rls -- --help';
const bad = (message: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${HELP}\` lists the options`);

function parseCount(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw bad(`--${name} wants a whole number from ${least} to ${most}: not ${text}`);
  }
  return value;
}

function parse(args: readonly string[]) {
  return readArguments(HELP, {
    args: [...args],
    options: {
      rows: { type: 'string', default: String(FULL.rows) },
      people: { type: 'string' },
      rounds: { type: 'string', default: String(FULL.rounds) },
      json: { type: 'string', default: path.resolve(import.meta.dirname, 'results/rls.json') },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

/**
 * @returns the options, or undefined if help was asked for.
 * @throws KitError BAD_OPTION
 */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values.json === '') throw bad('--json wants the name of a file');
  const rows = parseCount('rows', values.rows, 10_000, 20_000_000);
  const people = values.people ?? String(Math.min(FULL.people, Math.floor(rows / 10)));
  return {
    rows,
    people: parseCount('people', people, 100, Math.floor(rows / 10)),
    rounds: parseCount('rounds', values.rounds, 10, 100_000),
    json: path.resolve(values.json),
  };
}
