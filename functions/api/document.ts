/** The OpenAPI 3.1 document of a table of routes. */

import * as z from 'zod/mini';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { API_ERRORS, type ApiErrorCode } from './problem.ts';
import type { Route } from './routes.ts';
import { Finishing, Problem } from './schemas.ts';

const json = (schema: z.ZodMiniType) => ({ 'application/json': { schema } });

/** Statuses of an error, with the codes that have it. */
function problemsOf({ auth, schema }: Route): Record<string, object> {
  const statuses = new Map<number, ApiErrorCode[]>();
  for (const [code, status] of Object.entries(API_ERRORS) as [ApiErrorCode, number][]) {
    const isOpen = auth === 'none' && (status === 401 || status === 403);
    const isOfKeys = (status === 409 || status === 422) && !schema.idempotent;
    if (!isOpen && !isOfKeys) statuses.set(status, [...(statuses.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    Array.from(statuses, ([status, codes]) => [
      status,
      {
        description: codes.join(', '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}

const key = z.optional(z.string()).check(
  z.meta({
    description: 'Repeats a request safely: 1 to 255 characters, a new one for each request.',
  }),
);

/** OpenAPI has no rules for these in `security`, so they are said. */
function rulesOf({ groups, signedInWithin }: Route): string | undefined {
  const rules = [
    groups && `For people of the group ${groups.join(' or ')}.`,
    signedInWithin && `The sign-in is at most ${signedInWithin / 60} minutes old.`,
  ];
  return rules.filter(Boolean).join(' ') || undefined;
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { auth, scopes = [], schema, entry } = route;
  const { summary, parameters, query, body, answer, status = 200, idempotent } = schema;
  const description = rulesOf(route);
  return {
    operationId: entry.replace(/^api\/(.*\/)?|\.ts$/g, ''),
    summary,
    ...(description && { description }),
    security: auth === 'none' ? [] : [{ [auth]: [...scopes] }],
    requestParams: {
      ...(parameters && { path: parameters }),
      ...(query && { query }),
      ...(idempotent && { header: z.object({ 'Idempotency-Key': key }) }),
    },
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      [status]: { description: 'Done.', content: json(answer) },
      ...(idempotent && {
        202: {
          description: 'Done in Cognito, and soon in the database.',
          content: json(Finishing),
        },
      }),
      ...problemsOf(route),
    },
  };
}

export function openApiDocument(routes: readonly Route[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const method = route.method.toLowerCase() as 'get';
    paths[route.path] = { ...paths[route.path], [method]: operationOf(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'API of Cognito for Supabase', version: '1' },
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        signature: { type: 'apiKey', in: 'header', name: 'webhook-signature' },
      },
    },
  });
}
