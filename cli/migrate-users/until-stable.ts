/**
 * Reads a list again until it is whole. Pages shift when people are added or deleted during a walk, and then a page can
 * skip somebody.
 */

/** A list that never settles is used as it is. The next run takes the rest. */
const MOST_PASSES = 8;

export interface Listed {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface Pass {
  /** How many there are, as the service says. @default - it says nothing */
  readonly total?: number;
}

export interface ReadList<T> {
  readonly people: ReadonlyMap<string, T>;
  readonly passes: number;
  /** False if the list kept changing. */
  readonly isWhole: boolean;
}

/**
 * Two passes at least. The last one has found nobody who had been there before the first, and not fewer than there are.
 *
 * @param pass reads the whole list once, and gives each person to `add`.
 */
export async function readUntilStable<T>(
  pass: (add: (person: T) => void) => Promise<Pass>,
  about: (person: T) => Listed,
): Promise<ReadList<T>> {
  const people = new Map<string, T>();
  const began = Date.now();
  for (let passes = 1; ; passes += 1) {
    let missed = 0;
    const { total = 0 } = await pass((person) => {
      const { id, createdAt } = about(person);
      if (!people.has(id) && createdAt < began) missed += 1;
      // The later answer is the newer one.
      people.set(id, person);
    });
    const isWhole = passes > 1 && missed === 0 && people.size >= total;
    if (isWhole || passes === MOST_PASSES) return { people, passes, isWhole };
  }
}
