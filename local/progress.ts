/** What a start prints: a line a step, with its time, and errors a person can act on. */
import { inWords, KitError } from '@cognito-supabase/contract/errors';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(5)} s`;

/** Runs one step and prints its line when it is done. Steps may overlap. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await run();
  console.log(`  ✓ ${name.padEnd(34)}${seconds(performance.now() - began)}`);
  return result;
}

/** Since this process began, imports included, in milliseconds. */
export const sinceStart = (): number => performance.now();

/** One line for the error, one for what to do; a stack trace only for what nobody foresaw. */
export function printError(error: unknown): void {
  console.error(error instanceof KitError ? inWords(error) : error);
}
