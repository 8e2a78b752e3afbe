#!/usr/bin/env node
/** The program `cognito-supabase`. The package runs it by bin.mjs. */
import addCompletion from '@bomb.sh/tab/commander';
import { printError } from '@cognito-supabase/local/progress';
import { Command, CommanderError } from 'commander';
import { connectCommand, disconnectCommand } from './connect/command.ts';
import { testCommand, typesCommand } from './database-commands.ts';
import { devCommand } from './dev.ts';
import { doctorCommand } from './doctor/command.ts';
import { ownVersion } from './doctor/own-version.ts';
import { initCommand, upgradeCommand } from './init/commands.ts';
import { migrateUsersCommand } from './migrate-users/command.ts';
import { main as modules } from './modules/command.ts';
import { betterReason, refusing } from './refusals.ts';
import { tokenCommand } from './token/command.ts';

const print = (line: string): void => console.log(line);

const VERSION = await ownVersion();

const COMPLETION = `
The script completes the word cognito-supabase, and runs it by that name. So the command has to be in PATH: install it
with npm install --global, or add node_modules/.bin of a project. In bash it needs the package bash-completion.

Example, in bash:
  export PATH="$PWD/node_modules/.bin:$PATH"
  source <(cognito-supabase completion bash)`;

/** Commands that read their options themselves. Their code is loaded when they run. */
const OWN_OPTIONS = [
  {
    name: 'modules',
    does: 'lists, adds and removes modules',
    run: (options: readonly string[]) => modules(options, print),
  },
  {
    name: 'attach',
    does: 'sets the pre-token trigger on a pool that there is',
    run: async (options: readonly string[]) => {
      const { main: attach } = await import('./trigger/command.ts');
      return attach('attach', options);
    },
  },
  {
    name: 'detach',
    does: 'removes the trigger from the pool again',
    run: async (options: readonly string[]) => {
      const { main: detach } = await import('./trigger/command.ts');
      return detach('detach', options);
    },
  },
  {
    name: 'directory',
    does: 'copies the user pool into cognito.directory',
    run: async (options: readonly string[]) => {
      const { main: directory } = await import('./directory/command.ts');
      await directory(options);
      return Number(process.exitCode ?? 0);
    },
  },
];

/** Made anew for each call, because commander keeps what it has parsed. */
export function makeProgram(): Command {
  const program = new Command('cognito-supabase')
    .description('Makes Amazon Cognito and Supabase work as one.')
    .version(VERSION, '--version', 'the version of this command')
    // So `attach --version V3_0` is an option of attach.
    .enablePositionalOptions();
  program.addCommand(initCommand(print));
  program.addCommand(upgradeCommand(print));
  program.addCommand(devCommand());
  program.addCommand(connectCommand());
  program.addCommand(disconnectCommand());
  program.addCommand(tokenCommand());
  program.addCommand(migrateUsersCommand());
  program.addCommand(doctorCommand());
  program.addCommand(typesCommand());
  program.addCommand(testCommand());
  for (const one of OWN_OPTIONS)
    program
      .command(one.name)
      .description(`${one.does}: ${one.name} --help`)
      .helpOption(false)
      .allowUnknownOption()
      .argument('[options...]')
      .action(async (options: readonly string[]) => {
        process.exitCode = await one.run(options);
      });
  addCompletion(program, { completionCommandName: 'completion' });
  program.commands.find((one) => one.name() === 'completion')?.addHelpText('after', COMPLETION);
  return refusing(program);
}

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    printError(await betterReason(error, makeProgram, args));
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
