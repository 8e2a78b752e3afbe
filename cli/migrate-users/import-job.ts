/** `--csv`: writes the file of an import job, and says how to run the job. */
import { KitError } from '@cognito-supabase/contract/errors';
import { count } from '../directory/progress.ts';
import type { PoolSettings } from '../directory/settings.ts';
import { readHashes } from './hashes.ts';
import { withFileValues } from './import-file.ts';
import type { Files, PasswordOptions } from './options.ts';
import { columnFor, type PasswordCells, sortPasswords } from './passwords.ts';
import type { Going, Sorted } from './person.ts';
import { writePrivate } from './private-file.ts';
import type { DatabaseSource } from './project-database.ts';
import { peopleText, reportText, Tally } from './tally.ts';
import type { ImportJob } from './ways.ts';

export interface ImportTask {
  readonly job: ImportJob;
  /** Whether an earlier run has a user of the pool for the person. A second one could have an old address. */
  readonly hasUser: (person: Going) => boolean;
  readonly file: string;
  readonly files: Files;
  readonly passwords: PasswordOptions | undefined;
  /** Given if `passwords` is. */
  readonly hashes: DatabaseSource | undefined;
  readonly print: (line: string) => void;
}

/** For a shell of POSIX. */
const quoted = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The commands that run the job. The AWS CLI asks AWS, unless `--endpoint-url` names an emulator. */
function commands(pool: PoolSettings, file: string, withHashes: boolean): string {
  const { userPoolId, region, endpoint } = pool;
  const where = `--user-pool-id ${quoted(userPoolId)} --region ${quoted(region)}${endpoint === undefined ? '' : ` --endpoint-url ${quoted(endpoint)}`}`;
  return [
    'Run an import job of Cognito with the file. ROLE may write to CloudWatch Logs; the first answer has URL and JOB:',
    `  aws cognito-idp create-user-import-job ${where} --job-name migrate-users --cloud-watch-logs-role-arn ROLE${withHashes ? ' --password-hashing-algorithm BCRYPT' : ''}`,
    `  curl --fail --upload-file ${quoted(file)} --header 'x-amz-server-side-encryption: aws:kms' 'URL'`,
    `  aws cognito-idp start-user-import-job ${where} --job-id JOB`,
    'Then run this command without --csv: it moves the rows.',
  ].join('\n');
}

const ABOUT_HASHES = (column: string, file: string): string =>
  `The file has hashes of passwords, in column ${column}. No page of AWS names this column, so it is unverified:\n` +
  'first run a job whose file has one account of your own, and sign in with its old password.\n' +
  `Delete the file when the job has ended: rm ${quoted(file)}`;

interface Content {
  readonly people: readonly Going[];
  readonly passwords?: PasswordCells;
  readonly summary?: string;
}

async function contentOf(
  { job, passwords, hashes: source }: ImportTask,
  header: readonly string[],
  going: readonly Going[],
): Promise<Content> {
  if (passwords === undefined || source === undefined) return { people: going };
  const column = columnFor(header, passwords.column);
  const stored = await readHashes(source, { people: going, isThere: job.isThere });
  const { people, hashes, summary } = sortPasswords(going, stored);
  return { people, passwords: { column, hashes }, summary };
}

/**
 * @returns whether everybody is in the file.
 * @throws KitError
 */
export async function writeImport(task: ImportTask, sorted: Sorted): Promise<boolean> {
  const { job, file, files, hasUser, print } = task;
  if (Object.values(files).includes(file))
    throw new KitError(
      'BAD_OPTION',
      `--csv names another file of this move: ${file}`,
      'name another file',
    );
  const header = await job.header();
  const open = sorted.going.filter((person) => !hasUser(person));
  const { going, left } = withFileValues(header, { going: open, left: sorted.left });
  if (open.length < sorted.going.length)
    print(
      `${count(sorted.going.length - open.length, 'user')} of an earlier run stay out of the file`,
    );
  const { people, passwords, summary } = await contentOf(task, header, going);
  await writePrivate(file, job.text(header, people, passwords), '--csv');
  const tally = new Tally(left);
  for (const person of people) tally.meets(person);
  await writePrivate(files.report, reportText(left), '--report');
  await writePrivate(files.people, peopleText(people), '--people');
  for (const line of tally.lines()) print(line);
  print(`import file    ${file}, ${count(people.length, 'user')}`);
  print(`report         ${files.report}\npeople         ${files.people}`);
  if (summary !== undefined) print(`passwords      ${summary}`);
  print(commands(job.pool, file, passwords !== undefined));
  if (passwords !== undefined) print(ABOUT_HASHES(passwords.column, file));
  return left.length === 0;
}
