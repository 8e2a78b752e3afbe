/** A stack of a host, seen from a test file. */
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { KitError } from '@cognito-supabase/contract/errors';
import type { Failure, StackAnswer, StackRequest, TokenMessage } from './host/protocol.ts';
import { findHost } from './host-process.ts';

/** How often a host is looked for that ends just before it is asked. */
const TRIES = 3;

export interface HostedStack extends Omit<StackAnswer, 'id'> {
  expired(token: string): Promise<string>;
  stop(): Promise<void>;
}

interface Call {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: StackRequest | TokenMessage;
}

/** The answer, still open. @throws KitError with the host's reason; Error for one that nobody expects */
async function call(socketPath: string, { method, path, body }: Call): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json' };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, method, path, headers, agent: false }, resolve)
      .once('error', reject)
      .end(JSON.stringify(body));
  });
  if ((response.statusCode ?? 500) < 400) return response;
  const { message, code, hint } = JSON.parse(await text(response)) as Failure;
  throw code === undefined ? new Error(message) : new KitError(code, message, hint ?? '');
}

const firstLine = async (response: IncomingMessage): Promise<string> => {
  for await (const line of createInterface({ input: response })) return line;
  throw new KitError('START_FAILED', 'the stack ended before it was ready', 'run it again');
};

const isGone = (error: unknown): boolean =>
  /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE)$/.test((error as NodeJS.ErrnoException).code ?? '');

/** @throws KitError with what failed, such as a migration; `PROJECT_NOT_FOUND` */
export async function openStack(workdir: string, body: StackRequest): Promise<HostedStack> {
  for (let attempt = 1; ; attempt += 1) {
    const socket = await findHost(workdir);
    try {
      return await stackOf(socket, body);
    } catch (error) {
      if (attempt === TRIES || !isGone(error)) throw error;
    }
  }
}

async function stackOf(socket: string, body: StackRequest): Promise<HostedStack> {
  const held = await call(socket, { method: 'POST', path: '/stacks', body });
  const { id, env, machines } = JSON.parse(await firstLine(held)) as StackAnswer;
  // Nothing has to be read any more. A test file that forgets to stop its stack can end.
  held.resume().on('error', () => undefined);
  held.socket.unref();
  const path = `/stacks/${id}`;
  return {
    env,
    machines,
    expired: async (token) => {
      const answer = await call(socket, {
        method: 'POST',
        path: `${path}/expired`,
        body: { token },
      });
      return (JSON.parse(await text(answer)) as TokenMessage).token;
    },
    stop: async () => {
      await text(await call(socket, { method: 'DELETE', path }));
      held.destroy();
    },
  };
}
