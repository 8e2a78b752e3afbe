/** The local gateway: what it lets through, the events that it makes, and its own answers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Entry } from '../../../../local/api/app.ts';
import type { ApiEvent } from '../../../../local/api/event.ts';
import { startApi } from '../../../../local/api/server.ts';
import { CLAIMS, ISSUER, SUB, sign } from '../../functions/api/support.ts';

const ROUTES: readonly ApiRoute[] = [
  { method: 'GET', path: '/open', auth: 'none', entry: 'echo' },
  { method: 'GET', path: '/guarded/{id}', auth: 'token', entry: 'echo' },
  {
    method: 'POST',
    path: '/scoped',
    auth: 'token',
    scopes: ['api/write', 'api/admin'],
    entry: 'echo',
  },
  { method: 'GET', path: '/slow', auth: 'none', entry: 'slow' },
  { method: 'GET', path: '/broken', auth: 'none', entry: 'broken' },
];

const ENTRIES = new Map<string, Entry['handler']>([
  [
    'echo',
    async (event) => ({ statusCode: 201, headers: { 'x-own': 1 }, body: JSON.stringify(event) }),
  ],
  ['slow', () => delay(2000, { statusCode: 200 })],
  ['broken', () => Promise.reject(new Error('postgres://secret'))],
]);

async function gateway() {
  const api = await startApi({
    port: 0,
    origins: ['http://app.example'],
    issuer: ISSUER,
    clientIds: ['web'],
    routes: ROUTES,
    load: async ({ entry }) => ({ handler: ENTRIES.get(entry) as Entry['handler'] }),
    timeout: 100,
  });
  onTestFinished(() => api.close());
  return async (path: string, init: RequestInit & { readonly token?: string } = {}) => {
    const { token, ...rest } = init;
    const headers = new Headers(rest.headers);
    if (token !== undefined) headers.set('authorization', token);
    const response = await fetch(api.url + path, { ...rest, headers });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
}

test('makes an event of payload format 2.0, with claims as texts and lists as [a b]', async () => {
  const ask = await gateway();
  const claims = {
    ...CLAIMS,
    'cognito:groups': ['admin', 'a,b'],
    auth_time: 1_700_000_000,
    flag: true,
  };
  const { status, headers, body } = await ask('/guarded/a%2Fb%20c?x=1&x=2&y=', {
    token: `Bearer ${await sign(claims)}`,
    headers: { 'X-Mixed': 'Yes' },
  });
  const event = body as ApiEvent;
  expect(status).toBe(201);
  expect(headers.get('x-own')).toBe('1');
  expect(headers.get('apigw-requestid')).toBe(event.requestContext.requestId);
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'GET /guarded/{id}',
    rawPath: '/guarded/a%2Fb%20c',
    rawQueryString: 'x=1&x=2&y=',
    queryStringParameters: { x: '1,2', y: '' },
    pathParameters: { id: 'a/b c' },
    headers: { 'x-mixed': 'Yes' },
    isBase64Encoded: false,
  });
  expect(event).not.toHaveProperty('body');
  expect(event.requestContext.authorizer).toEqual({
    jwt: {
      claims: {
        ...CLAIMS,
        iss: ISSUER,
        exp: expect.stringMatching(/^\d+$/),
        auth_time: '1700000000',
        flag: 'true',
        'cognito:groups': '[admin a,b]',
      },
      scopes: [],
    },
  });
});

test('leaves out what an open route has not', async () => {
  const { body } = await (await gateway())('/open', { token: 'Bearer x' });
  for (const name of ['pathParameters', 'queryStringParameters', 'body'])
    expect(body).not.toHaveProperty(name);
  expect(body.requestContext).not.toHaveProperty('authorizer');
});

describe('the authorizer', () => {
  test.each([
    ['an access token', CLAIMS, {}, 201],
    ['an ID token for the client', { sub: SUB, aud: 'web', token_use: 'id' }, {}, 201],
    ['one audience of several', { sub: SUB, aud: ['x', 'web'] }, {}, 201],
    ['an audience of somebody else, whatever client_id says', { ...CLAIMS, aud: 'x' }, {}, 401],
    ['another client', { ...CLAIMS, client_id: 'x' }, {}, 401],
    ['no client', { sub: SUB }, {}, 401],
    ['another issuer', CLAIMS, { issuer: 'https://x.example' }, 401],
    ['an expired token', CLAIMS, { expires: '-1 second' }, 401],
    ['foreign keys', CLAIMS, { isForeign: true }, 401],
  ])('with %s answers %#', async (_, claims, signing, expected) => {
    const ask = await gateway();
    const token = await sign(claims, signing);
    for (const header of [`Bearer ${token}`, token]) {
      const { status, body } = await ask('/guarded/1', { token: header });
      expect(status).toBe(expected);
      if (expected === 401) expect(body).toEqual({ message: 'Unauthorized' });
    }
  });

  test('wants one of the scopes of the route', async () => {
    const ask = await gateway();
    const post = async (scope: string) =>
      ask('/scoped', { method: 'POST', body: '{"a":1}', token: await sign({ ...CLAIMS, scope }) });
    expect(await post('openid api/read')).toMatchObject({
      status: 403,
      body: { message: 'Forbidden' },
    });
    expect(await post('openid api/write')).toMatchObject({
      status: 201,
      body: {
        body: '{"a":1}',
        requestContext: { authorizer: { jwt: { scopes: ['api/write', 'api/admin'] } } },
      },
    });
  });
});

describe('its own answers', () => {
  test.each([
    ['/slow', 503, 'Service Unavailable'],
    ['/broken', 500, 'Internal Server Error'],
    ['/nothing', 404, 'Not Found'],
    ['/open/', 404, 'Not Found'],
  ])('%s is %i', async (path, status, message) => {
    expect(await (await gateway())(path)).toMatchObject({ status, body: { message } });
  });

  test('another method is not found, and a large body is refused', async () => {
    const ask = await gateway();
    expect((await ask('/open', { method: 'DELETE' })).status).toBe(404);
    const token = await sign({ ...CLAIMS, scope: 'api/write' });
    const large = { method: 'POST', body: 'x'.repeat(2 ** 20 + 1), token };
    expect((await ask('/scoped', large)).status).toBe(413);
    // Without a length in its head.
    const stream = { ...large, body: new Blob(['{"a":1}']).stream(), duplex: 'half' as const };
    expect((await ask('/scoped', stream)).body.body).toBe('{"a":1}');
  });
});
