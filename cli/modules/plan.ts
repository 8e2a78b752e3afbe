/** Plans the files that adding or removing modules writes. It only reads; the command writes. */
import { KitError } from '@cognito-supabase/contract/errors';
import {
  type Kit,
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

interface Comparison {
  /** Files of the kit that the project does not have, under their names in the kit. */
  readonly missing: readonly NewFile[];
  /** Names of copies that somebody has edited. */
  readonly edited: readonly string[];
}

/** Compares the modules, and all that they need, with their copies in the project. */
async function compare(kit: Kit, history: History, names: readonly string[]): Promise<Comparison> {
  const missing: NewFile[] = [];
  const edited: string[] = [];
  for (const module of withNeeds(kit.modules, names)) {
    const copies = history.installed.get(module.name);
    for (const name of module.files) {
      const text = await readMigration(name, kit.dir);
      const copy = copies?.get(name);
      if (copy === undefined) missing.push({ name, text });
      else if (!isSame(copy.text, text)) edited.push(copy.name);
    }
  }
  return { missing, edited };
}

/**
 * The files under the names that they get in the project. They keep the kit's versions where those come
 * after everything that is there; otherwise they get versions after the newest.
 */
function asCopies(files: readonly NewFile[], history: History): NewFile[] {
  let newest = history.newest;
  return files.map(({ name, text }) => {
    const kits = name.slice(0, 14);
    const version = newest === undefined || kits > newest ? kits : after(newest);
    newest = version;
    return { name: `${version}_${copyName(name)}`, text };
  });
}

/**
 * The migrations that are missing for the modules and all that they need.
 *
 * @throws KitError MODULE_UNKNOWN, MODULE_CHANGED
 */
export async function planAdd(
  kit: Kit,
  history: History,
  names: readonly string[],
): Promise<NewFile[]> {
  const { missing, edited } = await compare(kit, history, names);
  if (edited.length > 0) {
    throw new KitError(
      'MODULE_CHANGED',
      `${edited[0]} differs from the migration of this version of the kit`,
      'restore the file, or remove the module and add it again',
    );
  }
  return asCopies(missing, history);
}

export interface Newer {
  readonly files: readonly NewFile[];
  /** Names of copies that somebody has edited. They stay as they are. */
  readonly edited: readonly string[];
}

/** The migrations that the project's modules have in this version of the kit, and the project does not. */
export async function planNewer(kit: Kit, history: History): Promise<Newer> {
  const { missing, edited } = await compare(kit, history, [...history.installed.keys()]);
  return { files: asCopies(missing, history), edited };
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
  { modules, dir }: Kit,
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
    const text = await readRemoval(module.name, dir);
    files.push({ name: `${newest}_${removalName(module)}`, text });
    installed = installed.filter((name) => name !== module.name);
  }
  return files;
}
