/** Connections that do not come about: each ends, with an error that says what to do and shows no secret. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openByUrl } from '../../../../cli/hosted/database.ts';

/** A server that accepts and never answers. */
const server = createServer((socket) => {
  sockets.add(socket);
  received.push('connection');
});
const sockets = new Set<Socket>();
const received: string[] = [];
beforeEach(async () => {
  received.length = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

const port = (): number => (server.address() as AddressInfo).port;

test('a server that never answers: the connection ends', async () => {
  const url = `postgresql://postgres:sesame-open@127.0.0.1:${port()}/postgres`;
  await expect(openByUrl(url, 50)).rejects.toMatchObject({
    code: 'DATABASE_FAILED',
    message: expect.stringContaining('timeout'),
  });
  expect(received).toHaveLength(1);
});

test('a server that a parameter names gets nothing', async () => {
  for (const host of ['localhost', ''])
    await expect(
      openByUrl(`postgresql://${host}/postgres?host=127.0.0.1&port=${port()}`, 50),
    ).rejects.toMatchObject({ code: 'SETTING_INVALID' });
  expect(received).toEqual([]);
});

test.each([
  ['a file that is not there', 'sslrootcert=/not/there.crt'],
  ['a setting that pg refuses', 'sslnegotiation=other'],
])('%s is an error with a hint', async (_, query) => {
  const url = `postgresql://postgres:sesame-open@127.0.0.1:${port()}/postgres?${query}`;
  const error = await openByUrl(url, 50).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'SETTING_INVALID', hint: expect.any(String) });
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('sesame');
});
