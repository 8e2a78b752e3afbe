/** Listening on this machine only, and stopping without waiting for idle connections. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KitError } from '@cognito-supabase/contract/errors';

/**
 * @param port 0 takes a free one.
 * @throws KitError PORT_TAKEN
 */
export async function listen(server: Server, port: number) {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      const hint = 'choose other ports with --port, or stop what listens there';
      reject(new KitError('PORT_TAKEN', `port ${port} is taken`, hint, { cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
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
