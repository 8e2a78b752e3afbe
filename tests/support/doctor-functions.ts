/**
 * Stand-in for Lambda's GetFunction (REST API, `/2015-03-31/functions/ARN`) and for the bucket that its answer names.
 * Everything else goes on to the stand-in of AWS. Reason: the real ones need an account.
 */
import { zipSync } from 'fflate';
import { withCodeMark } from '../../infra/lib/code-mark.ts';
import { type Reply, type StandIn, startStandIn } from './doctor-world.ts';
import type { FakeAws } from './fake-aws.ts';

export interface DeployedCode {
  readonly description: string;
  readonly handler: string;
  /** What the bucket answers. */
  readonly zip: Reply;
}

export interface FunctionsStandIn {
  readonly url: string;
  /** ARN → its code. A test may change it. */
  readonly deployed: Map<string, DeployedCode>;
  /** Headers of the downloads, in order. */
  readonly downloads: Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

const CODE = 'export const handler = async (event) => event;\n';

export const zipOf = (files: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(
    zipSync(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
    ),
  );

/** A function as the constructs deploy it. */
export const deployedCode = (more: Partial<DeployedCode> = {}): DeployedCode => ({
  ...{ description: withCodeMark('of the test', CODE), handler: 'index.handler' },
  zip: { body: zipOf({ 'index.mjs': CODE }) },
  ...more,
});

const json = { 'content-type': 'application/json' };

const PATH = /^\/2015-03-31\/functions\/([^/]+)$/;

/** Sends a request on to the stand-in of AWS. */
async function goOn(cloud: FakeAws, url: string, init: RequestInit): Promise<Reply> {
  const answer = await fetch(`${cloud.url}${url}`, init);
  const error = answer.headers.get('x-amzn-errortype');
  return {
    status: answer.status,
    body: await answer.text(),
    headers: { ...json, ...(error !== null && { 'x-amzn-errortype': error }) },
  };
}

/** Starts it on a free port. */
export async function startFunctions(cloud: FakeAws): Promise<FunctionsStandIn> {
  const deployed = new Map<string, DeployedCode>();
  const downloads: Readonly<Record<string, unknown>>[] = [];
  const server: StandIn = await startStandIn(async ({ url = '', method = '', headers }, body) => {
    if (url.startsWith('/code/')) {
      downloads.push(headers);
      const [arn = ''] = url.slice('/code/'.length).split('?');
      return deployed.get(decodeURIComponent(arn))?.zip;
    }
    const [, name] = PATH.exec(url) ?? [];
    const arn = decodeURIComponent(name ?? '');
    const own = Object.hasOwn(cloud.functions, arn) ? deployed.get(arn) : undefined;
    if (name === undefined || own === undefined) {
      const target = headers['x-amz-target'];
      return goOn(cloud, url, {
        method,
        headers: target === undefined ? {} : { 'x-amz-target': String(target) },
        ...(body !== '' && { body }),
      });
    }
    const Location = `${server.url}/code/${encodeURIComponent(arn)}?X-Amz-Signature=of-the-test`;
    const { description: Description, handler: Handler } = own;
    return {
      headers: json,
      body: {
        Configuration: { FunctionArn: arn, Description, Handler, State: 'Active' },
        Code: { RepositoryType: 'S3', Location },
      },
    };
  });
  return { url: server.url, deployed, downloads, close: () => server.close() };
}
