/** Command lines that commander refuses, as errors of the kit. */
import { KitError } from '@cognito-supabase/contract/errors';
import { type Command, CommanderError } from 'commander';

const allOf = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(allOf),
];

const fullName = (command: Command): string =>
  command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();

/** `error: unknown option '--stge'\n(Did you mean --stage?)` → one line without the first word. */
const wordsOf = ({ message }: CommanderError): string =>
  message.replace(/^error: /, '').replaceAll('\n', ' ');

/**
 * Makes a program throw `BAD_OPTION` where it would print and exit. For help and version it throws commander's own error,
 * with the exit code.
 */
export function refusing(program: Command): Command {
  for (const command of allOf(program)) {
    const kind = command.commands.length > 0 ? 'commands' : 'options';
    const hint = `\`npx ${fullName(command)} --help\` lists the ${kind}`;
    command.configureOutput({ outputError: () => undefined }).exitOverride((cause) => {
      if (cause.exitCode === 0 || cause.code === 'commander.help') throw cause;
      throw new KitError('BAD_OPTION', wordsOf(cause), hint, { cause });
    });
  }
  return program;
}

const isMissingOption = ({ cause }: Error): boolean =>
  cause instanceof CommanderError && cause.code === 'commander.missingMandatoryOptionValue';

/**
 * The reason that helps. Commander looks for missing options first, so `--stge dev` is said to lack `--stage`. This
 * function reads the command line a second time without required options, and runs nothing.
 *
 * @param program a new one, because a program keeps what it has read
 */
export async function betterReason(
  refused: unknown,
  program: () => Command,
  args: readonly string[],
): Promise<unknown> {
  if (!(refused instanceof KitError && isMissingOption(refused))) return refused;
  const again = program();
  for (const command of allOf(again)) {
    if (!command.options.some(({ mandatory }) => mandatory)) continue;
    for (const option of command.options) option.mandatory = false;
    command.action(() => undefined);
  }
  return again.parseAsync([...args], { from: 'user' }).then(
    () => refused,
    (error: unknown) => error,
  );
}
