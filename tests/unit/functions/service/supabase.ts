/** A server in place of the Data API, that answers as a test says. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { listen } from '../../../../local/listen.ts';

export interface Call {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

export type Answer = (call: Call, response: ServerResponse) => void;

export const ok: Answer = (_, response) => void response.writeHead(200).end('{"a": 1}');
export const status =
  (code: number, body: object = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
/** Ends the connection without an answer. */
export const reset: Answer = (_, response) => void response.destroy();
/** Never answers. */
export const silence: Answer = () => undefined;

/** Answers the first calls with the given answers, and all later ones with the last. */
export async function fakeSupabase(...answers: readonly Answer[]) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const call = {
      name: (request.url ?? '').replace('/rest/v1/rpc/', ''),
      args: JSON.parse(text) as Record<string, unknown>,
      headers: request.headers,
    };
    calls.push(call);
    (answers[Math.min(calls.length, answers.length) - 1] ?? ok)(call, response);
  });
  const { port, close } = await listen(server, 0);
  onTestFinished(close);
  return { url: `http://127.0.0.1:${port}`, calls };
}
