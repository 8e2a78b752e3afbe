/**
 * The Data API of the embedded stack: @supabase/lite, pinned exactly, in front of the real Postgres.
 *
 * Why: PostgREST comes as a compiled binary that npm does not carry. docs/local-vs-hosted.md lists the
 * differences. Three things of lite are turned off here, because each would make the stack more
 * permissive than the platform: its grants of everything to everyone, its own reading of tokens and keys,
 * and its routes beside /rest/v1.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { App } from '@supabase/lite';
import { BODY_LIMIT, guardNodeRequest, localHosts } from '../http-guard.ts';
import { listen } from '../listen.ts';
import { type Caller, type CallerOptions, createIdentifyCaller } from './caller.ts';
import { CONNECTIONS } from './connections.ts';
import { lostConnection } from './database-errors.ts';
import { DatabaseWatch } from './database-watch.ts';
import { FairShare, TooManyRequestsError } from './fair-share.ts';
import { IssuerUnreachableError } from './issuer-keys.ts';
import { connectLite } from './lite.ts';
import { mendWarnings, printLine, quietly } from './quiet.ts';
import { currentRequest } from './request-context.ts';

export interface DataApiOptions extends CallerOptions {
  readonly port: number;
  /** Exact origins of the web apps that may call. */
  readonly allowedOrigins: readonly string[];
  /** Connects as `authenticator`, which owns nothing and may become three roles. */
  readonly authenticatorUrl: string;
  /** Connects as `postgres`: reads the catalogs, and listens for schema changes. */
  readonly databaseUrl: string;
  /** Answers requests for edge functions. @returns whether it was one. @default - there are none */
  readonly functions?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface DataApi {
  /** Base address for createClient(), for example `http://127.0.0.1:54321`. */
  readonly url: string;
  close(): Promise<void>;
}

type LiteMiddleware = NonNullable<
  NonNullable<NonNullable<ConstructorParameters<typeof App>[0]['options']>['server']>['middlewares']
>[number];

/** The caller whose share of the connections a request takes: a person, a machine, a key. */
const shareOf = ({ role, claims }: Caller): string => `${role} ${claims.sub ?? ''}`;

const ISSUER_UNREACHABLE = {
  status: 503,
  code: undefined,
  message: 'The user pool does not answer, so no token can be judged.',
  hint: undefined,
} as const;

/**
 * Decides whether a request may pass, and as which role. Answers everything but /rest/v1.
 *
 * @param schemaRead Resolves when the announced schema has been read.
 */
function guard(
  identify: ReturnType<typeof createIdentifyCaller>,
  schemaRead: () => Promise<unknown>,
): LiteMiddleware {
  const connections = new FairShare({ atOnce: CONNECTIONS / 4, waiting: 200 });
  return async (c, next) => {
    if (!/^\/rest\/v1(\/|$)/.test(c.req.path)) {
      return c.json({ message: 'Not part of the embedded stack: only /rest/v1 is.' }, 404);
    }
    const caller = await identify(c.req.raw.headers).catch((error: unknown) => {
      if (error instanceof IssuerUnreachableError) return ISSUER_UNREACHABLE;
      throw error;
    });
    if ('status' in caller) {
      const { status, code = null, message, hint = null } = caller;
      if (status === 401) c.header('www-authenticate', `Bearer error="invalid_token"`);
      return c.json({ code, message, details: null, hint }, status);
    }
    c.set('apiKeyType', caller.role === 'service_role' ? 'secret' : 'publishable');
    // Tells lite not to read the Authorization header again by its own rules.
    c.set('ignoreAuthorization', true);
    c.set('jwt', caller.claims);
    if (typeof caller.claims.sub === 'string') c.set('userId', caller.claims.sub);
    try {
      await schemaRead();
      return await connections.run(shareOf(caller), next);
    } catch (error) {
      const lost = lostConnection(error);
      if (lost) {
        const { status, code, message } = lost;
        return c.json({ code, message, details: null, hint: null }, status as 503);
      }
      if (!(error instanceof TooManyRequestsError)) throw error;
      const hint = 'Wait for the answers of those before.';
      return c.json({ code: null, message: error.message, details: null, hint }, 429);
    }
  };
}

/** Drops lite's `Access-Control-Allow-Origin: *`: the guard has set the exact origin before. */
function withOwnCors(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const name of [...headers.keys()]) {
    if (name.startsWith('access-control-')) headers.delete(name);
  }
  return new Response(response.body, { status: response.status, headers });
}

/** Prints errors of the server itself. While the database is away, it prints that once. */
function createReport() {
  let away = false;
  return (request: Request, status: number): void => {
    if (status === 503) {
      if (!away)
        printLine(
          'Data API: the database or the user pool is away; requests are answered with 503',
        );
      away = true;
      return;
    }
    if (status >= 500) {
      printLine(`Data API: ${status} ${request.method} ${new URL(request.url).pathname}`);
      return;
    }
    if (away) printLine('Data API: both are back');
    away = false;
  };
}

/** Refuses a body that is too large, or has no length. */
function refusesBody(request: IncomingMessage, response: ServerResponse): boolean {
  const unknown = request.headers['transfer-encoding'] !== undefined;
  if (!unknown && Number(request.headers['content-length'] ?? 0) <= BODY_LIMIT) return false;
  const message = unknown
    ? 'The request body needs a content-length.'
    : `The request body is larger than ${BODY_LIMIT} bytes.`;
  response.writeHead(unknown ? 411 : 413, {
    'content-type': 'application/json',
    connection: 'close',
  });
  response.end(JSON.stringify({ message }));
  return true;
}

mendWarnings();

/** Starts the Data API on 127.0.0.1. Port 0 takes a free port. */
export async function startDataApi(options: DataApiOptions): Promise<DataApi> {
  const { authenticatorUrl, databaseUrl } = options;
  const watch = new DatabaseWatch(databaseUrl);
  const { requests, schema, close } = connectLite(authenticatorUrl, databaseUrl, watch.settings);
  const app = new App({
    connection: requests,
    api: { schemas: ['public'], max_rows: 1000 },
    options: {
      server: {
        apiKeys: false,
        disableStudio: true,
        middlewares: [guard(createIdentifyCaller(options), () => schema.read())],
      },
    },
  });
  await watch.open(() => schema.reload());
  await app.init();
  await schema.read();

  const report = createReport();
  const answer = getRequestListener(
    async (request) => {
      const response = await quietly(() => currentRequest.run(request, () => app.fetch(request)));
      report(request, response.status);
      return withOwnCors(response);
    },
    { overrideGlobalObjects: false },
  );
  const server = createServer();
  const listening = await listen(server, options.port);
  const { port } = listening;
  const policy = { hosts: localHosts(port), origins: options.allowedOrigins };
  server.on('request', (request, response) => {
    if (guardNodeRequest(request, response, policy)) return;
    if (options.functions?.(request, response) || refusesBody(request, response)) return;
    void answer(request, response);
  });

  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await Promise.allSettled([listening.close(), watch.close(), close()]);
    },
  };
}
