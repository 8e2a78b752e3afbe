/** Whether git would take a file that is not for it. */
import { execFile } from 'node:child_process';
import { access, realpath } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from '@cognito-supabase/local/printable';

interface Answer {
  /** 0: git ignores the file. 1: it does not. Undefined: no git. Others: git cannot say. */
  readonly code: number | undefined;
  readonly message: string;
}

const checkIgnore = (folder: string, name: string): Promise<Answer> =>
  new Promise((resolve) => {
    execFile('git', ['-C', folder, 'check-ignore', '--quiet', name], (error, _, message) => {
      const code = error === null ? 0 : error.code;
      resolve({ code: typeof code === 'number' ? code : undefined, message: message.trim() });
    });
  });

/** Whether the folder or one above it is a repository. */
async function isInRepository(folder: string): Promise<boolean> {
  const isThere = await access(path.join(folder, '.git')).then(
    () => true,
    () => false,
  );
  const above = path.dirname(folder);
  return isThere || (above !== folder && isInRepository(above));
}

/**
 * Fails closed: a repository in which git cannot say it counts as one that takes the file.
 *
 * @param file need not be there; its folder has to be
 * @throws KitError BAD_OPTION without the folder; ENV_NOT_IGNORED
 */
export async function checkIgnored(file: string): Promise<void> {
  const [written, name] = [path.dirname(file), path.basename(file)];
  // git does not look behind a link.
  const folder = await realpath(written).catch((cause) => {
    const hint = 'make it, or name another file with --web-env';
    throw new KitError('BAD_OPTION', `there is no folder ${printable(written)}`, hint, { cause });
  });
  const { code, message } = await checkIgnore(folder, name);
  if (code === 0) return;
  if (code === 1)
    throw new KitError(
      'ENV_NOT_IGNORED',
      `git does not ignore ${printable(file)}`,
      `add the line ${printable(name)} to .gitignore, or name another file with --web-env`,
    );
  if (!(await isInRepository(folder))) return;
  throw new KitError(
    'ENV_NOT_IGNORED',
    `git cannot say whether it ignores ${printable(file)} (${printable(message) || 'there is no git'})`,
    'correct what the message says, or name a file outside of the repository with --web-env',
  );
}
