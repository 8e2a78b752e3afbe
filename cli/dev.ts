/** `cognito-supabase dev`: the stack for a project, with the settings of its `cognito-supabase.config.ts`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { StartOptions, WrittenOptions } from '@cognito-supabase/local/options';
import { Command } from 'commander';
import { init } from './init/command.ts';
import { lacksModules } from './modules/command.ts';
import { dataDirOf } from './stack-dir.ts';
import { withWorkdir } from './workdir.ts';

interface DevOptions extends WrittenOptions {
  readonly workdir: string;
  /** Modules for a project that has no supabase/ yet, with commas between. */
  readonly with: string;
  readonly yes?: boolean;
}

/** The addresses of the development servers of Vite and Next.js. */
const USUAL_ORIGINS = ['http://localhost:5173', 'http://localhost:3000'];

const EXAMPLES = `
Examples:
  npx cognito-supabase dev                                  the stack alone
  npx cognito-supabase dev -- npm run dev                   and the app, which gets the addresses
  npx cognito-supabase dev --with profiles --yes -- npm run dev   in a project without supabase/

The app gets SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, COGNITO_USER_POOL_ID, COGNITO_CLIENT_ID, COGNITO_ENDPOINT and the
other public settings in its environment, also with VITE_ and NEXT_PUBLIC_ before the name.
People, groups, machines and ports of the project can be in cognito-supabase.config.ts.`;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** A project gets modules from `init` or `modules add`, and never by the way. */
async function noteMissing(workdir: string, modules: string): Promise<void> {
  if (!(await lacksModules(workdir, modules))) return;
  const add = `npx cognito-supabase modules add ${modules.split(',').join(' ')}`;
  console.log(
    `note: this project has supabase/ already, so --with ${modules} adds nothing\n  → \`${add}\` adds it`,
  );
}

async function start(
  app: readonly string[],
  { with: modules, yes = false, ...written }: DevOptions,
  command: Command,
): Promise<void> {
  const { workdir } = written;
  const isGiven = (option: string): boolean => command.getOptionValueSource(option) === 'cli';
  if (!existsSync(path.join(workdir, 'supabase/config.toml'))) {
    console.log('this project has no supabase/config.toml yet, so init comes first');
    const namesWorkdir = isGiven('workdir');
    const wanted = { workdir, with: modules, yes, namesWorkdir, next: 'The stack applies them.' };
    const isWritten = await init(wanted, (line) => console.log(line));
    if (!isWritten) {
      process.exitCode = 1;
      return;
    }
  } else if (isGiven('with')) await noteMissing(workdir, modules);
  // Loaded here, because the other commands need nothing of the stack.
  const [{ run }, { toOptions }, { loadProjectConfig }] = await Promise.all([
    import('@cognito-supabase/local/start'),
    import('@cognito-supabase/local/options'),
    import('@cognito-supabase/local/project-config'),
  ]);
  const config = await loadProjectConfig(workdir);
  const project = { ...config, origins: config.origins ?? USUAL_ORIGINS };
  const readOptions = (): StartOptions =>
    toOptions(written, {
      command: 'npx cognito-supabase dev',
      dir: dataDirOf(workdir),
      workdir: process.cwd(),
      project,
    });
  await run(readOptions, app);
}

export const devCommand = (): Command =>
  withWorkdir(new Command('dev'))
    .description('runs Postgres, Data API and a user pool for a project, and the app beside them')
    .argument('[app...]', 'after --: a program to run beside the stack, which ends with it')
    .option(
      '--dir <dir>',
      'where data, keys and stack.env are kept (default: a folder of yours for this project)',
    )
    .option('--port <port>', 'first of eight ports in a row; 0 takes any free ones')
    .option('--origin <url>', 'a web app that may call the stack; can be repeated', collect)
    .option(
      '--watch',
      'applies migrations when they are saved; a changed one makes the database anew',
    )
    .option(
      '--types <file>',
      'writes the types of schema public at the start and after each migration',
    )
    .option('--reset', 'begins anew: deletes data, keys and users')
    .option('--with <modules>', 'modules for a project without supabase/', 'trust')
    .option('--yes', 'writes them without asking')
    .addHelpText('after', EXAMPLES)
    .action(start);
