/** Which files adding or removing modules writes. Reads; the command writes. */
import { KitError } from '@cognito-supabase/contract/errors';
import {
  type Manifest,
  type Module,
  readMigration,
  readRemoval,
  withNeeds,
} from '@cognito-supabase/local/modules';
import { after, type History, removalName, restOf } from './history.ts';

export interface NewFile {
  readonly name: string;
  readonly text: string;
}

/** Line ends may differ: git on Windows changes them. */
const isSame = (one: string, other: string): boolean =>
  one.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n');

const last = (one: string | undefined, other: string): string =>
  one !== undefined && one > other ? one : other;

/** Files of a module that the project does not have. */
async function missingFiles(module: Module, history: History): Promise<NewFile[]> {
  const own = history.installed.get(module.name) ?? [];
  const files: NewFile[] = [];
  for (const name of module.files) {
    const text = await readMigration(name);
    const copy = own.find(({ rest }) => rest === restOf(name));
    if (copy === undefined) files.push({ name, text });
    else if (!isSame(copy.text, text)) {
      throw new KitError(
        'MODULE_CHANGED',
        `${copy.version}_${copy.rest} is not what this version of the kit has under that name`,
        'bring the file back to what it was, or remove the module and add it again',
      );
    }
  }
  return files;
}

/**
 * The migrations that are missing for the modules and all that they need. They keep the kit's versions
 * where those come after everything that is there; otherwise they get versions after the newest.
 *
 * @throws KitError MODULE_UNKNOWN, MODULE_CHANGED
 */
export async function planAdd(
  { modules }: Manifest,
  history: History,
  names: readonly string[],
): Promise<NewFile[]> {
  const lists: NewFile[][] = [];
  for (const module of withNeeds(modules, names)) lists.push(await missingFiles(module, history));
  let newest = history.newest;
  return lists.flat().map(({ name, text }) => {
    const kits = name.slice(0, 14);
    const version = newest === undefined || kits > newest ? kits : after(newest);
    newest = version;
    return { name: `${version}_${restOf(name)}`, text };
  });
}

/**
 * The migration that takes a module out of the database again.
 *
 * @throws KitError MODULE_UNKNOWN, MODULE_IN_USE, MODULE_MISSING
 */
export async function planRemove(
  { modules }: Manifest,
  history: History,
  name: string,
  now: string,
): Promise<NewFile> {
  const module = withNeeds(modules, [name]).at(-1) as Module;
  if (!history.installed.has(name)) {
    throw new KitError(
      'MODULE_MISSING',
      `the project does not have the module ${name}`,
      `it has ${[...history.installed.keys()].join(', ') || 'none'}`,
    );
  }
  const users = modules.filter((m) => m.needs.includes(name) && history.installed.has(m.name));
  if (users.length > 0) {
    const others = users.map((user) => user.name).join(', ');
    const hint = `remove ${others} first`;
    throw new KitError('MODULE_IN_USE', `the module ${name} is needed by ${others}`, hint);
  }
  const version = last(history.newest && after(history.newest), now);
  return { name: `${version}_${removalName(module)}`, text: await readRemoval(name) };
}
