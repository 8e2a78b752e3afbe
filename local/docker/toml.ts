/** Sets values in a TOML document. Comments are lost, so it is for generated files. */
import { KitError } from '@cognito-supabase/contract/errors';
import { stringify, type TomlTable } from 'smol-toml';
import { parseConfigToml } from '../config-toml.ts';

/** Table (dotted, '' for the root) → key → value. */
export type TomlValues = Readonly<
  Record<string, Readonly<Record<string, string | number | boolean>>>
>;

/**
 * @returns the document with these values.
 * @throws KitError SETTING_INVALID if it is not TOML, or if a table has the name of a value.
 * @example setValues(text, { '': { project_id: 'mine' }, api: { port: 54321 } })
 */
export function setValues(toml: string, values: TomlValues): string {
  const root = parseConfigToml(toml);
  for (const [name, entries] of Object.entries(values)) {
    let table = root;
    for (const part of name === '' ? [] : name.split('.')) {
      table[part] ??= {};
      if (typeof table[part] !== 'object' || Array.isArray(table[part])) {
        const hint = 'mend supabase/config.toml';
        throw new KitError('SETTING_INVALID', `config.toml: ${name} is not a table`, hint);
      }
      table = table[part] as TomlTable;
    }
    Object.assign(table, entries);
  }
  return stringify(root);
}
