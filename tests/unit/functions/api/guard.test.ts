/**
 * Who is let in: every route of the OpenAPI document that wants a token, every kind of wrong token, and 500 bad
 * requests for each route.
 */
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { requireAuth } from '../../../../functions/api/caller.ts';
import { openApiDocument } from '../../../../functions/api/document.ts';
import { type Route, routes } from '../../../../functions/api/routes.ts';
import { tokenVerifier } from '../../../../functions/api/verify-token.ts';
import {
  ADMIN,
  asked,
  bodyOf,
  CLAIMS,
  call,
  calls,
  ENV,
  eventOf,
  ISSUER,
  parts,
  reports,
  restEventOf,
  SUB,
  send,
  sign,
} from './support.ts';

type Method = 'delete' | 'get' | 'post' | 'put';

/** What the document says of each operation. */
const operations = Object.entries(openApiDocument(routes).paths ?? {}).flatMap(([path, item]) =>
  (['get', 'put', 'post', 'delete'] as const).flatMap((name: Method) => {
    const operation = item[name];
    const method = name.toUpperCase() as Route['method'];
    return operation ? [{ name: `${method} ${path}`, method, path, operation }] : [];
  }),
);
const guarded = operations.filter(({ operation }) =>
  operation.security?.some((rule) => 'token' in rule),
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
  ['two tokens', async () => `Bearer ${await sign(ADMIN)} ${await sign(ADMIN)}`],
  ['nonsense', async () => 'Bearer a.b.c'],
  ['an expired token', async () => `Bearer ${await sign(ADMIN, { expires: '-1 second' })}`],
  ['a token of another pool', async () => `Bearer ${await sign(ADMIN, { issuer: `${ISSUER}2` })}`],
  ['a token of foreign keys', async () => `Bearer ${await sign(ADMIN, { isForeign: true })}`],
  ['a token of another client', async () => `Bearer ${await sign({ ...ADMIN, client_id: 'x' })}`],
  [
    'a client that is a part of another',
    async () => `Bearer ${await sign({ ...ADMIN, client_id: 'web,mobile' })}`,
  ],
  ['a list of clients', async () => `Bearer ${await sign({ ...ADMIN, client_id: ['web'] })}`],
  ['an ID token', async () => `Bearer ${await sign({ ...ADMIN, token_use: 'id', aud: 'web' })}`],
  [
    'a token without its use',
    async () => `Bearer ${await sign({ ...ADMIN, token_use: undefined })}`,
  ],
  ['a token of nobody', async () => `Bearer ${await sign({ ...ADMIN, sub: undefined })}`],
  [
    'a token of somebody else than the gateway saw',
    async () => `Bearer ${await sign({ ...ADMIN, sub: 'other' })}`,
  ],
  ['a token signed by a shared secret', async () => `Bearer ${await symmetric()}`],
  ['an unsigned token', async () => `Bearer ${await unsigned()}`],
  ['changed claims', async () => `Bearer ${await changed()}`],
];

const TEXTS = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('../me', "' or 1=1", 'eq.1', '__proto__', '.', '%00', '\u0000', 'a'.repeat(9000)),
);
const BODIES = fc.oneof(
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '{"__proto__":{"email":"a@example.com"}}',
    '{"email":["a@example.com"]}',
    '{"email":"a@example.com","role":"admin"}',
    `{"email":"${'a'.repeat(400)}@example.com"}`,
    '{"email":"a@example.com","groups":"admin"}',
    '{"email":"a@example.com","groups":[""]}',
  ),
);

const nothingHappened = () => {
  expect(asked).toEqual([]);
  expect(calls).toEqual([]);
};

