import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';

/** Counts the problems of the page: only the newest is shown, the others are of the past. */
let count = 0;
const listeners = new Set<() => void>();

const subscribe = (onChange: () => void) => {
  listeners.add(onChange);
  return () => listeners.delete(onChange);
};

/**
 * A problem to show, which goes when a newer one comes, wherever on the page.
 *
 * @returns The problem, or null where there is none or a newer one elsewhere; and how to set it.
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
    // What goes wrong on a page that was left is not news for the next one.
    if (!here.current) return;
    if (problem !== null) count += 1;
    setOwn({ problem, at: count });
    for (const listener of listeners) listener();
  }, []);
  return [own.at === newest ? own.problem : null, set];
};
