/** Listening on one address, and stopping without waiting for anybody who is connected. */
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
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
  // Also those that were upgraded: the server itself forgets them.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
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
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
