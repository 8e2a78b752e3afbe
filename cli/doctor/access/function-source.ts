/** The source of an Edge Function, as far as it says whether the function verifies a token itself. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Files of one function that are read, and bytes of each. */
const MOST_FILES = 50;
const LONGEST_FILE = 1_000_000;

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx)$/;

/** The kit's own verifier, settings of a user pool, and the libraries that verify a token by keys of an issuer. */
const VERIFIES =
  /\bverifiedToken\b|\bCOGNITO_[A-Z]|cognito-idp|aws-jwt-verify|\bjwtVerify\b|createRemoteJWKSet|jwks\.json/;

/** Files beside that a file imports by a relative path. */
const importsIn = (text: string, file: string): readonly string[] =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g)].map(
    ([, name = '']) => path.resolve(path.dirname(file), name),
  );

/** '' for what is no file, is missing, or is too long. */
async function textOf(file: string): Promise<string> {
  try {
    const about = await stat(file);
    return about.isFile() && about.size <= LONGEST_FILE ? await readFile(file, 'utf8') : '';
  } catch {
    return '';
  }
}

/**
 * Whether the function's files name a verifier. Files of supabase/functions that they import count, too. So does a name in
 * a comment, so this is no proof.
 *
 * @param folder supabase/functions
 */
export async function verifiesTokens(folder: string, name: string): Promise<boolean> {
  const own = path.join(folder, name);
  const entries = await readdir(own).catch(() => []);
  const queue = entries.filter((entry) => SOURCE.test(entry)).map((entry) => path.join(own, entry));
  const seen = new Set(queue);
  while (queue.length > 0 && seen.size <= MOST_FILES) {
    const file = queue.shift() ?? '';
    const text = await textOf(file);
    if (VERIFIES.test(text)) return true;
    const more = importsIn(text, file).filter((one) => one.startsWith(folder + path.sep));
    for (const one of more) {
      if (!seen.has(one)) queue.push(one);
      seen.add(one);
    }
  }
  return false;
}
