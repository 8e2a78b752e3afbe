import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallerEvent } from '../../../../functions/api/caller.ts';
import { dataApi } from '../../../../functions/api/data-api.ts';
import { handler as health } from '../../../../functions/api/health.ts';
import { handler } from '../../../../functions/api/me.ts';

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwZXJzb24ifQ.c2lnbmF0dXJl';

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

/** A Data API with the answers of a test, by function. */
let answers: Record<string, readonly [status: number, body: string]>;
let calls: Call[];
let delay = 0;
const server = createServer((request, response) => {
  calls.push({ method: request.method, url: request.url, headers: request.headers });
  const name = request.url?.split('/').at(-1) ?? '';
  const [status, body] = answers[name] ?? [404, '{}'];
  setTimeout(() => {
    // Without keep-alive, because the server closes after each test.
    response.writeHead(status, {
      'content-type': 'application/json',
      location: '/elsewhere',
      connection: 'close',
    });
    response.end(body);
  }, delay).unref();
});

const event = (
  claims: object | undefined = { token_use: 'access' },
  authorization = `Bearer ${TOKEN}`,
) =>
  ({
    headers: { authorization },
    requestContext: { authorizer: { jwt: { claims } } },
  }) as CallerEvent;

const body = (response: Awaited<ReturnType<typeof handler>>) => JSON.parse(response.body ?? '');
const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});

beforeEach(async () => {
  answers = { ensure_profile: [200, '{"id":1}'], me: [200, '{"profile":{"id":1}}'] };
  calls = [];
  delay = 0;
  warn.mockClear();
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  process.env.SUPABASE_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  process.env.SUPABASE_PUBLISHABLE_KEY = 'sb_publishable_x';
});
afterEach(() => server.closeAllConnections());

describe('a route for groups', () => {
  afterEach(() => {
    delete process.env.API_GROUPS;
  });

  // The gateway turns a list into a text.
  it.each([['[admin]'], ['[people support]'], [['support']]])('lets %j in', async (groups) => {
    process.env.API_GROUPS = 'admin,support';
    const claims = { token_use: 'access', 'cognito:groups': groups };
    expect((await handler(event(claims))).statusCode).toBe(200);
  });

  it.each([[undefined], ['[]'], ['[superadmin]'], ['[adminsupport]'], ['[admin-x people]'], [[]]])(
    'keeps %j out, and asks nobody',
    async (groups) => {
      process.env.API_GROUPS = 'admin,support';
      const response = await handler(event({ token_use: 'access', 'cognito:groups': groups }));
      expect(response.statusCode).toBe(403);
      expect(body(response)).toEqual({ code: 'FORBIDDEN', message: 'This is for admin, support.' });
      expect(calls).toEqual([]);
    },
  );
});

describe('GET /me', () => {
  it('makes the profile, then answers with the result of the database', async () => {
    const response = await handler(event());
    expect(response.statusCode).toBe(200);
    expect(body(response)).toEqual({ profile: { id: 1 } });
    expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /rest/v1/rpc/ensure_profile',
      'POST /rest/v1/rpc/me',
    ]);
  });

  it('passes the caller’s own token on, with the publishable key', async () => {
    await handler(event());
    for (const { headers } of calls) {
      expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(headers.apikey).toBe('sb_publishable_x');
    }
  });

  it('must not be cached', async () => {
    expect((await handler(event())).headers).toMatchObject({ 'cache-control': 'no-store' });
  });

  it.each([
    ['an ID token', event({ token_use: 'id' })],
    [
      'no claims, as on a route without the authorizer',
      { ...event(), requestContext: {} } as CallerEvent,
    ],
    ['no token', event(undefined, '')],
    ['another scheme', event(undefined, 'Basic YTpi')],
    ['a header within the header', event(undefined, 'Bearer a\r\nx: y')],
  ])('answers 401 to %s, and asks nobody', async (_, wrong) => {
    const response = await handler(wrong);
    expect(response.statusCode).toBe(401);
    expect(response.headers).toMatchObject({ 'www-authenticate': 'Bearer' });
    expect(body(response).code).toBe('TOKEN_REFUSED');
    expect(calls).toEqual([]);
  });

  it.each([
    [401, 401, 'TOKEN_REFUSED'],
    [403, 403, 'FORBIDDEN'],
    [404, 502, 'UPSTREAM_FAILED'],
    [500, 502, 'UPSTREAM_FAILED'],
    [302, 502, 'UPSTREAM_FAILED'],
  ])('turns %i of Supabase into %i', async (theirs, ours, code) => {
    answers.ensure_profile = [theirs, '{"code":"PT403","message":"the person is disabled"}'];
    const response = await handler(event());
    expect(response.statusCode).toBe(ours);
    expect(body(response).code).toBe(code);
    if (ours < 500) expect(body(response).message).toBe('the person is disabled');
    // A failure sends only the message of the database for 401 and 403.
    else expect(response.body).not.toContain('disabled');
    expect(calls).toHaveLength(1);
  });

  it.each([401, 403])('answers %i where Supabase sends no JSON with it', async (status) => {
    answers.me = [status, '<html>'];
    expect((await handler(event())).statusCode).toBe(status);
  });

  it('answers 502 where Supabase sends no JSON', async () => {
    answers.me = [200, '<html>'];
    expect((await handler(event())).statusCode).toBe(502);
  });

  it('answers 502 if Supabase cannot be reached', async () => {
    process.env.SUPABASE_URL = 'http://127.0.0.1:9';
    expect((await handler(event())).statusCode).toBe(502);
  });

  it('answers 500 where a setting is missing, and names it', async () => {
    delete process.env.SUPABASE_PUBLISHABLE_KEY;
    const response = await handler(event());
    expect(response.statusCode).toBe(500);
    expect(body(response).message).toContain('SUPABASE_PUBLISHABLE_KEY');
  });

  it('gives all calls together one deadline', async () => {
    delay = 150;
    const url = process.env.SUPABASE_URL?.replace(/\/$/, '') ?? '';
    const rpc = dataApi({ url, publishableKey: 'x', timeout: 250 }, TOKEN);
    await expect(rpc('ensure_profile')).resolves.toEqual({ id: 1 });
    await expect(rpc('me')).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
  });

  it('never logs a token or a key, whatever happens', async () => {
    const wrongs = [
      event({ token_use: 'id' }),
      event(undefined, `Bearer ${TOKEN} ${TOKEN}`),
      event(),
    ];
    for (const status of [401, 403, 500]) {
      answers.ensure_profile = [status, JSON.stringify({ message: 'no' })];
      for (const wrong of wrongs) await handler(wrong);
    }
    await handler({} as never);
    expect(warn.mock.calls.length).toBe(10);
    expect(JSON.stringify(warn.mock.calls)).not.toMatch(/eyJ|sb_publishable/);
  });

  it('answers 500 to an invalid event, without its message', async () => {
    const response = await handler({} as never);
    expect(response.statusCode).toBe(500);
    expect(body(response)).toEqual({ code: 'INTERNAL', message: 'Something went wrong.' });
  });
});

describe('GET /health', () => {
  it('answers 200 without calling another service', async () => {
    expect(await health()).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' });
    expect(calls).toEqual([]);
  });
});
