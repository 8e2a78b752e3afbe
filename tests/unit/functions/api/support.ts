/** A user pool with real keys, a Data API with the answers of a test, and events of the gateway. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeEach, vi } from 'vitest';
import type { CallerEvent } from '../../../../functions/api/caller.ts';

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
} as const;

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

/** As API Gateway sends it, payload format 2.0. */
export const eventOf = (
  authorization: string | undefined,
  pathParameters?: Record<string, string>,
  claims: Record<string, unknown> | undefined = { sub: SUB, token_use: 'access' },
): CallerEvent => ({
  headers: authorization === undefined ? {} : { authorization },
  ...(pathParameters && { pathParameters }),
  requestContext: { requestId: 'request-1', authorizer: { jwt: { claims } } },
});

export const bodyOf = ({ body }: APIGatewayProxyStructuredResultV2) => JSON.parse(body ?? '');

/** What was logged in this test. */
export const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);

export const ENV = {
  SUPABASE_URL: `${origin}/`,
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
  COGNITO_ISSUER: ISSUER,
  COGNITO_CLIENT_IDS: 'web,mobile',
} as const;

beforeEach(() => {
  answers.clear();
  answers.set('rpc/ensure_profile', [200, '{"id":1}']);
  answers.set('rpc/me', [200, '{"profile":{"id":1}}']);
  calls.length = 0;
  pause.ms = 0;
  warn.mockClear();
  for (const [name, value] of Object.entries(ENV)) process.env[name] = value;
  delete process.env.API_GROUPS;
});
