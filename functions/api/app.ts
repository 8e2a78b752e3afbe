/** The API as an app of Hono: one route or several, the same for an HTTP API and a REST API of API Gateway. */
import { type Context, Hono } from 'hono';
import * as z from 'zod/mini';
import { Accepted, contextOf, type RouteContext, type Work } from './context.ts';
import type { ApiParts } from './parts.ts';
import { ApiError, NO_STORE, problemOf } from './problem.ts';
import type { Route } from './routes.ts';

/** A row of the table with its work. */
export interface Implementation {
  readonly route: Route;
  readonly work: (context: RouteContext) => Promise<unknown>;
}

/** Joins a row with its work. The types of both have to fit. */
export const implement = <const R extends Route>(route: R, work: Work<R>): Implementation => ({
  route,
  work: work as unknown as Implementation['work'],
});

/** One line for each request. It contains nothing that a caller has sent. */
export interface RequestReport {
  /** As in the table: `GET /workspaces/{id}`. */
  readonly route: string;
  readonly status: number;
  /** Of an error. */
  readonly code?: string;
  /** Name of what caused an error. */
  readonly cause?: string;
  readonly requestId: string | undefined;
  readonly ms: number;
}

export type Report = (report: RequestReport) => void;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly code?: string;
  readonly cause?: string | undefined;
}

const JSON_HEADERS = { ...NO_STORE, 'content-type': 'application/json' };

async function answerOf(
  c: Context,
  { route, work }: Implementation,
  parts: ApiParts,
): Promise<Answer> {
  const context = (await contextOf(c, route, parts)) as RouteContext;
  const result = await work(context);
  if (result instanceof Accepted) return { status: 202, headers: JSON_HEADERS, body: result.body };
  const { answer, status = 200 } = route.schema;
  const { success, data, error } = z.safeParse(answer, result);
  if (!success)
    throw new ApiError('UPSTREAM_FAILED', 'Supabase sent something else than the API describes.', {
      cause: error,
    });
  return { status, headers: JSON_HEADERS, body: data };
}

const requestIdOf = (c: Context): string | undefined => c.env?.event?.requestContext?.requestId;

export interface AppOptions {
  readonly parts: ApiParts;
  readonly report: Report;
}

/** Requests for other paths get a 404. The gateway sends none, unless one function serves all routes. */
export function makeApp(implementations: readonly Implementation[], options: AppOptions): Hono {
  const { parts, report } = options;
  const app = new Hono();
  const send = (c: Context, answer: Answer, route: string, began: number): Response => {
    const { status, headers, body, code, cause } = answer;
    const requestId = requestIdOf(c);
    const ms = Math.round(performance.now() - began);
    report({ route, status, requestId, ms, ...(code && { code }), ...(cause && { cause }) });
    return new Response(JSON.stringify(body), { status, headers });
  };
  for (const implementation of implementations) {
    const { method, path } = implementation.route;
    app.on(method, path.replace(/\{(\w+)\}/g, ':$1'), async (c) => {
      const began = performance.now();
      const answer = await answerOf(c, implementation, parts).catch((error: unknown) =>
        problemOf(error, requestIdOf(c)),
      );
      return send(c, answer, `${method} ${path}`, began);
    });
  }
  app.notFound((c) => {
    const error = new ApiError('NOT_FOUND', 'There is no such route.');
    return send(c, problemOf(error, requestIdOf(c)), 'unknown', performance.now());
  });
  return app;
}
