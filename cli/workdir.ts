/** The option that names the folder of a project. */
import path from 'node:path';
import type { Command } from 'commander';

/** Adds `--workdir`, by default the current folder. */
export const withWorkdir = (command: Command, means = 'the folder that has supabase/'): Command =>
  command.option('--workdir <dir>', means, (dir) => path.resolve(dir), process.cwd());
