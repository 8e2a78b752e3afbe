/** Where stacks keep data, keys and stack.env. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder of the stack that `dev` starts for a project. It is not in the project: development servers answer requests
 * for any file there.
 */
export function dataDirOf(workdir: string): string {
  const state = process.env.XDG_STATE_HOME || path.join(homedir(), '.local', 'state');
  const hash = createHash('sha256').update(workdir).digest('hex').slice(0, 8);
  return path.join(state, 'cognito-supabase', `${path.basename(workdir)}-${hash}`);
}

/** A folder of a stack as `--stack [dir]` gives it. True is the stack of the project. */
export const stackDirOf = (written: string | true, workdir: string): string =>
  written === true ? runningDirOf(workdir) : path.resolve(written);

/** The folder of the stack that runs for a project: of `dev`, or else of `npm start` in a checkout of the kit. */
export function runningDirOf(workdir: string): string {
  const dir = dataDirOf(workdir);
  return existsSync(path.join(dir, 'stack.env')) ? dir : path.join(workdir, '.local');
}
