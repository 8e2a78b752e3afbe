/** A user pool with real keys, a Data API with the answers of a test, and events of the gateway. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeEach } from 'vitest';
import type { UserPool } from '../../../../functions/api/admin/user-pool.ts';
import { implementations } from '../../../../functions/api/all.ts';
import type { RequestReport } from '../../../../functions/api/app.ts';
import type { ApiGatewayEvent } from '../../../../functions/api/caller.ts';
import { lambdaHandler } from '../../../../functions/api/lambda.ts';
import { type ApiParts, partsFromEnvironment } from '../../../../functions/api/parts.ts';
import type { Route } from '../../../../functions/api/routes.ts';
import { serviceRpc } from '../../../../functions/service/data-api.ts';
import type { UserEvent } from '../../../../functions/user-events/event.ts';

export interface Call {
  readonly method: string | undefined;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = readonly [status: number, body: string];

const own = await generateKeyPair('RS256', { extractable: true });
const foreign = await generateKeyPair('RS256');
const kid = 'key-1';
const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(own.publicKey)), kid, alg: 'RS256' }] });

/** By the part of the path after `/rest/v1/`. */
export const answers = new Map<string, Answer>();
export const calls: Call[] = [];
export const pause = { ms: 0 };

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { method, url = '', headers } = request;
  // Without keep-alive, so that a test's end is the end of its connections.
  const head = { 'content-type': 'application/json', location: '/elsewhere', connection: 'close' };
  if (url === '/pool/.well-known/jwks.json') return void response.writeHead(200, head).end(jwks);
  calls.push({ method, url, headers, body });
  const [path = ''] = url.replace('/rest/v1/', '').split('?');
  const [status, text] = answers.get(path) ?? [404, '{}'];
  setTimeout(() => response.writeHead(status, head).end(text), pause.ms).unref();
});
server.listen(0, '127.0.0.1').unref();
await once(server, 'listening');
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

export const ISSUER = `${origin}/pool`;
export const SUB = '0f1e2d3c-4b5a-4678-9abc-def012345678';

export const CLAIMS = {
  sub: SUB,
  username: 'ann',
  client_id: 'web',
  token_use: 'access',
  scope: 'openid email',
  auth_time: Math.floor(Date.now() / 1000),
} as const;

/** Of an administrator. */
export const ADMIN = { ...CLAIMS, 'cognito:groups': ['admin'] } as const;

interface Signing {
  readonly issuer?: string;
  readonly expires?: string;
  readonly isForeign?: boolean;
}

export const sign = (
  claims: Record<string, unknown> = CLAIMS,
  given: Signing = {},
): Promise<string> =>
  new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuer(given.issuer ?? ISSUER)
    .setExpirationTime(given.expires ?? '5 minutes')
    .sign(given.isForeign ? foreign.privateKey : own.privateKey);

export interface Sent {
  readonly authorization?: string | undefined;
  /** Values of the path's parameters. @default - valid ones */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** As the gateway has them. @default - of `SUB` */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const VALID: Readonly<Record<string, string>> = { id: SUB, sub: 's-2', group: 'editor' };

/** The path of a route with values in it. */
const pathOf = (path: string, parameters: Readonly<Record<string, string>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((parameters[name] ?? VALID[name] ?? '').toWellFormed()),
  );

type Address = Pick<Route, 'method' | 'path'>;

/** As an HTTP API sends it, payload format 2.0. */
export function eventOf({ method, path }: Address, sent: Sent = {}): ApiGatewayEvent {
  const { authorization, parameters = {}, query = '', headers, body } = sent;
  const { claims = { sub: SUB, token_use: 'access' } } = sent;
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: pathOf(path, parameters),
    rawQueryString: query,
    headers: { ...(authorization !== undefined && { authorization }), ...headers },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
    requestContext: {
      requestId: 'request-1',
      domainName: 'api.example.com',
      http: { method, path: pathOf(path, parameters), protocol: 'HTTP/1.1', sourceIp: '::1' },
      authorizer: { jwt: { claims } },
    },
  } as unknown as ApiGatewayEvent;
}

