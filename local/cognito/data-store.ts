/**
 * Where the emulator keeps its records: one JSON file and a journal beside it.
 *
 * It stands in for cognito-local's StormDB, which rewrites the whole file in place at every change:
 * a kill in the middle leaves half a file, and ten thousand users make each sign-in write megabytes.
 * Here a change is one line appended to the journal. The journal is folded into the JSON file at
 * start, and when it has grown, by writing a new file and renaming it. Replaying a journal twice
 * gives the same records, so a kill between the rename and the emptying of the journal does no harm;
 * a line that was cut off by a kill was never answered, and is dropped.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from 'cognito-local/lib/services/context.js';
import type { DataStore } from 'cognito-local/lib/services/dataStore/dataStore.js';
import type { DataStoreFactory } from 'cognito-local/lib/services/dataStore/factory.js';
import { readIfThere, unreadable, writeWhole } from './files.ts';

type Key = string | readonly string[];
type Dictionary = Record<string, unknown>;

/** A journal larger than this, and than the JSON file itself, is folded into the file. */
const FOLD_BYTES = 4 * 1024 * 1024;

/** Names come from callers: without a prototype, `__proto__` is a name like any other. */
const dictionary = (source: object = {}): Dictionary =>
  Object.assign(Object.create(null) as Dictionary, source);

const isObject = (value: unknown): value is Dictionary =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DATES = new Set([
  'UserCreateDate',
  'UserLastModifiedDate',
  'CreationDate',
  'LastModifiedDate',
]);

const reviveDates = (name: string, value: unknown): unknown =>
  DATES.has(name) && typeof value === 'string' ? new Date(value) : value;

const path = (key: Key): readonly string[] => (typeof key === 'string' ? [key] : key);

/** Sets or, without a value, deletes what is at a path of one or two names. */
function apply(root: Dictionary, key: Key, value: unknown): void {
  const [section = '', name] = path(key);
  if (name === undefined) {
    root[section] = isObject(value) ? dictionary(value) : value;
    return;
  }
  root[section] ??= dictionary();
  const records = root[section] as Dictionary;
  if (value === undefined) delete records[name];
  else records[name] = value;
}

async function readSnapshot(file: string): Promise<Dictionary | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text, reviveDates);
    if (!isObject(parsed)) throw new TypeError('not a JSON object');
    const root = dictionary();
    for (const [section, value] of Object.entries(parsed)) apply(root, section, value);
    return root;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** Replays a journal. Only its last line may be cut off. */
function replay(root: Dictionary, journal: string, file: string): void {
  const lines = journal.split('\n');
  lines.pop();
  for (const [index, line] of lines.entries()) {
    try {
      const { k, v } = JSON.parse(line, reviveDates) as { k: string[]; v?: unknown };
      apply(root, k, v);
    } catch (cause) {
      if (index < lines.length - 1) throw unreadable(file, cause);
    }
  }
}

/** One JSON file with its journal, as cognito-local's services want a store. */
export class JsonStore implements DataStore {
  readonly #file: string;
  readonly #root: Dictionary;
  readonly #journal: FileHandle;
  readonly #pending: string[] = [];
  #journalBytes = 0;
  #fileBytes = 0;
  #scheduled = false;
  #tail: Promise<void> = Promise.resolve();

  private constructor(file: string, root: Dictionary, journal: FileHandle) {
    this.#file = file;
    this.#root = root;
    this.#journal = journal;
  }

  /** @throws KitError `DATA_DIR_UNREADABLE` where the file or its journal is damaged. */
  static async open(file: string, defaults: object = {}): Promise<JsonStore> {
    const journalFile = file.replace(/\.json$/, '.journal');
    const journal = (await readIfThere(journalFile)) ?? '';
    const root = await readSnapshot(file);
    if (root === undefined && journal !== '') throw unreadable(file);
    const records = root ?? dictionary(defaults);
    replay(records, journal, journalFile);
    const store = new JsonStore(file, records, await open(journalFile, 'a', 0o600));
    if (root === undefined || journal !== '') await store.#fold();
    return store;
  }

  getRoot<T>(_ctx?: Context): Promise<T | null> {
    return Promise.resolve(this.#root as T);
  }

  get<T>(_ctx: Context, key: string | string[]): Promise<T | null>;
  get<T>(_ctx: Context, key: string | string[], defaultValue: T): Promise<T>;
  get<T>(_ctx: Context, key: string | string[], defaultValue?: T): Promise<T | null> {
    return Promise.resolve(this.read<T>(key) ?? defaultValue ?? null);
  }

  /** Changes the record in memory at once; `flushed` tells when it lasts. */
  set<T>(_ctx: Context, key: string | string[], value: T): Promise<void> {
    this.write(key, value);
    return Promise.resolve();
  }

  delete(_ctx: Context, key: string | string[]): Promise<void> {
    this.write(key, undefined);
    return Promise.resolve();
  }

  read<T>(key: Key): T | undefined {
    const [section = '', name] = path(key);
    const value = this.#root[section];
    if (name === undefined) return value as T | undefined;
    return isObject(value) ? (value[name] as T | undefined) : undefined;
  }

  write(key: Key, value: unknown): void {
    apply(this.#root, key, value);
    this.#pending.push(`${JSON.stringify({ k: path(key), v: value })}\n`);
  }

  /**
   * Resolves when everything set so far is on disk. Requests that wait at the same time share one
   * write. After a failed write it rejects for good: memory and disk no longer agree.
   */
  flushed(): Promise<void> {
    if (this.#pending.length > 0 && !this.#scheduled) {
      this.#scheduled = true;
      this.#tail = this.#tail.then(() => {
        this.#scheduled = false;
        return this.#append();
      });
    }
    return this.#tail;
  }

  async close(): Promise<void> {
    try {
      await this.flushed();
    } finally {
      await this.#journal.close();
    }
  }

  async #append(): Promise<void> {
    const lines = Buffer.from(this.#pending.splice(0).join(''));
    await this.#journal.appendFile(lines);
    await this.#journal.datasync();
    this.#journalBytes += lines.length;
    if (this.#journalBytes > Math.max(FOLD_BYTES, this.#fileBytes)) await this.#fold();
  }

  async #fold(): Promise<void> {
    const text = JSON.stringify(this.#root);
    await writeWhole(this.#file, text);
    await this.#journal.truncate(0);
    this.#fileBytes = text.length;
    this.#journalBytes = 0;
  }
}

/** Opens stores below one folder and waits for, or closes, all of them together. */
export class JsonStoreFactory implements DataStoreFactory {
  readonly #root: string;
  readonly #stores = new Set<JsonStore>();

  constructor(root: string) {
    this.#root = root;
  }

  /** A folder that only the owner may enter. */
  async makeFolder(name: string): Promise<string> {
    const folder = join(this.#root, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** What cognito-local asks for: a pool, or the list of clients. */
  async create(_ctx: Context, id: string, defaults: object): Promise<JsonStore> {
    return this.open(await this.makeFolder('pools'), id, defaults);
  }

  async open(folder: string, id: string, defaults: object = {}): Promise<JsonStore> {
    const store = await JsonStore.open(join(folder, `${id}.json`), defaults);
    this.#stores.add(store);
    return store;
  }

  async flushed(): Promise<void> {
    await Promise.all(Array.from(this.#stores, (store) => store.flushed()));
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#stores, (store) => store.close()));
  }
}
