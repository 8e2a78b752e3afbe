/** Processes that were started with `detached: true`, each in a group of its own with all that it starts. */
import type { ChildProcess } from 'node:child_process';

/** Sends a signal to the process and all that it has started. */
export function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // All have ended.
  }
}
