/** The version of this command. */
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';

/** Source and package have their package.json at different depths. */
export async function ownVersion(): Promise<string> {
  const file = findPackageJSON('.', import.meta.url) ?? '';
  return String(JSON.parse(await readFile(file, 'utf8')).version);
}
