/** Faults of a service, by a seeded generator: the same seed gives the same faults in the same order. */
import { makeRandom } from './fake-users.ts';

/**
 * `refuse`: too many requests. `fail`: a server error, before anything is done. `drop`: the connection ends before
 * anything is done. `lose`: the connection ends when everything is done.
 */
export type FaultKind = 'refuse' | 'fail' | 'drop' | 'lose';

/** Shares of all requests, from 0 to 1. */
export type Odds = Readonly<Partial<Record<FaultKind, number>>>;

export interface Faults {
  next(): FaultKind | undefined;
  /** How often each has happened. */
  readonly counts: ReadonlyMap<FaultKind, number>;
}

export function makeFaults(seed: number, odds: Odds): Faults {
  const random = makeRandom(seed);
  const counts = new Map<FaultKind, number>();
  return {
    counts,
    next: () => {
      let draw = random();
      for (const [kind, share] of Object.entries(odds) as [FaultKind, number][]) {
        if (draw < share) {
          counts.set(kind, (counts.get(kind) ?? 0) + 1);
          return kind;
        }
        draw -= share;
      }
      return undefined;
    },
  };
}
