#!/usr/bin/env node
/** The binary `cognito-supabase`. */
import addCompletion from '@bomb.sh/tab/commander';
import { printError } from '@cognito-supabase/local/progress';
import { Command } from 'commander';
import { connectCommand, disconnectCommand } from './connect/command.ts';
import { testCommand, typesCommand } from './database-commands.ts';
import { devCommand } from './dev.ts';
import { doctorCommand } from './doctor/command.ts';
import { type ConsentOptions, type InitCommandOptions, init, upgrade } from './init/command.ts';
import { migrateUsersCommand } from './migrate-users/command.ts';
import { main as modules } from './modules/command.ts';
import { tokenCommand } from './token/command.ts';
import { withWorkdir } from './workdir.ts';

const print = (line: string): void => console.log(line);

/** Options that write into a project have in common. */
const withConsent = (command: Command): Command =>
  withWorkdir(command, 'the folder that has, or gets, supabase/')
    .option('--yes', 'write without asking')
    .option('--dry-run', 'show what would be written, and write nothing');

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
    .showHelpAfterError();
  withConsent(program.command('init'))
    .description('adds modules of the kit and the third-party block to a Supabase project')
    .option('--with <modules>', 'modules, with commas between', 'trust')
    .option('--ci', 'a workflow of GitHub that runs the tests of the policies')
    .addHelpText('after', '\nExample: npx cognito-supabase init --with trust,directory --yes')
    .action(async (options: InitCommandOptions) => void (await init(options, print)));
  withConsent(program.command('upgrade'))
    .description('adds newer migrations of the modules that the project has')
    .action(async (options: ConsentOptions) => void (await upgrade(options, print)));
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
  return program;
}

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    printError(error);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
