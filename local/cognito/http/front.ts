/** The port: bound before the pool is open, and closed once the answers under way are out. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../../listen.ts';
import type { Listener } from './listener.ts';

/** How long a stop waits for answers that are under way, in ms. */
const GRACE = 2000;

export interface Front {
  readonly port: number;
  /** Says who answers. What came before waits until then. */
  answer(listener: Listener): void;
  close(): Promise<void>;
}

/** @throws KitError `PORT_TAKEN` */
export async function openFront(wanted: number): Promise<Front> {
  const ready = Promise.withResolvers<Listener>();
  const busy = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    busy.add(response);
    response.once('close', () => busy.delete(response));
    void ready.promise.then((answer) => answer(request, response));
  });
  const { port, close } = await listen(server, wanted);
  return {
    port,
    answer: ready.resolve,
    close: async () => {
      await settled(busy);
      await close();
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
