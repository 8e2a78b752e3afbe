/** The address of an import job: takes its file (PUT), and gives its log (GET). In place of S3 and CloudWatch. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../http-guard.ts';
import type { Service } from '../core/pool/service.ts';

/** AWS's limit, in bytes. */
const LARGEST = 100 * 1024 * 1024;
const PATH = /^\/_local\/import\/([\w-]+)\/(import-[0-9a-f]+)$/;

export const isImportPath = (path: string): boolean => PATH.test(path);

export async function serveImportFile(
  service: Service,
  url: URL,
  ...[request, response]: readonly [IncomingMessage, ServerResponse]
): Promise<void> {
  const [, poolId = '', jobId = ''] = PATH.exec(url.pathname) ?? [];
  const jobs = service.find(poolId)?.store.importJobs;
  const job = jobs?.get(jobId);
  const answer = (status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
    response.end(text);
  };
  if (jobs === undefined || job === undefined || url.searchParams.get('key') !== job.uploadKey)
    return answer(403, 'There is no such job, or the key is not that of the job.\n');
  if (request.method === 'GET') return answer(200, `${(job.log ?? []).join('\n')}\n`);
  if (request.method !== 'PUT') return answer(405, 'Send the file with PUT.\n');
  if (job.Status !== 'Created') return answer(409, `The status of the job is ${job.Status}.\n`);
  const csv = (await readBody(request, LARGEST)).toString('utf8');
  jobs.save(jobId, { ...job, csv });
  return answer(200, '');
}
