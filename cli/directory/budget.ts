/** How many requests a second all workers together may send. */

export interface Budget {
  /** Resolves when one more request may be sent, in the order of the calls. Rejects after the end. */
  take(): Promise<void>;
  /** Rejects all waiting calls and all later ones. */
  end(reason: Error): void;
}

/**
 * A token bucket that saves up at most one request: the quota is shared with everyone else in the
 * account, so a pause allows no burst afterwards.
 *
 * Slots are counted from the first one and not from the last timer, because timers fire late and would
 * lower the rate.
 *
 * @param rate requests a second.
 */
export function makeBudget(rate: number): Budget {
  const gap = 1000 / rate;
  /** When the next request may go, on the clock of `performance.now()`. */
  let next = Number.NEGATIVE_INFINITY;
  let ended: Error | undefined;
  const waiting = new Set<(reason: Error) => void>();
  return {
    take() {
      if (ended) return Promise.reject(ended);
      const now = performance.now();
      // At most one missed slot is made up for.
      const slot = Math.max(next, now - gap);
      next = slot + gap;
      if (slot <= now) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(refuse);
          resolve();
        }, slot - now);
        const refuse = (reason: Error): void => {
          clearTimeout(timer);
          reject(reason);
        };
        waiting.add(refuse);
      });
    },
    end(reason) {
      ended ??= reason;
      for (const refuse of waiting) refuse(ended);
      waiting.clear();
    },
  };
}
