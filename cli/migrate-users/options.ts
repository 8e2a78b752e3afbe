/** The options of `migrate-users`, checked. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { parseEndpoint } from '../directory/options.ts';
import { dataDirOf, runningDirOf } from '../stack-dir.ts';
import { checkColumn } from './passwords.ts';

export type Direction = 'to-cognito' | 'to-supabase';

/** As commander reads them. */
export interface WrittenOptions {
  readonly rate: string;
  readonly dryRun?: boolean;
  readonly userPoolId?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly dir?: string;
  readonly state?: string;
  readonly map?: string;
  readonly report?: string;
  readonly people?: string;
  readonly csv?: string;
  readonly passwords?: boolean;
  readonly passwordColumn?: string;
}

export interface PasswordOptions {
  /** Of the file. @default - one of GetCSVHeader, or `cognito:password_hash` */
  readonly column: string | undefined;
}

export interface MigrateOptions {
  readonly rate: number;
  readonly isDryRun: boolean;
  readonly userPoolId: string | undefined;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  /** Of a running stack. */
  readonly dir: string;
  readonly state: string | undefined;
  readonly map: string | undefined;
  readonly report: string | undefined;
  /** A dry run writes it only if it is given. */
  readonly people?: string | undefined;
  /** Of an import job, which then makes the users. */
  readonly csv?: string | undefined;
  /** Hashes of passwords go into the file of the import job. */
  readonly passwords?: PasswordOptions | undefined;
}

/** Quotas of making users can be raised. */
const MOST = 1000;

function parseRate(text: string): number {
  const rate = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && rate > 0 && rate <= MOST) return rate;
  throw new KitError(
    'BAD_OPTION',
    `--rate needs requests a second, more than 0 and at most ${MOST}, not ${text}`,
    '`npx cognito-supabase migrate-users --help`',
  );
}

const absolute = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : path.resolve(file);

const badOption = (message: string, hint: string): KitError =>
  new KitError('BAD_OPTION', message, hint);

function passwordOptions(written: WrittenOptions): PasswordOptions | undefined {
  const { csv, passwords = false, passwordColumn: column } = written;
  if (!passwords && column !== undefined)
    throw badOption('--password-column needs --passwords', 'add --csv FILE --passwords');
  if (!passwords) return undefined;
  if (csv === undefined)
    throw badOption(
      '--passwords needs --csv: only an import job of Cognito takes hashes',
      'add --csv FILE',
    );
  if (column !== undefined) checkColumn(column);
  return { column };
}

/** One file would replace the other. */
function checkFiles({ state, map, report, people, csv }: WrittenOptions): void {
  const files = [state, map, report, people, csv].flatMap((file) =>
    file === undefined ? [] : [path.resolve(file)],
  );
  if (new Set(files).size < files.length)
    throw badOption('two options name the same file', 'name another file for each of them');
}

/** @throws KitError BAD_OPTION */
export function readOptions(written: WrittenOptions): MigrateOptions {
  const { userPoolId, region } = written;
  checkFiles(written);
  return {
    rate: parseRate(written.rate),
    isDryRun: written.dryRun ?? false,
    ...{ userPoolId, region },
    endpoint: parseEndpoint(written.endpoint),
    dir: path.resolve(written.dir ?? runningDirOf(process.cwd())),
    state: absolute(written.state),
    map: absolute(written.map),
    report: absolute(written.report),
    people: absolute(written.people),
    csv: absolute(written.csv),
    passwords: passwordOptions(written),
  };
}

export interface Files {
  readonly state: string;
  readonly map: string;
  readonly report: string;
  readonly people: string;
}

/**
 * By default in a folder of the person who runs it. Reports have addresses, and a folder of the project could be
 * committed.
 *
 * @param move from where to where: each has files of its own.
 */
export function filesOf(options: MigrateOptions, direction: Direction, move: string): Files {
  const hash = createHash('sha256').update(move).digest('hex').slice(0, 8);
  const home = path.join(`${dataDirOf(process.cwd())}-migrate-users`, `${direction}-${hash}`);
  return {
    state: options.state ?? `${home}.jsonl`,
    map: options.map ?? `${home}-map.csv`,
    report: options.report ?? `${home}-report.csv`,
    people: options.people ?? `${home}-people.csv`,
  };
}
