/**
 * Restricts the local servers to programs of this machine and to the allowed web apps.
 *
 * Every page in a developer's browser can reach a server on 127.0.0.1. There are two attacks: a foreign
 * page that calls it (detected by `Origin`), and a foreign name that was rebound to 127.0.0.1 (detected
 * by `Host`). `guardRequest` refuses both. The rest are helpers for node:http.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { printable } from './printable.ts';

/** Headers of node:http (a record with lower-case names) or of fetch. */
export type HeaderSource =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | { get(name: string): string | null };

export interface GuardedRequest {
  readonly method: string;
  readonly headers: HeaderSource;
  /** Address of the peer, if the server knows it. Only loopback is accepted. */
  readonly remote?: string | undefined;
}

export interface GuardPolicy {
  /** Accepted `Host` headers with their port; `localHosts(port)` gives the usual two. */
  readonly hosts: readonly string[];
  /** Exact origins of the web apps, for example `http://localhost:5173`. */
  readonly origins: readonly string[];
}

export interface Refusal {
  readonly status: 403 | 421;
  readonly message: string;
}

/** Default limit of a request body: 1 MB. */
export const BODY_LIMIT = 1024 * 1024;

/** The two `Host` values for a port of this machine. */
export const localHosts = (port: number): readonly string[] => [
  `127.0.0.1:${port}`,
  `localhost:${port}`,
];

const header = (headers: HeaderSource, name: string): string | undefined => {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  return typeof value === 'string' ? value : value?.join(', ');
};

const isLoopback = (address: string): boolean =>
  address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address);

/**
 * A page of another site that embeds this server sends no Origin on a plain GET, but the browser sends
 * Sec-Fetch headers.
 */
const isForeignEmbed = (headers: HeaderSource): boolean =>
  header(headers, 'sec-fetch-site') === 'cross-site' &&
  !(
    header(headers, 'sec-fetch-mode') === 'navigate' &&
    header(headers, 'sec-fetch-dest') === 'document'
  );

/**
 * Decides whether a request may be answered.
 *
 * Requests without an `Origin` pass: programs (node, a CLI, another server) send none. A browser sends
 * one across origins, except for embeds and navigations, which have Sec-Fetch headers.
 *
 * @returns `undefined` if it may, otherwise status and message of the refusal.
 * @example guardRequest(request, { hosts: localHosts(9229), origins: ['http://localhost:5173'] })
 */
export function guardRequest(request: GuardedRequest, policy: GuardPolicy): Refusal | undefined {
  if (request.remote !== undefined && !isLoopback(request.remote))
    return { status: 403, message: 'This server answers this machine only.' };
  const host = header(request.headers, 'host')?.toLowerCase();
  if (host === undefined || !policy.hosts.includes(host))
    return { status: 421, message: `Unknown Host. This server is ${policy.hosts.join(' or ')}.` };
  const origin = header(request.headers, 'origin');
  if (origin === undefined)
    return isForeignEmbed(request.headers)
      ? { status: 403, message: 'Other sites may not embed this server.' }
      : undefined;
  if (!policy.origins.includes(origin))
    return { status: 403, message: 'This Origin is not among the allowed web apps.' };
  return undefined;
}

/**
 * CORS headers for an allowed origin, and none for others.
 *
 * The requested headers are echoed, because the headers of a client library change with its version. The
 * decision depends on the origin, not on headers.
 */
export function corsHeaders(
  headers: HeaderSource,
  policy: Pick<GuardPolicy, 'origins'>,
): Record<string, string> {
  const origin = header(headers, 'origin');
  if (origin === undefined || !policy.origins.includes(origin)) return { vary: 'Origin' };
  const requested = header(headers, 'access-control-request-headers') ?? '';
  return {
    vary: 'Origin, Access-Control-Request-Headers',
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    'access-control-allow-headers': requested.replace(/[^\w\-, ]/g, ''),
    'access-control-expose-headers': '*',
    'access-control-max-age': '600',
  };
}

/** The body is larger than the limit. Answer with 413. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  readonly status = 413;

  constructor(limit: number) {
    super(`The request body is larger than ${limit} bytes.`);
  }
}

/**
 * Reads a request's body, up to a limit.
 *
 * @param limit In bytes. @default 1 MB
 * @throws BodyTooLargeError as soon as the limit is exceeded, before the rest has arrived.
 */
export async function readBody(request: IncomingMessage, limit = BODY_LIMIT): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new BodyTooLargeError(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the socket, because the refusal is sent over it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new BodyTooLargeError(limit);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** Refused origins. Each is printed once, up to a limit. */
const printed = new Set<string>();
const PRINTED_AT_MOST = 20;

/** The browser does not tell the page why, so the terminal does. */
function printRefused(origin: string, host: string): void {
  if (printed.has(origin) || printed.size >= PRINTED_AT_MOST) return;
  printed.add(origin);
  const name = printable(origin);
  console.error(
    `refused: a page of ${name} called ${printable(host)}\n  → if it is yours, start with --origin ${name}`,
  );
}

/**
 * The guard for a node:http server: refuses, answers a preflight, or sets the CORS headers.
 *
 * @returns Whether the request was answered here, so that the caller stops.
 */
export function guardNodeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  policy: GuardPolicy,
): boolean {
  const { method = 'GET', headers } = request;
  const refusal = guardRequest({ method, headers, remote: request.socket.remoteAddress }, policy);
  if (refusal !== undefined) {
    const { origin, host = '' } = headers;
    if (refusal.status === 403 && origin !== undefined) printRefused(origin, host);
    response.writeHead(refusal.status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ message: refusal.message }));
    return true;
  }
  for (const [name, value] of Object.entries(corsHeaders(headers, policy)))
    response.setHeader(name, value);
  if (method !== 'OPTIONS') return false;
  response.writeHead(204);
  response.end();
  return true;
}
