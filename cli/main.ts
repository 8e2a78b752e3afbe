#!/usr/bin/env node
/** The binary `cognito-supabase`. */
import path from 'node:path';
import { printError } from '@cognito-supabase/local/progress';
import { Command } from 'commander';
import { devCommand } from './dev.ts';
import { type ConsentOptions, type InitCommandOptions, init, upgrade } from './init/command.ts';
import { main as modules } from './modules/command.ts';

const print = (line: string): void => console.log(line);

/** Options that write into a project have in common. */
const withConsent = (command: Command): Command =>
  command
    .option(
      '--workdir <dir>',
      'the folder that has, or gets, supabase/',
      (dir) => path.resolve(dir),
      process.cwd(),
    )
    .option('--yes', 'write without asking')
    .option('--dry-run', 'show what would be written, and write nothing');

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
  program
    .command('modules')
    .description('lists, adds and removes modules: modules --help')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]')
    .action(async (options: readonly string[]) => {
      process.exitCode = await modules(options, print);
    });
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
