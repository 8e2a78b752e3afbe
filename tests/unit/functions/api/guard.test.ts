/** Who is let in by a route that wants a token: every route of the table, every kind of wrong token. */
import path from 'node:path';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { requireAuth } from '../../../../functions/api/caller.ts';
import type { RouteHandler } from '../../../../functions/api/route.ts';
import { routes } from '../../../../functions/api/routes.ts';
import { tokenVerifier } from '../../../../functions/api/verify-token.ts';
import { bodyOf, CLAIMS, calls, ENV, eventOf, ISSUER, SUB, sign, warn } from './support.ts';

const FUNCTIONS = path.resolve(import.meta.dirname, '../../../../functions');
const guarded = await Promise.all(
  routes
    .filter(({ auth }) => auth === 'token')
    .map(async ({ method, path: address, entry }) => {
      const { handler } = (await import(path.join(FUNCTIONS, entry))) as { handler: RouteHandler };
      return { name: `${method} ${address}`, handler };
    }),
);

const symmetric = () =>
  new SignJWT(CLAIMS)
    .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
    .setIssuer(ISSUER)
    .setExpirationTime('5 minutes')
    .sign(new TextEncoder().encode('a secret of at least 256 bits, or so'));

const unsigned = async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ ...CLAIMS, iss: ISSUER, exp: 9e9 })}.`;
};

const changed = async () => {
  const [head, , signature] = (await sign()).split('.');
  const claims = { ...CLAIMS, iss: ISSUER, exp: 9e9, 'cognito:groups': ['admin'] };
  return `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
};

const WRONG: readonly [string, () => Promise<string | undefined>][] = [
  ['no header', async () => undefined],
  ['an empty header', async () => ''],
  ['another scheme', async () => 'Basic YTpi'],
  ['a header within the header', async () => `Bearer ${await sign()}\r\nx: y`],
  ['two tokens', async () => `Bearer ${await sign()} ${await sign()}`],
  ['nonsense', async () => 'Bearer a.b.c'],
  ['an expired token', async () => `Bearer ${await sign(CLAIMS, { expires: '-1 second' })}`],
  ['a token of another pool', async () => `Bearer ${await sign(CLAIMS, { issuer: `${ISSUER}2` })}`],
  ['a token of foreign keys', async () => `Bearer ${await sign(CLAIMS, { isForeign: true })}`],
  ['a token of another client', async () => `Bearer ${await sign({ ...CLAIMS, client_id: 'x' })}`],
  [
    'a client that is a part of another',
    async () => `Bearer ${await sign({ ...CLAIMS, client_id: 'web,mobile' })}`,
  ],
  ['a list of clients', async () => `Bearer ${await sign({ ...CLAIMS, client_id: ['web'] })}`],
  ['an ID token', async () => `Bearer ${await sign({ ...CLAIMS, token_use: 'id', aud: 'web' })}`],
  [
    'a token without its use',
    async () => `Bearer ${await sign({ ...CLAIMS, token_use: undefined })}`,
  ],
  ['a token of nobody', async () => `Bearer ${await sign({ ...CLAIMS, sub: undefined })}`],
  [
    'a token of somebody else than the gateway saw',
    async () => `Bearer ${await sign({ ...CLAIMS, sub: 'other' })}`,
  ],
  ['a token signed by a shared secret', async () => `Bearer ${await symmetric()}`],
  ['an unsigned token', async () => `Bearer ${await unsigned()}`],
  ['changed claims', async () => `Bearer ${await changed()}`],
];

const ID = { id: SUB };

describe.each(guarded)('$name', ({ handler }) => {
  test.each(WRONG)('answers 401 to %s, and asks nobody', async (_, header) => {
    const authorization = await header();
    const response = await handler(eventOf(authorization, ID));
    expect(response.statusCode).toBe(401);
    expect(response.headers).toEqual({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'www-authenticate': 'Bearer',
    });
    expect(bodyOf(response)).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: expect.any(String),
      code: 'TOKEN_REFUSED',
      requestId: 'request-1',
    });
    expect(calls).toEqual([]);
    const logged = JSON.stringify(warn.mock.calls);
    expect(logged).toContain('request-1');
    expect(logged).not.toMatch(/eyJ|sb_publishable/);
  });

  test('answers 401 without the authorizer, even to a good token', async () => {
    const event = eventOf(`Bearer ${await sign()}`, ID);
    for (const requestContext of [{}, { authorizer: {} }, { authorizer: { jwt: {} } }])
      expect((await handler({ ...event, requestContext })).statusCode).toBe(401);
    expect(calls).toEqual([]);
  });

  test('keeps people of other groups out, whatever the gateway says', async () => {
    process.env.API_GROUPS = 'admin,support';
    for (const groups of [
      undefined,
      [],
      ['superadmin'],
      ['admin,support'],
      ['x,admin'],
      'admin',
      [['admin']],
    ]) {
      const token = await sign({ ...CLAIMS, 'cognito:groups': groups });
      const claims = { sub: SUB, 'cognito:groups': '[admin support]' };
      const response = await handler(eventOf(`Bearer ${token}`, ID, claims));
      expect(response.statusCode).toBe(403);
      expect(bodyOf(response).detail).toBe('This is for admin, support.');
    }
    expect(calls).toEqual([]);
  });

  test.each(Object.keys(ENV))('names %s if it is missing', async (name) => {
    delete process.env[name];
    const response = await handler(eventOf(`Bearer ${await sign()}`, ID));
    expect(response.statusCode).toBe(500);
    expect(bodyOf(response)).toMatchObject({
      code: 'NOT_CONFIGURED',
      detail: `${name} is not set.`,
    });
  });

  test('answers 502 while the keys of the pool cannot be read', async () => {
    process.env.COGNITO_ISSUER = ISSUER.replace('/pool', '/gone');
    const token = await sign(CLAIMS, { issuer: process.env.COGNITO_ISSUER });
    const response = await handler(eventOf(`Bearer ${token}`, ID));
    expect(response.statusCode).toBe(502);
    expect(response.headers).toMatchObject({ 'retry-after': '2' });
  });

  test('has no 5xx for 500 bad parameters and headers', async () => {
    const token = await sign();
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('../me', "' or 1=1", 'eq.1', '__proto__', ''),
    );
    const bad = fc.asyncProperty(text, fc.boolean(), async (given, isHeader) => {
      const header = isHeader ? `Bearer ${given}` : `Bearer ${token}`;
      const response = await handler(eventOf(header, { id: given }));
      expect(response.statusCode).toBeLessThan(500);
    });
    await fc.assert(bad, { numRuns: 500 });
  });
});

describe('the caller', () => {
  const verify = tokenVerifier({ issuer: ISSUER, clientIds: ['web'] });

  test('is a person, with what the token says', async () => {
    const token = await sign({
      ...CLAIMS,
      email: 'ann@example.com',
      'cognito:groups': ['a b', 'c'],
    });
    expect(await requireAuth(eventOf(`Bearer ${token}`), verify)).toEqual({
      token,
      sub: SUB,
      email: 'ann@example.com',
      groups: ['a b', 'c'],
      scopes: ['openid', 'email'],
      clientId: 'web',
      isMachine: false,
    });
  });

  test('is a machine if nobody has signed in', async () => {
    const token = await sign({
      sub: 'web',
      client_id: 'web',
      token_use: 'access',
      scope: 'api/read',
    });
    const caller = await requireAuth(eventOf(`bearer ${token}`, undefined, { sub: 'web' }), verify);
    expect(caller).toMatchObject({
      isMachine: true,
      scopes: ['api/read'],
      groups: [],
      email: undefined,
    });
  });
});
