import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';

/** Counts the problems of the page, because only the newest is shown. */
let count = 0;
const listeners = new Set<() => void>();

const subscribe = (onChange: () => void) => {
  listeners.add(onChange);
  return () => listeners.delete(onChange);
};

/**
 * A problem to show. It disappears when a newer one appears anywhere on the page.
 *
 * @returns The problem, or null if there is none or a newer one elsewhere; and a function to set it.
 */
export const useProblem = <Problem>(
  initial: Problem | null = null,
): readonly [Problem | null, (problem: Problem | null) => void] => {
  const [own, setOwn] = useState(() => ({ problem: initial, at: count }));
  const newest = useSyncExternalStore(subscribe, () => count);
  const here = useRef(false);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const set = useCallback((problem: Problem | null) => {
    // A problem of a page that was left is not shown on the next one.
    if (!here.current) return;
    if (problem !== null) count += 1;
    setOwn({ problem, at: count });
    for (const listener of listeners) listener();
  }, []);
  return [own.at === newest ? own.problem : null, set];
};