/** As a REST API sends it, payload format 1.0: another shape, and the client's capitals. */
export function restEventOf({ method, path }: Address, sent: Sent = {}): ApiGatewayEvent {
  const { authorization, parameters = {}, headers = {}, body = null } = sent;
  const { claims = { sub: SUB, token_use: 'access' } } = sent;
  const all = { ...(authorization !== undefined && { Authorization: authorization }), ...headers };
  return {
    resource: path,
    path: pathOf(path, parameters),
    httpMethod: method,
    headers: { Host: 'api.example.com', ...all },
    multiValueHeaders: Object.fromEntries(
      Object.entries({ Host: 'api.example.com', ...all }).map(([name, value]) => [name, [value]]),
    ),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'request-1',
      domainName: 'api.example.com',
      httpMethod: method,
      path: `/prod${pathOf(path, parameters)}`,
      identity: { sourceIp: '::1' },
      authorizer: { claims },
    },
  } as unknown as ApiGatewayEvent;
}

export const bodyOf = ({ body }: APIGatewayProxyStructuredResultV2) => JSON.parse(body ?? '');

export const ENV = {
  SUPABASE_URL: `${origin}/`,
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
  COGNITO_ISSUER: ISSUER,
  COGNITO_CLIENT_IDS: 'web,mobile',
} as const;

export const SERVICE_KEY = 'sb_secret_of_this_test';
export const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret of this test').toString('base64')}`;

/** What was reported in this test. */
export const reports: RequestReport[] = [];
/** What was left to the queue. */
export const queued: UserEvent[] = [];
/** What Cognito was asked for, as `disable ann`. */
export const asked: string[] = [];
/** Errors of Cognito: name of the call → errors, one for each call. */
export const failures = new Map<string, Error[]>();

type AnyPool = Record<keyof UserPool, (...args: string[]) => Promise<unknown>>;

/** A pool in which everybody is there: `failures` says otherwise. */
const pool = new Proxy({} as AnyPool, {
  get: (_, name) =>
    typeof name !== 'string' || name === 'then'
      ? undefined
      : async (...args: unknown[]) => {
          asked.push([name, ...args].join(' '));
          const failure = failures.get(name)?.shift();
          if (failure) throw failure;
          const user = {
            username: 'ann',
            attributes: { sub: 's-2', email: 'ann@example.com' },
            status: 'FORCE_CHANGE_PASSWORD',
            createdAt: new Date(),
          };
          if (name === 'usernameOf') return 'ann';
          if (name === 'groupsOf') return ['editor'];
          return name === 'create' || name === 'get' ? user : undefined;
        },
}) as unknown as UserPool;

/** Parts of the environment, with a pool and a queue of the test. */
export function parts(env: NodeJS.ProcessEnv = ENV, changes: Partial<ApiParts> = {}): ApiParts {
  return {
    ...partsFromEnvironment(env),
    service: serviceRpc({ url: origin, readKey: async () => SERVICE_KEY }),
    pool: async () => pool,
    enqueue: async (event) => void queued.push(event),
    webhookSecret: async () => WEBHOOK_SECRET,
    ...changes,
  };
}

/** Calls a route of all. */
export const call = (
  route: Address,
  sent?: Sent,
  given: ApiParts = parts(),
): Promise<APIGatewayProxyStructuredResultV2> => send(eventOf(route, sent), given);

export const send = (event: ApiGatewayEvent, given: ApiParts = parts()) =>
  lambdaHandler(implementations, {
    parts: given,
    report: (report) => void reports.push(report),
  })(event);

beforeEach(() => {
  answers.clear();
  answers.set('rpc/ensure_profile', [200, `{"id":"${SUB}"}`]);
  answers.set('rpc/me', [
    200,
    JSON.stringify({
      profile: { id: SUB, cognito_sub: SUB, email: null, display_name: 'Ann' },
      memberships: [],
      permissions: [],
    }),
  ]);
  calls.length = 0;
  reports.length = 0;
  queued.length = 0;
  asked.length = 0;
  failures.clear();
  pause.ms = 0;
});
