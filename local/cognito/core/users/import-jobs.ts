/**
 * Imports of users from a CSV file.
 *
 * Source: Amazon Cognito developer guide, "Importing users into user pools from a CSV file". For hashes of passwords, the
 * API has `PasswordHashingAlgorithm`, and no page of AWS names the column. Its name here is unverified.
 */
import type { Attribute, ImportJobRecord, PoolRecord } from '../../store/records.ts';
import { CognitoError, invalidParameter } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import { makeForeignUser, makeHashedUser } from './accounts.ts';
import { checkAttributes, checkRequired } from './attributes.ts';
import { claimNames, nameNewUser } from './names.ts';

const USERNAME = 'cognito:username';
const MFA = 'cognito:mfa_enabled';
const HASH = 'cognito:password_hash';

/** The columns of a file, in AWS's order. */
export const columnsOf = (pool: PoolRecord): readonly string[] => [
  ...pool.SchemaAttributes.flatMap(({ Name = '' }) =>
    Name === 'sub' || Name === 'identities' ? [] : [Name],
  ),
  MFA,
  USERNAME,
];

/** Runs the jobs that were started and are not finished. After a restart, these are the interrupted ones. */
export async function runPending(pool: Pool): Promise<void> {
  const { importJobs } = pool.store;
  for (const { JobId } of importJobs.all()) {
    // It may have been stopped meanwhile.
    const job = importJobs.get(JobId);
    if (job?.Status !== 'Pending') continue;
    const done = await runImport(pool, job);
    importJobs.save(JobId, { ...done.job, log: done.log });
  }
}

type Row = Readonly<Record<string, string>>;

/**
 * Reads the file and makes the users. Each line is imported by itself.
 *
 * @returns the job with its counts, and a line of its log for each line of the file. The log has no personal data.
 */
async function runImport(
  pool: Pool,
  job: ImportJobRecord,
): Promise<{ readonly job: ImportJobRecord; readonly log: readonly string[] }> {
  const ended = (
    status: 'Succeeded' | 'Failed',
    message: string,
    changes: Partial<ImportJobRecord> = {},
  ): ImportJobRecord => ({
    ...job,
    ...changes,
    csv: undefined,
    Status: status,
    CompletionDate: new Date(),
    CompletionMessage: message,
  });
  const rows = await parse(job.csv ?? '').catch(() => undefined);
  if (rows === undefined) return { job: ended('Failed', 'The file is not valid CSV.'), log: [] };
  const problem = headerProblem(columnsOfJob(pool, job), rows[0] ?? []);
  if (problem !== undefined) return { job: ended('Failed', problem), log: [] };
  const [header = [], ...lines] = rows;
  const outcomes = lines.map((cells) => importRow(pool, rowOf(header, cells)));
  const count = (kind: Outcome['kind']): number =>
    outcomes.filter((one) => one.kind === kind).length;
  const log = outcomes.map(
    ({ kind, reason }, at) => `[${kind.toUpperCase()}] Line Number ${at + 2} - ${reason}`,
  );
  const counts = {
    ImportedUsers: count('succeeded'),
    SkippedUsers: count('skipped'),
    FailedUsers: count('failed'),
  };
  return { job: ended('Succeeded', 'Import Job Completed Successfully.', counts), log };
}

/** The library is loaded when the first file is read. */
async function parse(csv: string): Promise<readonly (readonly string[])[]> {
  const { parse: read } = await import('csv-parse/sync');
  return read(csv, { bom: true, skip_empty_lines: true, relax_column_count: true, trim: true });
}

const rowOf = (header: readonly string[], cells: readonly string[]): Row =>
  Object.fromEntries(header.map((name, at) => [name, cells[at] ?? '']));

const columnsOfJob = ({ store }: Pool, job: ImportJobRecord): readonly string[] => [
  ...columnsOf(store.settings),
  ...(job.PasswordHashingAlgorithm === undefined ? [] : [HASH]),
];

/** As on AWS, the file has exactly the pool's columns. */
function headerProblem(wanted: readonly string[], header: readonly string[]): string | undefined {
  const missing = wanted.find((name) => !header.includes(name));
  if (missing !== undefined) return `The header in the file does not have the column ${missing}.`;
  return header.length === wanted.length
    ? undefined
    : 'The header in the file has columns that the user pool does not have.';
}

interface Outcome {
  readonly kind: 'succeeded' | 'skipped' | 'failed';
  readonly reason: string;
}

function importRow(pool: Pool, row: Row): Outcome {
  try {
    return pool.store.transaction(() => addUser(pool, row));
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    // Its text may have a value of the file.
    return { kind: 'failed', reason: `The user could not be imported (${error.code}).` };
  }
}

function addUser(pool: Pool, row: Row): Outcome {
  const { store, users } = pool;
  const attributes = attributesOf(row);
  const has = (Name: string): boolean =>
    attributes.some((one) => one.Name === `${Name}_verified` && one.Value === 'true');
  const verified = store.settings.AutoVerifiedAttributes ?? [];
  if (verified.length > 0 && !verified.some(has))
    return {
      kind: 'failed',
      reason: 'The user record does not set any of the auto verified attributes to true.',
    };
  const name = row[USERNAME] ?? '';
  if (name === '') throw invalidParameter('cognito:username is empty');
  // In a pool without usernames of its own, the column has the address.
  const named = nameNewUser(store, name, attributes);
  if (users.find(name) !== undefined)
    return { kind: 'skipped', reason: 'The user already exists.' };
  checkAttributes(store, named.attributes, { isNew: true });
  checkRequired(store, named.attributes);
  const hash = row[HASH] ?? '';
  const user =
    hash === ''
      ? makeForeignUser(store, { ...named, status: 'RESET_REQUIRED' })
      : makeHashedUser(named, hash);
  claimNames(store, user);
  const factors = row[MFA]?.toLowerCase() === 'true' ? { UserMFASettingList: ['SMS_MFA'] } : {};
  users.save({ ...user, ...factors });
  return { kind: 'succeeded', reason: 'The import succeeded.' };
}

const attributesOf = (row: Row): readonly Attribute[] =>
  Object.entries(row).flatMap(([Name, value]) => {
    if (Name === USERNAME || Name === MFA || Name === HASH || value === '') return [];
    const isFlag = Name.endsWith('_verified');
    return [{ Name, Value: isFlag ? value.toLowerCase() : value }];
  });
