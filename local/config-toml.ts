/** Reads supabase/config.toml, and says where it is wrong. */
import path from 'node:path';
import { type ErrorCode, KitError } from '@cognito-supabase/contract/errors';
import { parse, TomlError, type TomlTable } from 'smol-toml';
import { readIfThere } from './files.ts';

const NAME = 'supabase/config.toml';

/**
 * What is wrong with a TOML document, in one line: `line 3, column 9: invalid value`. It has no text of the document,
 * which may contain secrets.
 */
export function tomlFault(error: unknown): string {
  if (!(error instanceof TomlError)) return 'it cannot be read';
  const [reason = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
  return `line ${error.line}, column ${error.column}: ${reason}`;
}

/**
 * Parses the text of supabase/config.toml.
 *
 * @param code of the error. @default - SETTING_INVALID
 * @throws KitError with line and column, if it is no TOML
 */
export function parseConfigToml(text: string, code: ErrorCode = 'SETTING_INVALID'): TomlTable {
  try {
    return parse(text);
  } catch (cause) {
    const hint = 'correct the file, and run it again';
    throw new KitError(code, `${NAME}: ${tomlFault(cause)}`, hint, { cause });
  }
}

/**
 * Checks supabase/config.toml of a project before anything is started. A project without the file passes.
 *
 * @param workdir the folder that holds supabase/.
 * @throws KitError SETTING_INVALID, FILE_UNREADABLE
 */
export async function checkConfigToml(workdir: string): Promise<void> {
  const text = await readIfThere(path.join(workdir, NAME));
  if (text !== undefined) parseConfigToml(text);
}
