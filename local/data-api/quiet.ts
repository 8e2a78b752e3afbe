/** What @supabase/lite prints, and what it does to the warnings of the process, put right. */
import { AsyncLocalStorage } from 'node:async_hooks';

const print = console.error;
const quiet = new AsyncLocalStorage<true>();

/**
 * Runs `work` without what lite prints meanwhile: every refused row with a stack, though the caller
 * gets the error anyway.
 */
export const quietly = <Result>(work: () => Result): Result => quiet.run(true, work);

console.error = (...words) => {
  if (quiet.getStore() === undefined) print(...words);
};

/** One line in the terminal, also from inside of `quietly`. */
export const printLine = (line: string): void => print(line);

/**
 * lite filters the warnings of the process and takes each for a string. Node gives some as an Error:
 * lite's filter then throws in the middle of nowhere, which ends the process. Call it after lite is
 * loaded.
 */
export function mendWarnings(): void {
  const filtered = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (typeof warning === 'string') filtered(warning, ...rest);
    else process.emit('warning', warning);
  }) as typeof process.emitWarning;
}
