/** Says in the description of a function which code was deployed. `doctor` compares it with the code that runs. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Characters that Lambda allows (API reference, CreateFunction, Description). */
const LONGEST = 256;

/** In this repository below lib/, in the published package below dist/. */
const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { readonly version: string };

/**
 * Adds version and SHA-256 of the code to a description, such as `[cognito-supabase 0.1.0 sha256:…]`. A text that is
 * too long is cut.
 *
 * @param code - the file that the function runs
 */
export function withCodeMark(description: string, code: Uint8Array | string): string {
  const hash = createHash('sha256').update(code).digest('hex');
  const mark = `[cognito-supabase ${version} sha256:${hash}]`;
  const text = description.slice(0, LONGEST - mark.length - 1).trim();
  return `${text} ${mark}`.trim();
}
