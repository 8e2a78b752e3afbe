/** The guard of local servers, without a server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  BodyTooLargeError,
  corsHeaders,
  type GuardPolicy,
  guardNodeRequest,
  guardRequest,
  localHosts,
  readBody,
} from '../../../local/http-guard.ts';

const POLICY: GuardPolicy = { hosts: localHosts(9229), origins: ['http://localhost:5173'] };
const HOST = '127.0.0.1:9229';
const guard = (headers: Record<string, string>, remote?: string) =>
  guardRequest({ method: 'GET', headers, remote }, POLICY)?.status;

describe('guardRequest', () => {
  test.each([HOST, 'localhost:9229', 'LocalHost:9229'])('lets the host %s through', (host) => {
    expect(guard({ host })).toBeUndefined();
  });

  test.each(['', 'localhost', '127.0.0.1', '127.0.0.1:80', 'evil.example:9229', `${HOST}.evil`])(
    'refuses the host "%s"',
    (host) => expect(guard({ host })).toBe(421),
  );

  test('refuses a request without a host', () => expect(guard({})).toBe(421));

  test('accepts the named origin, and programs without an Origin', () => {
    expect(guard({ host: HOST, origin: 'http://localhost:5173' })).toBeUndefined();
    expect(guard({ host: HOST })).toBeUndefined();
  });

  test.each([
    'null',
    '',
    'http://localhost',
    'http://LOCALHOST:5173',
    'http://localhost:5173/',
    'http://localhost:5173.evil.example',
    'https://localhost:5173',
    `http://${HOST}`,
  ])('refuses the origin "%s"', (origin) => expect(guard({ host: HOST, origin })).toBe(403));

  test.each([
    ['127.0.0.1', undefined],
    ['127.1.2.3', undefined],
    ['::1', undefined],
    ['::ffff:127.0.0.1', undefined],
    ['192.168.1.2', 403],
    ['::ffff:10.0.0.1', 403],
    ['127.0.0.1.evil', 403],
    ['', 403],
  ])('judges the peer %s', (remote, status) => expect(guard({ host: HOST }, remote)).toBe(status));

  test('refuses embeds by a foreign site, and accepts navigation', () => {
    const foreign = { host: HOST, 'sec-fetch-site': 'cross-site' };
    expect(guard({ ...foreign, 'sec-fetch-mode': 'no-cors' })).toBe(403);
    const frame = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    expect(guard({ ...foreign, ...frame })).toBe(403);
    const visit = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(guard({ ...foreign, ...visit })).toBeUndefined();
    expect(guard({ host: HOST, 'sec-fetch-site': 'same-origin' })).toBeUndefined();
  });

  test('reads the headers of fetch too', () => {
    const headers = new Headers({ host: HOST, origin: 'https://evil.example' });
    expect(guardRequest({ method: 'GET', headers }, POLICY)?.status).toBe(403);
    expect(guardRequest({ method: 'GET', headers: new Headers({ host: HOST }) }, POLICY)).toBe(
      undefined,
    );
  });
});

describe('corsHeaders', () => {
  test('name the allowed origin and echo the requested headers', () => {
    const origin = 'http://localhost:5173';
    expect(
      corsHeaders({ origin, 'access-control-request-headers': 'apikey, prefer' }, POLICY),
    ).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-headers': 'apikey, prefer',
      vary: expect.stringContaining('Origin'),
    });
  });

  test('echo no line breaks', () => {
    const origin = 'http://localhost:5173';
    const headers = { origin, 'access-control-request-headers': 'a\r\nset-cookie: b' };
    expect(corsHeaders(headers, POLICY)['access-control-allow-headers']).toBe('aset-cookie b');
  });

  test.each([undefined, 'https://evil.example'])('tell %s nothing', (origin) => {
    expect(corsHeaders(origin ? { origin } : {}, POLICY)).toEqual({ vary: 'Origin' });
  });
});

describe('over node:http', () => {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    if (guardNodeRequest(request, response, { ...POLICY, hosts: localHosts(port) })) return;
    readBody(request, 10).then(
      (body) => response.end(body),
      (error: unknown) => {
        response.writeHead(error instanceof BodyTooLargeError ? error.status : 500);
        response.end();
      },
    );
  });
  const open = () =>
    new Promise<string>((resolve) => {
      server.listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      );
    });
  afterEach(() => new Promise((resolve) => void server.close(resolve).closeAllConnections()));

  test('answers, refuses and caps', async () => {
    const url = await open();
    const send = (body: string | ReadableStream, headers: Record<string, string> = {}) =>
      fetch(url, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    expect(await (await send('0123456789')).text()).toBe('0123456789');
    expect((await send('0123456789x')).status).toBe(413);
    const stream = new Blob(['0123456789', '0123456789']).stream();
    expect((await send(stream)).status).toBe(413);
    const refused = await send('', { origin: 'https://evil.example' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({ message: expect.any(String) });
    const origin = 'http://localhost:5173';
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    const allowed = await send('x', { origin });
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
  });
});
