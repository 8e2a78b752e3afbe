/** Reads command-line arguments. What Node refuses becomes a KitError. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { KitError } from './errors.ts';

/**
 * @param help the command that lists the options, for the hint of an error.
 * @throws KitError BAD_OPTION if an option is unknown, or wrongly has or lacks a value.
 */
export function readArguments<T extends ParseArgsConfig>(
  help: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    // Node's message continues with advice about parseArgs itself.
    const message = (cause as Error).message.split('. To specify')[0] ?? 'unknown option';
    throw new KitError('BAD_OPTION', message, `\`${help}\` lists the options`, { cause });
  }
}
