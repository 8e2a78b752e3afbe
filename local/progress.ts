/** Prints the steps of a start with their times, and errors with what to do. */
import { inspect } from 'node:util';
import { inWords, KitError } from '@cognito-supabase/contract/errors';
import { escapedLines } from './printable.ts';
import { inSentence } from './system-errors.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(5)} s`;

/** Runs one step and prints its line when it is done. Steps may overlap. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await run();
  console.log(`  ✓ ${name.padEnd(34)}${seconds(performance.now() - began)}`);
  return result;
}

/** Milliseconds since this process began. */
export const sinceStart = (): number => performance.now();

/** The command in hints that begins anew. */
export const RESET = '`npm start -- --reset`';
let resetCommand = RESET;

/** Sets the command that hints name, because it must name the folder of this start. */
export function nameReset(command: string): void {
  resetCommand = command;
}

/** The message may have text from outside. Its later lines are indented, so that none looks like the hint. */
function knownInWords({ code, message, hint }: KitError): string {
  const indented = message.replaceAll('\n', '\n    ');
  return inWords(new KitError(code, indented, hint)).replaceAll(RESET, resetCommand);
}

/**
 * Prints one line for the error and one for what to do. An unexpected error is printed with its stack. Control
 * characters are escaped.
 */
export function printError(error: unknown): void {
  const known = error instanceof KitError ? (inSentence(error) ?? error) : inSentence(error);
  const unknown = typeof error === 'string' ? error : inspect(error);
  console.error(escapedLines(known ? knownInWords(known) : unknown));
}

/** Prints what `--reset` has deleted. */
export function printDeleted(deleted: readonly string[]): void {
  for (const line of deleted.length > 0 ? deleted : ['there was nothing to delete']) {
    console.log(`  ${line}`);
  }
}
