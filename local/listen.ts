/** Listening on one address, and stopping without waiting for idle connections. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KitError } from '@cognito-supabase/contract/errors';

/**
 * @param port 0 takes a free one.
 * @param address this machine's own, so that nobody else can call, unless told otherwise.
 * @param name what is said to be taken.
 * @throws KitError PORT_TAKEN
 */
export async function listen(
  server: Server,
  port: number,
  address = '127.0.0.1',
  name = `port ${port}`,
) {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      const hint = 'choose other ports with --port, or stop what listens there';
      reject(new KitError('PORT_TAKEN', `${name} is taken`, hint, { cause }));
    });
    server.listen(port, address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
