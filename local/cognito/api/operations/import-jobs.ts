/** Jobs that import users from a CSV file. The file is sent to the address that the job has. */
import { randomBytes } from 'node:crypto';
import { invalidParameter, notFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { columnsOf, runPending } from '../../core/users/import-jobs.ts';
import type { ImportJobRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';
import type { Operations } from '../operation.ts';
import { pageOf } from '../pages.ts';

export const importJobs: Operations = {
  GetCSVHeader: ({ id, store }) => ({ UserPoolId: id, CSVHeader: columnsOf(store.settings) }),

  CreateUserImportJob: (pool, { input }) => {
    const algorithm = input.maybe('PasswordHashingAlgorithm');
    if (algorithm !== undefined && algorithm !== 'BCRYPT')
      throw invalidParameter(`Hashes of ${algorithm} cannot be imported here. BCRYPT can.`);
    const JobId = `import-${randomBytes(8).toString('hex')}`;
    const uploadKey = randomBytes(24).toString('base64url');
    const job: ImportJobRecord = {
      JobName: input.text('JobName'),
      JobId,
      UserPoolId: pool.id,
      PreSignedUrl: `${new URL(pool.issuer).origin}/_local/import/${pool.id}/${JobId}?key=${uploadKey}`,
      CreationDate: new Date(),
      Status: 'Created',
      CloudWatchLogsRoleArn: input.text('CloudWatchLogsRoleArn'),
      ImportedUsers: 0,
      SkippedUsers: 0,
      FailedUsers: 0,
      ...(algorithm && { PasswordHashingAlgorithm: algorithm }),
      uploadKey,
    };
    pool.store.importJobs.save(JobId, job);
    return { UserImportJob: response(job) };
  },

  DescribeUserImportJob: (pool, { input }) => ({ UserImportJob: response(jobOf(pool, input)) }),

  ListUserImportJobs: (pool, { input }) => {
    const all = [...pool.store.importJobs.all()].reverse();
    const { page, next } = pageOf(all, input, {
      ...{ limit: 'MaxResults', most: 60, token: 'PaginationToken' },
    });
    return { UserImportJobs: page.map(response), ...next };
  },

  /** It runs after the answer, as on AWS. */
  StartUserImportJob: (pool, { input }) => {
    const job = jobOf(pool, input);
    if (job.Status !== 'Created')
      throw invalidParameter(`The job cannot be started. Its status is ${job.Status}.`);
    if (job.csv === undefined)
      throw invalidParameter('The job has no file. Send it to PreSignedUrl first.');
    const started = save(pool, { ...job, Status: 'Pending', StartDate: new Date() });
    setImmediate(() => void runPending(pool));
    return { UserImportJob: response(started) };
  },

  StopUserImportJob: (pool, { input }) => {
    const job = jobOf(pool, input);
    if (job.Status !== 'Created' && job.Status !== 'Pending')
      throw invalidParameter(`The job cannot be stopped. Its status is ${job.Status}.`);
    const message = 'The Import Job was stopped by the developer.';
    const stopped = {
      Status: 'Stopped',
      CompletionDate: new Date(),
      CompletionMessage: message,
    } as const;
    return { UserImportJob: response(save(pool, { ...job, ...stopped, csv: undefined })) };
  },
};

/** Without the file, its key and its log. */
function response(job: ImportJobRecord) {
  const { csv: _, uploadKey: __, log: ___, ...rest } = job;
  return rest;
}

function jobOf({ store }: Pool, input: Input): ImportJobRecord {
  const id = input.text('JobId');
  const job = store.importJobs.get(id);
  if (job === undefined) throw notFound(`Import job ${id} does not exist.`);
  return job;
}

function save({ store }: Pool, job: ImportJobRecord): ImportJobRecord {
  store.importJobs.save(job.JobId, job);
  return job;
}
