/** Suppresses what @supabase/lite prints, and corrects how it handles warnings of the process. */
import { AsyncLocalStorage } from 'node:async_hooks';

const print = console.error;
const quiet = new AsyncLocalStorage<true>();

/**
 * Runs `work` without lite's output. lite prints a stack for every refused row, although the caller gets
 * the error.
 */
export const quietly = <Result>(work: () => Result): Result => quiet.run(true, work);

console.error = (...words) => {
  if (quiet.getStore() === undefined) print(...words);
};

/** Prints one line, also inside `quietly`. */
export const printLine = (line: string): void => print(line);

/**
 * lite filters the warnings of the process and assumes that each is a string. Node emits some as an
 * Error. lite's filter then throws outside of any call, which ends the process. Call this after lite is
 * loaded.
 */
export function mendWarnings(): void {
  const filtered = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (typeof warning === 'string') filtered(warning, ...rest);
    else process.emit('warning', warning);
  }) as typeof process.emitWarning;
}
