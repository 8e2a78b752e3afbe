/** Plans the files that adding or removing modules writes. It only reads; the command writes. */
import { KitError } from '@cognito-supabase/contract/errors';
import {
  type Manifest,
  type Module,
  readMigration,
  readRemoval,
  withNeeds,
} from '@cognito-supabase/local/modules';
import { after, copyName, type History, removalName } from './history.ts';

export interface NewFile {
  readonly name: string;
  readonly text: string;
}

/** Line ends may differ: git on Windows changes them. */
const isSame = (one: string, other: string): boolean =>
  one.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n');

const last = (one: string | undefined, other: string): string =>
  one !== undefined && one > other ? one : other;

/** Files of a module that are missing in the project. */
async function missingFiles(module: Module, history: History): Promise<NewFile[]> {
  const own = history.installed.get(module.name);
  const files: NewFile[] = [];
  for (const name of module.files) {
    const text = await readMigration(name);
    const copy = own?.get(name);
    if (copy === undefined) files.push({ name, text });
    else if (!isSame(copy.text, text)) {
      throw new KitError(
        'MODULE_CHANGED',
        `${copy.name} differs from the migration of this version of the kit`,
        'restore the file, or remove the module and add it again',
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
    return { name: `${version}_${copyName(name)}`, text };
  });
}

function checkRemovable(modules: readonly Module[], installed: readonly string[], name: string) {
  if (!installed.includes(name)) {
    const hint = `it has ${installed.join(', ') || 'none'}`;
    throw new KitError('MODULE_MISSING', `the project does not have the module ${name}`, hint);
  }
  const users = modules.filter((m) => m.needs.includes(name) && installed.includes(m.name));
  if (users.length > 0) {
    const others = users.map((user) => user.name).join(', ');
    const hint = `remove ${others} first, or in the same command`;
    throw new KitError('MODULE_IN_USE', `the module ${name} is needed by ${others}`, hint);
  }
}

/**
 * The migrations that remove modules from the database, a module before those that it needs.
 *
 * @param now the version for the first of them, unless the project has a newer one.
 * @throws KitError MODULE_UNKNOWN, MODULE_IN_USE, MODULE_MISSING
 */
export async function planRemove(
  { modules }: Manifest,
  history: History,
  names: readonly string[],
  now: string,
): Promise<NewFile[]> {
  const wanted = withNeeds(modules, names).filter(({ name }) => names.includes(name));
  let installed = [...history.installed.keys()];
  let newest = history.newest;
  const files: NewFile[] = [];
  for (const module of wanted.toReversed()) {
    checkRemovable(modules, installed, module.name);
    newest = last(newest && after(newest), now);
    files.push({ name: `${newest}_${removalName(module)}`, text: await readRemoval(module.name) });
    installed = installed.filter((name) => name !== module.name);
  }
  return files;
}
