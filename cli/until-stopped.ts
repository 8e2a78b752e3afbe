/** Ends a command that Ctrl-C, or another signal, asks to end. */

/** Ctrl-C and other signals that ask the process to end. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** The exit code of a command that was stopped, as shells count it for Ctrl-C. */
export const STOPPED_EXIT = 130;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that Ctrl-C aborts, and a function that aborts it for another reason. A second Ctrl-C ends
 * the process at once.
 *
 * @throws Stopped if the work ends with the signal's reason.
 */
export async function untilStopped<T>(
  work: (signal: AbortSignal, stop: (reason: Error) => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (reason: Error): void => controller.abort(reason);
  const onSignal = (name: string): void => {
    if (controller.signal.aborted) process.exit(STOPPED_EXIT);
    stop(new Stopped(`stopped by ${name}`));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal, stop);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
