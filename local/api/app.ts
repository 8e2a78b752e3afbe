/** The gateway of the HTTP API: its routes, its own answers, and the calls of the functions. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import type { Implementation, Report } from '@cognito-supabase/lambda/api/app';
import { type LambdaHandler, lambdaHandler } from '@cognito-supabase/lambda/api/lambda';
import { routes } from '@cognito-supabase/lambda/api/routes';
import { getRequestListener } from '@hono/node-server';
import type {
  APIGatewayProxyEventV2WithJWTAuthorizer,
  APIGatewayProxyStructuredResultV2,
} from 'aws-lambda';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { BodyTooLargeError } from '../http-guard.ts';
import { type Authorize, hasScope, jwtAuthorizer } from './authorizer.ts';
import { type ApiEvent, eventOf } from './event.ts';
import type { ApiOptions } from './server.ts';

/**
 * A file of a route. On Lambda, `handler` reads its settings from the environment; here, they are given to the
 * implementation.
 */
export interface Entry {
  readonly handler: LambdaHandler;
  readonly implementation?: Implementation;
}

/** All in one file, so that the published command line has it too. */
async function loadEntry({ method, path }: ApiRoute): Promise<Entry> {
  const { implementations, handler } = await import('@cognito-supabase/lambda/api/all');
  const implementation = implementations.find(
    ({ route }) => route.method === method && route.path === path,
  );
  return { handler, ...(implementation && { implementation }) };
}

/** The gateway's own answers. */
const refusal = (c: Context, status: ContentfulStatusCode, message: string) =>
  c.json({ message }, status);

/** Failures alone, because a developer sees the other answers in the app. */
const report: Report = ({ route, status, code, cause }) => {
  if (status >= 500)
    console.error(`API: ${[status, route, code, cause].filter(Boolean).join(' ')}`);
};

/** Undefined if the function has not answered in time. */
async function withTimeout<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  const over = new AbortController();
  const late = delay(ms, undefined, { signal: over.signal }).catch(() => undefined);
  return Promise.race([answer, late]).finally(() => over.abort());
}

function serve(options: ApiOptions, authorize: Authorize, route: ApiRoute) {
  const { load = loadEntry, timeout = (route.seconds ?? 5) * 1000, parts } = options;
  const handlerOf = async (): Promise<LambdaHandler> => {
    const { handler, implementation } = await load(route);
    return implementation && parts ? lambdaHandler([implementation], { parts, report }) : handler;
  };
  let handler: Promise<LambdaHandler> | undefined;
  return async (c: Context): Promise<Response> => {
    const token =
      route.auth === 'token' ? await authorize(c.req.header('authorization')) : undefined;
    if (route.auth === 'token' && token === undefined) return refusal(c, 401, 'Unauthorized');
    if (token && !hasScope(token, route.scopes)) return refusal(c, 403, 'Forbidden');
    const requestId = randomUUID();
    handler ??= handlerOf();
    const event = await eventOf(c, route, requestId, token);
    const result: APIGatewayProxyStructuredResultV2 | undefined = await withTimeout(
      (await handler)(event as ApiEvent & APIGatewayProxyEventV2WithJWTAuthorizer),
      timeout,
    );
    if (result === undefined) return refusal(c, 503, 'Service Unavailable');
    const { statusCode = 200, headers = {}, body } = result;
    return new Response(body, {
      status: statusCode,
      headers: {
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}`])),
        'apigw-requestid': requestId,
      },
    });
  };
}

function makeApp(options: ApiOptions): Hono {
  const app = new Hono();
  const authorize = jwtAuthorizer(options);
  for (const route of options.routes ?? routes)
    app.on(route.method, route.path.replace(/\{(\w+)\}/g, ':$1'), serve(options, authorize, route));
  app.notFound((c) => refusal(c, 404, 'Not Found'));
  // As on AWS, the reason is in the log only.
  app.onError((error, c) => {
    if (error instanceof BodyTooLargeError) {
      c.header('connection', 'close');
      return refusal(c, 413, 'Request Entity Too Large');
    }
    console.error(`API: ${error.name} in ${c.req.method} ${c.req.path}`);
    return refusal(c, 500, 'Internal Server Error');
  });
  return app;
}

/** The listener for node:http's server. */
export const makeApiListener = (options: ApiOptions) =>
  getRequestListener(makeApp(options).fetch, { overrideGlobalObjects: false });
