/**
 * Lets the database container, and nothing else, call ListUsers of the emulator. The emulator checks no
 * credentials, so it listens on 127.0.0.1 only, where a container cannot reach it. This server listens
 * where containers can call, checks the caller, and passes on ListUsers.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { BlockList } from 'node:net';
import { readBody } from '../http-guard.ts';
import { listen } from '../listen.ts';

export interface RelayOptions {
  /** The address to listen on. */
  readonly address: string;
  readonly port: number;
  /** The `Host` that callers send, without the port. */
  readonly host: string;
  /** Addresses that may call, as CIDR. */
  readonly ranges: readonly string[];
  /** The emulator, as http://127.0.0.1:54323. */
  readonly target: string;
}

const LIST_USERS = 'AWSCognitoIdentityProviderService.ListUsers';
/** A ListUsers request is a few hundred bytes. */
const LIMIT = 16 * 1024;

function allowList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = '32'] = range.split('/');
    list.addSubnet(network, Number(prefix), 'ipv4');
  }
  return list;
}

/** @throws KitError PORT_TAKEN */
export async function startRelay(options: RelayOptions): Promise<{ close(): Promise<void> }> {
  const { address, port } = options;
  const callers = allowList(options.ranges);
  const refusal = ({ socket, headers, method, url }: IncomingMessage): number | undefined => {
    const remote = socket.remoteAddress?.replace(/^::ffff:/i, '');
    if (remote === undefined || !callers.check(remote)) return 403;
    if (headers.host !== `${options.host}:${port}`) return 421;
    // Pages send an Origin, Wrappers sends none.
    if (headers.origin !== undefined) return 403;
    if (method !== 'POST' || url !== '/' || headers['x-amz-target'] !== LIST_USERS) return 404;
    return undefined;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refused = refusal(request);
    if (refused !== undefined) {
      response.writeHead(refused, { connection: 'close' }).end();
      return;
    }
    const body = await readBody(request, LIMIT);
    const type = 'application/x-amz-json-1.1';
    const headers = { 'content-type': type, 'x-amz-target': LIST_USERS };
    const reply = await fetch(options.target, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    });
    response.writeHead(reply.status, { 'content-type': type });
    response.end(Buffer.from(await reply.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: { status?: number }) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(error.status ?? 502, { connection: 'close' }).end();
    });
  });
  return listen(server, port, address, `port ${port} of ${address}, for the database container,`);
}
