/** Work that runs at most once at a time: who asks meanwhile shares the answer. */
export interface SingleFlight<T> {
  /** The flight under way, or null. */
  readonly current: () => Promise<T> | null;
  readonly run: () => Promise<T>;
  /** Lets the flight land for those who wait for it, but lets nobody else join it. */
  readonly forget: () => void;
}

export const singleFlight = <T>(work: () => Promise<T>): SingleFlight<T> => {
  let flight: Promise<T> | null = null;
  return {
    current: () => flight,
    run: () => {
      if (flight) return flight;
      const mine = work().finally(() => {
        if (flight === mine) flight = null;
      });
      flight = mine;
      return mine;
    },
    forget: () => {
      flight = null;
    },
  };
};
