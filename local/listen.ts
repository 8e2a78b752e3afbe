/** Listens on one address, and stops without waiting for open connections. */
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { KitError } from '@cognito-supabase/contract/errors';

/**
 * @param port 0 takes a free port.
 * @param address default 127.0.0.1, so that only this machine can connect.
 * @param name the port's name in the error.
 * @throws KitError PORT_TAKEN
 */
export async function listen(
  server: Server,
  port: number,
  address = '127.0.0.1',
  name = `port ${port}`,
) {
  // Also upgraded sockets, which the server itself does not track.
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
