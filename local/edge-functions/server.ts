/**
 * `/functions/v1/NAME` of the embedded stack: the edge functions of the project, run by Deno. Reason: Supabase's edge
 * runtime comes as a container. docs/local-vs-hosted.md has the differences.
 */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { parseConfigToml } from '../config-toml.ts';
import { printable } from '../printable.ts';
import { type FunctionProcess, startFunction } from './deno.ts';

const PREFIX = /^\/functions\/v1\/([\w-]+)(?=[/?]|$)/;

export interface EdgeFunctions {
  /** @returns whether the request is one for a function, and is answered here */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  close(): Promise<void>;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ code: status, message }));
}

/** Deno of the project, or of the machine. */
function findDeno(workdir: string): string | undefined {
  const folders = [
    path.join(workdir, 'node_modules/.bin'),
    ...(process.env.PATH ?? '').split(path.delimiter),
  ];
  return folders.map((folder) => path.join(folder, 'deno')).find((file) => existsSync(file));
}

/** The variables that the platform gives, those of supabase/functions/.env, and the pool. */
async function envOf(folder: string, env: StackEnv): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(path.join(folder, '.env'), 'utf8').catch(() => '');
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY, SUPABASE_DB_URL } = env;
  const own = Object.entries(parseEnv(text)).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    COGNITO_ISSUER: env.COGNITO_ISSUER,
    COGNITO_CLIENT_IDS: env.COGNITO_CLIENT_ID,
    ...Object.fromEntries(own),
    SUPABASE_URL,
    SUPABASE_DB_URL,
    SUPABASE_ANON_KEY: SUPABASE_PUBLISHABLE_KEY,
    SUPABASE_SERVICE_ROLE_KEY: SUPABASE_SECRET_KEY,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: SUPABASE_PUBLISHABLE_KEY }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: SUPABASE_SECRET_KEY }),
  };
}

/** Whether the platform's gateway asks for a token of Supabase Auth. It does, if config.toml does not say otherwise. */
async function verifiesJwt(workdir: string, name: string): Promise<boolean> {
  const text = await readFile(path.join(workdir, 'supabase/config.toml'), 'utf8');
  const { functions } = parseConfigToml(text) as {
    functions?: Record<string, { verify_jwt?: unknown }>;
  };
  return functions === undefined || !Object.hasOwn(functions, name)
    ? true
    : functions[name]?.verify_jwt !== false;
}

/** Passes a request on, with the path that a function has on the platform: `/NAME/…`. */
function pass(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, headers, url = '' } = request;
  const target = {
    host: '127.0.0.1',
    port,
    method,
    headers,
    path: url.replace('/functions/v1', ''),
  };
  const onward = sendRequest(target, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, 'The function has ended: see the output of the stack.');
  });
  request.pipe(onward);
}

/** The functions of a project. Each is started by its first request. */
export function edgeFunctions(workdir: string, env: StackEnv): EdgeFunctions {
  const folder = path.join(workdir, 'supabase/functions');
  const running = new Map<string, Promise<FunctionProcess>>();

  const start = async (name: string, deno: string): Promise<FunctionProcess> => {
    const known = running.get(name);
    if (known !== undefined) return known;
    const started = envOf(folder, env).then((own) =>
      startFunction({ name, folder, deno, env: own }),
    );
    running.set(name, started);
    // The next request tries again.
    started.catch(() => running.delete(name));
    return started;
  };

  const answer = async (name: string, request: IncomingMessage, response: ServerResponse) => {
    // Names of folders, so that no path of a request reaches the file system.
    const names = existsSync(folder) ? readdirSync(folder) : [];
    if (name.startsWith('_') || !names.includes(name))
      return refuse(response, 404, `There is no function ${name}.`);
    if (await verifiesJwt(workdir, name))
      return refuse(
        response,
        401,
        `The platform lets no token of Cognito through to ${name}: set verify_jwt = false in [functions.${name}] of config.toml, and verify the token in the function.`,
      );
    const deno = findDeno(workdir);
    if (deno === undefined)
      return refuse(response, 503, 'Functions need Deno: npm install --save-dev deno');
    pass(request, response, (await start(name, deno)).port);
  };

  return {
    handle(request, response) {
      const name = PREFIX.exec(request.url ?? '')?.[1];
      if (name === undefined) return false;
      answer(name, request, response).catch((error: Error) => {
        console.error(printable(error.message));
        if (!response.headersSent) refuse(response, 503, error.message);
      });
      return true;
    },
    async close() {
      const all = await Promise.allSettled(running.values());
      await Promise.all(all.map((one) => (one.status === 'fulfilled' ? one.value.stop() : null)));
    },
  };
}
