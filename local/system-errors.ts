/** Turns errors of the operating system into sentences with what to do. All commands use this table. */
import { type ErrorCode, KitError } from '@cognito-supabase/contract/errors';

interface Sentence {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
}

const FULL: Sentence = {
  code: 'DISK_FULL',
  what: 'no space is left on the disk',
  hint: 'make room, or keep the data elsewhere with --dir; existing data is untouched',
};
const OTHER_DIR = 'choose another folder with --dir';
const NOT_WRITABLE: Sentence = {
  code: 'DATA_DIR_FOREIGN_OWNER',
  what: 'this user may not write there',
  hint: `start as the owner of the folder, or ${OTHER_DIR}`,
};
const NOT_A_FOLDER: Sentence = {
  code: 'DATA_DIR_NOT_A_FOLDER',
  what: 'a file has the name where a folder should be',
  hint: `move it away, or ${OTHER_DIR}`,
};
const TOO_MANY: Sentence = {
  code: 'START_FAILED',
  what: 'this user has too many files open',
  hint: 'raise the limit (`ulimit -n`), or end other programs',
};

const SENTENCES: ReadonlyMap<string, Sentence> = new Map([
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  [
    'EROFS',
    {
      code: 'DATA_DIR_READ_ONLY',
      what: 'the file system there is read-only',
      hint: OTHER_DIR,
    },
  ],
  ['EACCES', NOT_WRITABLE],
  ['EPERM', NOT_WRITABLE],
  ['ENOTDIR', NOT_A_FOLDER],
  ['EEXIST', NOT_A_FOLDER],
  ['EISDIR', { ...NOT_A_FOLDER, what: 'a folder has the name where a file should be' }],
  ['ELOOP', { ...NOT_A_FOLDER, what: 'the links there lead in a circle' }],
  ['ENAMETOOLONG', { ...NOT_A_FOLDER, what: 'the name is too long' }],
  ['EMFILE', TOO_MANY],
  ['ENFILE', TOO_MANY],
]);

/** Messages about a full disk from Postgres, initdb and the Supabase CLI. */
const FULL_IN_WORDS = /no space left on device|disk quota exceeded|could not extend file/i;

/**
 * The sentence for an error of the operating system, or of a program that reports one.
 *
 * @returns undefined if it is not such an error, or not a known one.
 */
export function inSentence(error: unknown): KitError | undefined {
  if (!(error instanceof Error)) return undefined;
  const {
    code = '',
    path: from,
    dest: file = from,
  } = error as NodeJS.ErrnoException & { dest?: string };
  const isFull = code === '53100' || FULL_IN_WORDS.test(error.message);
  const sentence = isFull ? FULL : SENTENCES.get(code);
  if (!sentence) return undefined;
  const where = file === undefined ? '' : `${file}: `;
  return new KitError(sentence.code, `${where}${sentence.what}`, sentence.hint, { cause: error });
}
