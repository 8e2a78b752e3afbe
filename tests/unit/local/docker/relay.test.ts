import { request } from 'node:http';
import { type RunningCognito, startCognito } from '@cognito-supabase/local/cognito/server';
import { type RelayOptions, startRelay } from '@cognito-supabase/local/docker/relay';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newDir, removeDir } from '../../../support/stack.ts';

const PORT = 18_000 + (process.pid % 1_500);
const LIST_USERS = 'AWSCognitoIdentityProviderService.ListUsers';
let dir: string;
let cognito: RunningCognito;

beforeAll(async () => {
  dir = await newDir();
  cognito = await startCognito({
    dataDir: dir,
    port: 0,
    region: 'local-1',
    userPoolId: 'local-1_Relay',
    clientId: 'relayclient',
    allowedOrigins: [],
  });
  const input = { UserPoolId: 'local-1_Relay', Username: 'ada@example.com' };
  await cognito.call('AdminCreateUser', { ...input, MessageAction: 'SUPPRESS' });
});
afterAll(async () => {
  await cognito.close();
  await removeDir(dir);
});

const HEADERS = { host: `host.docker.internal:${PORT}`, 'x-amz-target': LIST_USERS };

/** A request of the container, with another host name. */
const call = (
  headers: Record<string, string> = {},
  { method = 'POST', path = '/', body = JSON.stringify({ UserPoolId: 'local-1_Relay' }) } = {},
): Promise<{ status: number | undefined; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        agent: false,
        port: PORT,
        host: '127.0.0.1',
        method,
        path,
        headers: { ...HEADERS, ...headers },
      },
      async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode, text });
      },
    );
    sent.on('error', reject);
    sent.end(method === 'GET' ? undefined : body);
  });

async function withRelay<T>(changes: Partial<RelayOptions>, run: () => Promise<T>): Promise<T> {
  const relay = await startRelay({
    address: '127.0.0.1',
    port: PORT,
    host: 'host.docker.internal',
    ranges: ['127.0.0.0/8'],
    target: cognito.endpoint,
    ...changes,
  });
  try {
    return await run();
  } finally {
    await relay.close();
  }
}

describe('the door for the database container', () => {
  test('lets ListUsers through', async () => {
    const { status, text } = await withRelay({}, () => call());
    expect(status).toBe(200);
    expect(JSON.parse(text).Users).toHaveLength(1);
  });

  test("passes the pool's own errors on", async () => {
    const body = JSON.stringify({ UserPoolId: 'local-1_Other' });
    const { status, text } = await withRelay({}, () => call({}, { body }));
    expect(status).toBe(400);
    expect(JSON.parse(text).__type).toBe('ResourceNotFoundException');
  });

  test('nothing else: no other operation, no mail, no keys', async () => {
    await withRelay({}, async () => {
      for (const operation of ['AdminDeleteUser', 'AdminCreateUser', 'ListUsersInGroup']) {
        const target = `AWSCognitoIdentityProviderService.${operation}`;
        expect((await call({ 'x-amz-target': target })).status, operation).toBe(404);
      }
      for (const path of ['/_local/messages', '/_local/inbox', '/health'])
        expect((await call({}, { method: 'GET', path })).status, path).toBe(404);
    });
  });

  test('refuses other callers, names and pages', async () => {
    await withRelay({ ranges: ['172.18.0.0/16'] }, async () => {
      expect((await call()).status).toBe(403);
    });
    await withRelay({ ranges: [] }, async () => expect((await call()).status).toBe(403));
    await withRelay({}, async () => {
      expect((await call({ host: 'attacker.example' })).status).toBe(421);
      expect((await call({ origin: 'http://localhost:3000' })).status).toBe(403);
    });
  });

  test('accepts small requests only, and answers 502 without the pool', async () => {
    const body = ' '.repeat(20_000);
    expect((await withRelay({}, () => call({}, { body }))).status).toBe(413);
    const gone = { target: 'http://127.0.0.1:1' };
    expect((await withRelay(gone, () => call())).status).toBe(502);
  });

  test('a taken port is named', async () => {
    const second = withRelay({}, () => withRelay({}, async () => {}));
    await expect(second).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(String(PORT)),
    });
  });
});
