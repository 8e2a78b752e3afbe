/** Only programs of this machine and the web app may call the stack, with bodies of limited size. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { beforeEach, describe, expect, test } from 'vitest';
import { EMBEDDED_ONLY, isEmbedded } from '../support/embedded.ts';
import { stackEnv } from '../support/stack.ts';

const embedded = await isEmbedded();

const servers = () => {
  const { SUPABASE_URL, COGNITO_ENDPOINT, WEB_URL, API_URL } = stackEnv();
  return {
    'Data API': `${SUPABASE_URL}/rest/v1/notes`,
    Cognito: `${COGNITO_ENDPOINT}/_local/messages`,
    'web app': `${WEB_URL}/`,
    'HTTP API': `${API_URL}/health`,
  };
};

/** fetch() writes Host itself; a rebinding page does not. */
function send(
  url: string,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<{ status: number; headers: Record<string, unknown> }> {
  const { SUPABASE_PUBLISHABLE_KEY: apikey } = stackEnv();
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { method: body ? 'POST' : 'GET', headers: { apikey, ...headers } },
      (response) => {
        response.resume();
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

describe.each(['Data API', 'Cognito', 'web app', 'HTTP API'] as const)('%s', (name) => {
  beforeEach(({ skip }) => skip(name === 'Data API' && !embedded, EMBEDDED_ONLY));

  test('refuses a foreign Host (DNS rebinding)', async () => {
    expect((await send(servers()[name], { host: 'attacker.example' })).status).toBe(421);
  });

  test('refuses a foreign Origin and names none it would take', async () => {
    for (const origin of ['https://attacker.example', 'null', 'http://localhost:1']) {
      const answer = await send(servers()[name], { origin });
      expect(answer.status).toBe(403);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('takes no page of http://localhost:PORT for its own: on [::1] it is another process', async () => {
    const { port } = new URL(stackEnv().WEB_URL);
    const answer = await send(servers()[name], { origin: `http://localhost:${port}` });
    expect(answer.status).toBe(403);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('answers its own web app', async () => {
    const origin = stackEnv().WEB_URL;
    const answer = await send(servers()[name], { origin });
    expect(answer.status).not.toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
  });

  test('listens on 127.0.0.1 and nowhere else', async () => {
    const { port } = new URL(servers()[name]);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map(({ address }) => address)
      .filter((address) => address !== '127.0.0.1');
    for (const host of others) await expect(canConnect(host, Number(port))).resolves.toBe(false);
  });
});

test.each(['/', '/a?b=c', '//attacker.example/'])(
  'who opens the web app as localhost (%s) is sent to its one address',
  async (path) => {
    const { WEB_URL } = stackEnv();
    const answer = await send(WEB_URL + path, { host: `localhost:${new URL(WEB_URL).port}` });
    expect([answer.status, answer.headers.location]).toEqual([307, WEB_URL + path]);
  },
);

const canConnect = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

describe('bodies', () => {
  const large = Buffer.alloc(1024 * 1024 + 1, ' ');

  test('over 1 MB are refused with 413', async ({ skip }) => {
    skip(!embedded, EMBEDDED_ONLY);
    const { SUPABASE_URL, COGNITO_ENDPOINT } = stackEnv();
    const json = { 'content-type': 'application/json', connection: 'close' };
    for (const url of [`${SUPABASE_URL}/rest/v1/notes`, `${COGNITO_ENDPOINT}/`]) {
      const answer = await send(url, json, large).catch((error) => error);
      // The server may close before the whole body is sent, which the client sees as a reset.
      expect(answer.status ?? answer.code).toSatisfy(
        (it: unknown) => it === 413 || it === 'ECONNRESET' || it === 'EPIPE',
      );
    }
  });

  test('Postgres listens on 127.0.0.1 and asks for a password', async () => {
    const { default: pg } = await import('pg');
    const url = new URL(stackEnv().SUPABASE_DB_URL);
    url.password = 'wrong';
    const client = new pg.Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  test('only /rest/v1 is there, not what the library has beside it', async ({ skip }) => {
    skip(!embedded, EMBEDDED_ONLY);
    const { SUPABASE_URL, SUPABASE_SECRET_KEY: apikey } = stackEnv();
    for (const path of [
      '/_system/info',
      '/_system',
      '/auth/v1/settings',
      '/storage/v1/bucket',
      '/',
    ]) {
      expect((await fetch(SUPABASE_URL + path, { headers: { apikey } })).status, path).toBe(404);
    }
  });
});
