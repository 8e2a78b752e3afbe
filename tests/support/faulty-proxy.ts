/** Stands before the local user pool or the Data API, and disturbs requests as makeFaults says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '@cognito-supabase/local/listen';
import { type Faults, makeFaults, type Odds } from './faults.ts';

export interface FaultyProxy {
  readonly url: string;
  readonly faults: Faults;
  /** Requests so far, by operation of AWS or last part of the path. */
  count(name: string): number;
  close(): Promise<void>;
}

export interface FaultyProxyOptions {
  readonly target: string;
  readonly seed: number;
  readonly odds: Odds;
  /** Called for each request, before its fault, and waited for. */
  readonly onRequest?: (name: string) => void | Promise<void>;
}

const THROTTLED = JSON.stringify({ __type: 'TooManyRequestsException', message: 'Rate exceeded' });
const FAILED = JSON.stringify({ __type: 'InternalErrorException', message: 'a fault' });

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

/** Headers of the connection to the proxy. */
const OWN_HEADERS = new Set(['host', 'connection', 'content-length']);

const headersOf = ({ headers }: IncomingMessage): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]) =>
    OWN_HEADERS.has(name) ? [] : [[name, String(value)]],
  );

/** The operation of AWS, or the path. */
const nameOf = ({ headers, url = '' }: IncomingMessage): string =>
  String(headers['x-amz-target'] ?? url)
    .split(/[./]/)
    .at(-1) ?? '';

export async function startFaultyProxy(options: FaultyProxyOptions): Promise<FaultyProxy> {
  const faults = makeFaults(options.seed, options.odds);
  const counts = new Map<string, number>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = nameOf(request);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await options.onRequest?.(name);
    const fault = faults.next();
    if (fault === 'drop') return void request.socket.destroy();
    const isAws = request.headers['x-amz-target'] !== undefined;
    if (fault === 'refuse' || fault === 'fail') {
      const status = fault === 'fail' ? 500 : isAws ? 400 : 429;
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
      return void response.end(fault === 'fail' ? FAILED : THROTTLED);
    }
    const body = await bodyOf(request);
    const upstream = await fetch(new URL(request.url ?? '/', options.target), {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      ...(body !== '' && { body }),
    });
    const text = Buffer.from(await upstream.arrayBuffer());
    if (fault === 'lose') return void request.socket.destroy();
    response.writeHead(upstream.status, {
      'content-type': upstream.headers.get('content-type') ?? 'application/json',
    });
    response.end(text);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  const { port, close } = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    count: (name) => counts.get(name) ?? 0,
    close,
  };
}
