import { useCallback, useEffect, useRef, useState } from 'react';

/** After this time the page tells that it takes long, in milliseconds. */
export const SLOW_AFTER = 5_000;
/** After this time the request is aborted, in milliseconds. */
export const GIVE_UP_AFTER = 30_000;

/** A request without an answer yet. */
export interface Waiting {
  readonly pending: boolean;
  /** It takes longer than usual. */
  readonly slow: boolean;
  /**
   * Waits for `work`, at most 30 seconds.
   *
   * @param work - Gets a signal for its requests. Work that ignores the signal continues, but its result
   *   is not used.
   * @throws The error of `work`, or a DOMException named TimeoutError or AbortError.
   */
  readonly run: <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>;
  readonly cancel: () => void;
}

const rejectsWith = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

export const useWaiting = (): Waiting => {
  const [state, setState] = useState<'idle' | 'pending' | 'slow'>('idle');
  const stop = useRef<AbortController | null>(null);

  // A component that is removed aborts its request.
  useEffect(() => () => stop.current?.abort(), []);

  const run = useCallback<Waiting['run']>(async (work) => {
    const own = new AbortController();
    stop.current = own;
    setState('pending');
    const slow = setTimeout(() => setState('slow'), SLOW_AFTER);
    const late = setTimeout(() => {
      own.abort(new DOMException('No answer in time', 'TimeoutError'));
    }, GIVE_UP_AFTER);
    try {
      return await Promise.race([work(own.signal), rejectsWith(own.signal)]);
    } finally {
      clearTimeout(slow);
      clearTimeout(late);
      if (stop.current === own) {
        stop.current = null;
        setState('idle');
      }
    }
  }, []);

  const cancel = useCallback(() => {
    stop.current?.abort(new DOMException('Cancelled', 'AbortError'));
  }, []);

  return { pending: state !== 'idle', slow: state === 'slow', run, cancel };
};
