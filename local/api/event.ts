/**
 * A request as API Gateway passes it to a function, in payload format 2.0.
 *
 * Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".
 */
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import type { HttpBindings } from '@hono/node-server';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { Context } from 'hono';
import type { JWTPayload } from 'jose';
import { readBody } from '../http-guard.ts';
import { claimsOf } from './authorizer.ts';

export type ApiEvent = Omit<APIGatewayProxyEventV2WithJWTAuthorizer, 'requestContext'> & {
  readonly requestContext: Omit<
    APIGatewayProxyEventV2WithJWTAuthorizer['requestContext'],
    'authorizer'
  > & {
    readonly authorizer?: { readonly jwt: { claims: Record<string, string>; scopes: string[] } };
  };
};

/** Undefined for nothing, because the gateway leaves such fields out. */
const orNothing = (entries: Iterable<readonly [string, string]>) => {
  const record = Object.fromEntries(entries);
  return Object.keys(record).length === 0 ? undefined : record;
};

/** A parameter that is there twice is one text with a comma. */
const queryOf = (url: URL) =>
  orNothing(
    [...new Set(url.searchParams.keys())].map((name) => [
      name,
      url.searchParams.getAll(name).join(','),
    ]),
  );

/**
 * @param token Claims, on a route that wants a token
 * @throws BodyTooLargeError
 */
export async function eventOf(
  c: Context,
  route: ApiRoute,
  requestId: string,
  token?: JWTPayload,
): Promise<ApiEvent> {
  const url = new URL(c.req.url);
  const routeKey = `${route.method} ${route.path}`;
  const now = new Date();
  const { incoming } = c.env as HttpBindings;
  const body = (await readBody(incoming)).toString('utf8');
  const query = queryOf(url);
  const parameters = orNothing(Object.entries(c.req.param()));
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: Object.fromEntries(c.req.raw.headers),
    ...(query && { queryStringParameters: query }),
    ...(parameters && { pathParameters: parameters }),
    ...(body !== '' && { body }),
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      ...(token && {
        authorizer: { jwt: { claims: claimsOf(token), scopes: [...(route.scopes ?? [])] } },
      }),
      domainName: url.hostname,
      domainPrefix: 'local',
      http: {
        method: c.req.method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: c.req.header('user-agent') ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
  };
}
