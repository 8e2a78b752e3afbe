/** Runs work at most once at a time. Callers that come meanwhile share the result. */
export interface SingleFlight<T> {
  /** The current run, or null. */
  readonly current: () => Promise<T> | null;
  readonly run: () => Promise<T>;
  /** The current callers still get the result of the run, but new callers do not join it. */
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
