/** Sets values in a TOML document. Comments are lost, so it is for generated files. */
import { KitError } from '@cognito-supabase/contract/errors';
import { parse, stringify, type TomlTable } from 'smol-toml';

/** Table (dotted, '' for the root) → key → value. */
export type TomlValues = Readonly<
  Record<string, Readonly<Record<string, string | number | boolean>>>
>;

function read(toml: string): TomlTable {
  try {
    return parse(toml);
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0];
    throw new KitError('SETTING_INVALID', `config.toml: ${reason}`, 'mend supabase/config.toml', {
      cause,
    });
  }
}

/**
 * @returns the document with these values.
 * @throws KitError SETTING_INVALID if it is not TOML, or if a table has the name of a value.
 * @example setValues(text, { '': { project_id: 'mine' }, api: { port: 54321 } })
 */
export function setValues(toml: string, values: TomlValues): string {
  const root = read(toml);
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
