/**
 * Shares the database connections among callers. Otherwise slow requests of one person would hold all of
 * them. The hosted platform has no such limit, only more connections.
 */
export interface FairShareOptions {
  /** Requests of one caller at once. The rest wait in the order of their arrival. */
  readonly atOnce: number;
  /** Requests of one caller that may wait. */
  readonly waiting: number;
}

interface Caller {
  running: number;
  readonly queue: (() => void)[];
}

/** Too many requests of this caller are waiting. Answer with 429. */
export class TooManyRequestsError extends Error {
  override readonly name = 'TooManyRequestsError';
}

export class FairShare {
  readonly #options: FairShareOptions;
  readonly #callers = new Map<string, Caller>();

  constructor(options: FairShareOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` when it is the caller's turn.
   *
   * @throws TooManyRequestsError at once if too many wait.
   */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const caller = this.#callers.get(name) ?? { running: 0, queue: [] };
    this.#callers.set(name, caller);
    if (caller.running < this.#options.atOnce) caller.running += 1;
    else if (caller.queue.length < this.#options.waiting) {
      // A request that ends passes its slot to this one, so `running` stays the same.
      await new Promise<void>((resolve) => caller.queue.push(resolve));
    } else {
      throw new TooManyRequestsError(
        `${this.#options.atOnce} requests of this caller run, and ${this.#options.waiting} wait`,
      );
    }
    try {
      return await work();
    } finally {
      const next = caller.queue.shift();
      if (next) next();
      else {
        caller.running -= 1;
        if (caller.running === 0) this.#callers.delete(name);
      }
    }
  }
}
