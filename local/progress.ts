/** What a start prints: a line a step, with its time, and errors a person can act on. */
import { inWords, KitError } from '@cognito-supabase/contract/errors';
import { inSentence } from './system-errors.ts';

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

/** How hints name the command that begins anew. */
export const RESET = '`npm start -- --reset`';
let resetCommand = RESET;

/** From now on hints name `command`: it must mean the folder of this start, and no other. */
export function nameReset(command: string): void {
  resetCommand = command;
}

/** One line for the error, one for what to do; a stack trace only for what nobody foresaw. */
export function printError(error: unknown): void {
  const known = error instanceof KitError ? (inSentence(error) ?? error) : inSentence(error);
  console.error(known ? inWords(known).replaceAll(RESET, resetCommand) : error);
}

/** Says what `--reset` has deleted, a line each. */
export function printDeleted(deleted: readonly string[]): void {
  for (const line of deleted.length > 0 ? deleted : ['there was nothing to delete']) {
    console.log(`  ${line}`);
  }
}
