/** `init` and `upgrade` on the command line. */
import { Command } from 'commander';
import { withWorkdir } from '../workdir.ts';
import { type ConsentOptions, type InitCommandOptions, init, upgrade } from './command.ts';

type Print = (line: string) => void;

/** Options that write into a project have in common. */
const withConsent = (command: Command): Command =>
  withWorkdir(command, 'the folder that has, or gets, supabase/')
    .option('--yes', 'write without asking; without a terminal nothing is written otherwise')
    .option('--dry-run', 'show what would be written, and write nothing');

/** Without consent the project is not as it was asked for, as `connect` ends with 1. */
const endWith = (isDone: boolean, { dryRun }: ConsentOptions): void => {
  if (!isDone && !dryRun) process.exitCode = 1;
};

export const initCommand = (print: Print): Command =>
  withConsent(new Command('init'))
    .description('adds modules of the kit and the third-party block to a Supabase project')
    .option('--with <modules>', 'modules, with commas between', 'trust')
    .option('--ci', 'a workflow of GitHub that runs the tests of the policies')
    .addHelpText('after', '\nExample: npx cognito-supabase init --with trust,directory --yes')
    .action(async (options: InitCommandOptions, command: Command) => {
      const namesWorkdir = command.getOptionValueSource('workdir') === 'cli';
      endWith(await init({ ...options, namesWorkdir }, print), options);
    });

export const upgradeCommand = (print: Print): Command =>
  withConsent(new Command('upgrade'))
    .description('adds newer migrations of the modules that the project has')
    .action(async (options: ConsentOptions) => endWith(await upgrade(options, print), options));
