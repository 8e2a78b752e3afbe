/** The command line of `npm run bench:directory`. */
import path from 'node:path';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';

export const USAGE = `npm run bench:directory [-- options]   the directory against the live scan, and the sync

  --users N     users of the pool                        default 100000, at least 2000
  --rounds N    rounds of each question to the directory  default 200, at least 10
  --json FILE   where the results go                      default tests/bench/results/directory.json
  --help        this text

At full size it takes about 11 minutes: five live scans and a sync one call after another.`;

/** The size of the targets. */
export const FULL = { users: 100_000, rounds: 200 } as const;

export interface BenchOptions {
  readonly users: number;
  readonly rounds: number;
  readonly json: string;
}

const HELP = 'npm run bench:directory -- --help';
const bad = (message: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${HELP}\` lists the options`);

function parseCount(name: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= 10_000_000)) {
    throw bad(`--${name} wants a whole number, at least ${least}: not ${text}`);
  }
  return value;
}

function parse(args: readonly string[]) {
  return readArguments(HELP, {
    args: [...args],
    options: {
      users: { type: 'string', default: String(FULL.users) },
      rounds: { type: 'string', default: String(FULL.rounds) },
      json: {
        type: 'string',
        default: path.resolve(import.meta.dirname, 'results/directory.json'),
      },
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
  return {
    users: parseCount('users', values.users, 2000),
    rounds: parseCount('rounds', values.rounds, 10),
    json: path.resolve(values.json),
  };
}
