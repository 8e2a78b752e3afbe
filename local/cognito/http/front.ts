/** The ports: bound before the pool is open, and closed once the answers under way are out. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../../listen.ts';
import type { Certificate } from './certificate.ts';
import type { Listener } from './listener.ts';

/** How long a stop waits for answers that are under way, in ms. */
const GRACE = 2000;

export interface Front {
  readonly port: number;
  /** Of HTTPS, if it was asked for. */
  readonly httpsPort?: number | undefined;
  /** Says who answers. What came before waits until then. */
  answer(listener: Listener): void;
  close(): Promise<void>;
}

/** A second port, for clients that speak HTTPS only. */
export interface SecurePort extends Certificate {
  readonly port: number;
}

/** @throws KitError `PORT_TAKEN` */
export async function openFront(wanted: number, secure?: SecurePort): Promise<Front> {
  const ready = Promise.withResolvers<Listener>();
  const busy = new Set<ServerResponse>();
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    busy.add(response);
    response.once('close', () => busy.delete(response));
    void ready.promise.then((answer) => answer(request, response));
  };
  const plain = await listen(createServer(receive), wanted);
  // Loaded only if it is asked for.
  const https = secure && (await import('node:https'));
  const second =
    secure &&
    https &&
    (await listen(https.createServer(secure, receive), secure.port).catch(
      async (error: unknown) => {
        await plain.close();
        throw error;
      },
    ));
  return {
    port: plain.port,
    httpsPort: second?.port,
    answer: ready.resolve,
    close: async () => {
      await settled(busy);
      await Promise.all([plain.close(), second?.close()]);
    },
  };
}

/** Resolves when every answer has been sent, or the grace is over. */
async function settled(busy: ReadonlySet<ServerResponse>): Promise<void> {
  if (busy.size === 0) return;
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([
    Promise.allSettled(Array.from(busy, (response) => once(response, 'close', { signal }))),
    delay(GRACE, undefined, { signal }).catch(() => undefined),
  ]);
  over.abort();
}
