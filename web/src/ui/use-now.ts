import { useEffect, useState } from 'react';

/**
 * The current time, updated regularly.
 *
 * @param every - Milliseconds between updates.
 * @returns Milliseconds since the epoch.
 */
export const useNow = (every: number): number => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
};