describe.each(guarded)('$name', ({ method, path }) => {
  const route = { method, path };

  test.each(WRONG)('answers 401 to %s, and asks nobody', async (_, header) => {
    const response = await call(route, { authorization: await header() });
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
    nothingHappened();
    expect(reports).toMatchObject([{ requestId: 'request-1', code: 'TOKEN_REFUSED' }]);
    expect(JSON.stringify(reports)).not.toMatch(/eyJ|sb_publishable/);
  });

  test('answers 401 without the authorizer, even to a good token', async () => {
    const authorization = `Bearer ${await sign(ADMIN)}`;
    for (const authorizer of [undefined, {}, { jwt: {} }, { claims: undefined }]) {
      const event = eventOf(route, { authorization }) as unknown as Record<string, unknown>;
      const requestContext = { ...(event.requestContext as object), authorizer };
      expect((await send({ ...event, requestContext } as never)).statusCode).toBe(401);
    }
    nothingHappened();
  });

  test.each(Object.keys(ENV))('names %s if it is missing', async (name) => {
    const authorization = `Bearer ${await sign(ADMIN)}`;
    const response = await call(route, { authorization }, parts({ ...ENV, [name]: undefined }));
    expect(response.statusCode).toBe(500);
    expect(bodyOf(response)).toMatchObject({
      code: 'NOT_CONFIGURED',
      detail: `${name} is not set.`,
    });
  });

  test('answers 502 while the keys of the pool cannot be read', async () => {
    const issuer = ISSUER.replace('/pool', '/gone');
    const authorization = `Bearer ${await sign(ADMIN, { issuer })}`;
    const given = parts({ ...ENV, COGNITO_ISSUER: issuer });
    const response = await call(route, { authorization }, given);
    expect(response.statusCode).toBe(502);
    expect(response.headers).toMatchObject({ 'retry-after': '2' });
  });

  test('has no 5xx of its own, and no stack, for 500 bad requests', async () => {
    const authorization = `Bearer ${await sign(ADMIN)}`;
    const bad = fc.asyncProperty(TEXTS, BODIES, TEXTS, async (text, body, query) => {
      const parameters = { id: text, sub: text, group: text };
      const sent = {
        authorization,
        parameters,
        body,
        query: `email=${encodeURIComponent(query.toWellFormed())}&x=1`,
      };
      const response = await call(route, sent);
      // The database of this test knows nobody, which is a 502.
      if (response.statusCode === 502) expect(calls.length).toBeGreaterThan(0);
      else expect(response.statusCode).toBeLessThan(500);
      expect(response.body).not.toMatch(/\bat .*:\d+|node_modules|Error:/);
      expect(asked).toEqual([]);
    });
    await fc.assert(bad, { numRuns: 500 });
  });

  test('takes the events of a REST API, too', async () => {
    const refused = await send(restEventOf(route, { authorization: 'Bearer x' }));
    expect(refused.statusCode).toBe(401);
    const authorization = `Bearer ${await sign(ADMIN)}`;
    const other = await send(restEventOf(route, { authorization, claims: { sub: 'other' } }));
    expect(other.statusCode).toBe(401);
    const taken = await send(
      restEventOf(route, { authorization, body: '{"email":"a@example.com"}' }),
    );
    expect(taken.statusCode).not.toBe(401);
  });
});

/** Routes whose description has this word. */
const described = (word: string) =>
  guarded.filter(({ operation: { description = '' } }) => description.includes(word));

test.each(described('group'))(
  '$name keeps people of other groups and machines out, whatever the gateway says',
  async (route) => {
    const others = [
      undefined,
      [],
      ['superadmin'],
      ['admin,support'],
      ['x,admin'],
      'admin',
      [['admin']],
    ];
    const machine = { ...ADMIN, username: undefined, 'cognito:groups': undefined };
    const wrong = [...others.map((groups) => ({ ...CLAIMS, 'cognito:groups': groups })), machine];
    for (const claims of wrong) {
      const authorization = `Bearer ${await sign(claims)}`;
      const seen = { sub: SUB, 'cognito:groups': '[admin support]' };
      const response = await call(route, { authorization, claims: seen });
      expect(response.statusCode).toBe(403);
      expect(bodyOf(response).code).toBe('FORBIDDEN');
    }
    nothingHappened();
  },
);

test.each(described('minutes'))('$name wants a recent sign-in', async (route) => {
  for (const auth_time of [undefined, 0, '9999999999', Math.floor(Date.now() / 1000) - 901]) {
    const authorization = `Bearer ${await sign({ ...ADMIN, auth_time })}`;
    const response = await call(route, { authorization });
    expect(response.statusCode).toBe(401);
    expect(bodyOf(response).code).toBe('SIGN_IN_AGAIN');
    expect(response.headers?.['www-authenticate']).toContain('insufficient_user_authentication');
  }
  nothingHappened();
});

describe('the caller', () => {
  const verify = tokenVerifier({ issuer: ISSUER, clientIds: ['web'] });
  const eventFor = (authorization: string, claims: Record<string, unknown> = { sub: SUB }) =>
    eventOf({ method: 'GET', path: '/me' }, { authorization, claims }) as Parameters<
      typeof requireAuth
    >[0];

  test('is a person, with what the token says', async () => {
    const token = await sign({
      ...CLAIMS,
      email: 'ann@example.com',
      'cognito:groups': ['a b', 'c'],
    });
    expect(await requireAuth(eventFor(`Bearer ${token}`), verify)).toEqual({
      token,
      sub: SUB,
      email: 'ann@example.com',
      groups: ['a b', 'c'],
      scopes: ['openid', 'email'],
      clientId: 'web',
      isMachine: false,
      signedInAt: CLAIMS.auth_time,
    });
  });

  test('is a machine if nobody has signed in, and needs the scopes of the route', async () => {
    const machine = { sub: 'web', client_id: 'web', token_use: 'access', scope: 'api/read' };
    const event = eventFor(`bearer ${await sign(machine)}`, { sub: 'web' });
    expect(await requireAuth(event, verify, { scopes: ['api/read'] })).toMatchObject({
      isMachine: true,
      scopes: ['api/read'],
      groups: [],
      email: undefined,
    });
    await expect(requireAuth(event, verify, { scopes: ['api/write'] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});
