/** Ports near each other, all free: web, Data API, Postgres, Cognito, and the HTTP API of functions/. */
import { createServer } from 'node:net';
import { KitError } from '@cognito-supabase/contract/errors';

/** `supabase start` also uses 54321 and 54322 for Data API and Postgres. */
const DEFAULT_BASE = 54_320;
const STEP = 10;
const TRIES = 50;

export interface Ports {
  readonly web: number;
  readonly api: number;
  readonly db: number;
  readonly cognito: number;
  readonly http: number;
}

const inARow = (base: number): Ports => ({
  web: base,
  api: base + 1,
  db: base + 2,
  cognito: base + 3,
  // The three between are for Docker (docker/project.ts).
  http: base + 7,
});

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

async function firstTaken(ports: Ports): Promise<[string, number] | undefined> {
  for (const entry of Object.entries(ports)) {
    if (!(await isFree(entry[1]))) return entry;
  }
  return undefined;
}

/**
 * @param asked first port; 0 takes any free ones, undefined takes the usual ones or the next free ones.
 * @param last first port of the previous start, so that addresses stay the same.
 * @throws KitError PORT_TAKEN if a port that was asked for is not free.
 */
export async function choosePorts(asked: number | undefined, last?: number): Promise<Ports> {
  if (asked) {
    const ports = inARow(asked);
    const taken = await firstTaken(ports);
    if (!taken) return ports;
    throw new KitError(
      'PORT_TAKEN',
      `port ${taken[1]} (${taken[0]}) is taken`,
      'choose another --port, leave it out to take the next free ones, or stop what listens there',
    );
  }
  // Below the range that systems use for outgoing connections.
  const from =
    asked === 0 ? 20_000 + STEP * Math.floor(Math.random() * 1_200) : (last ?? DEFAULT_BASE);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const ports = inARow(from + attempt * STEP);
    if (!(await firstTaken(ports))) return ports;
  }
  throw new KitError('PORT_TAKEN', `no free ports from ${from} on`, 'choose a --port');
}
