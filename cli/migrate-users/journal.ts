/**
 * The journal of a move: a line for each person and state, appended and synced. A run that was killed is continued from
 * it. It has ids and no addresses. A line without its end is of a run that was killed, and does not count.
 */
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { readIfThere } from '@cognito-supabase/local/files';
import { z } from 'zod';
import { fileError } from './private-file.ts';

const ENTRY = z.object({
  /** The old id. */
  id: z.string(),
  /**
   * `creating`: a request to make the user may have been sent. `created`: there is a user with the new id. `moving`:
   * the rows may have moved. `moved`: they have. `done`: nothing is left to do.
   */
  state: z.enum(['creating', 'created', 'moving', 'moved', 'done']),
  /** When requests to make the user were begun, in milliseconds since the epoch. Only in `creating`. */
  began: z.array(z.number()).optional(),
  newId: z.string().optional(),
  /** In the pool. */
  username: z.string().optional(),
  /** Whether this move has made the user. */
  own: z.boolean().optional(),
  /** Of a user whom this move has found in the pool. */
  status: z.string().optional(),
  /** Whether the rows have moved, too. */
  withRows: z.boolean().optional(),
});
export type Entry = Readonly<z.infer<typeof ENTRY>>;

const HEAD = z.object({ version: z.literal(1), move: z.string() });

const unreadable = (file: string, what: string, hint: string, cause?: unknown): KitError =>
  new KitError('JOURNAL_UNREADABLE', `${file} ${what}`, hint, { cause });

function parseLine<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

interface Content {
  readonly entries: Map<string, Entry>;
  /** Bytes up to the end of the last whole line. */
  readonly whole: number;
}

/** @throws KitError JOURNAL_UNREADABLE */
async function readContent(file: string, move: string): Promise<Content> {
  const text = (await readIfThere(file)) ?? '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries = new Map<string, Entry>();
  const [head, ...lines] = whole.split('\n').slice(0, -1);
  if (head === undefined) return { entries, whole: 0 };
  const begun = parseLine(HEAD, head);
  if (begun === undefined)
    throw unreadable(file, 'is no journal of migrate-users', 'name another file: --state FILE');
  if (begun.move !== move)
    throw unreadable(file, `is of another move: ${begun.move}`, 'name another file: --state FILE');
  for (const [at, line] of lines.entries()) {
    const entry = parseLine(ENTRY, line);
    if (entry === undefined)
      throw unreadable(
        file,
        `is damaged in line ${at + 2}`,
        'delete that line: the person is then looked up again',
      );
    entries.set(entry.id, entry);
  }
  return { entries, whole: Buffer.byteLength(whole) };
}

/** What earlier runs have done. Writes nothing. */
export const readJournal = async (
  file: string,
  move: string,
): Promise<ReadonlyMap<string, Entry>> => (await readContent(file, move)).entries;

const writeError = (file: string, cause: unknown): KitError => {
  const error = fileError(file, cause, 'name another: --state FILE');
  return error.code === 'DISK_FULL'
    ? error
    : new KitError('JOURNAL_UNREADABLE', error.message, error.hint, { cause });
};

interface Waiting {
  readonly line: string;
  resolve(): void;
  reject(reason: unknown): void;
}

export class Journal {
  readonly #handle: Awaited<ReturnType<typeof open>>;
  readonly #file: string;
  readonly #entries: Map<string, Entry>;
  #waiting: Waiting[] = [];
  #failure: KitError | undefined;
  #writing: Promise<void> | undefined;

  private constructor(
    handle: Awaited<ReturnType<typeof open>>,
    file: string,
    entries: Map<string, Entry>,
  ) {
    this.#handle = handle;
    this.#file = file;
    this.#entries = entries;
  }

  /**
   * The caller has the lock of the file (run-lock.ts).
   *
   * @param move from where to where. A journal is of one move.
   * @throws KitError JOURNAL_UNREADABLE, DISK_FULL
   */
  static async open(file: string, move: string): Promise<Journal> {
    const { entries, whole } = await readContent(file, move);
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      const handle = await open(file, 'a', 0o600);
      try {
        await handle.truncate(whole);
        if (whole === 0) await handle.appendFile(`${JSON.stringify({ version: 1, move })}\n`);
      } catch (error) {
        await handle.close();
        throw error;
      }
      return new Journal(handle, file, entries);
    } catch (error) {
      throw writeError(file, error);
    }
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /**
   * Resolves when the line is on the disk. Lines that arrive during a sync share the next one. After a failure nothing more
   * is written: the disk may have half a line, which only the end of a journal may have.
   *
   * @throws KitError DISK_FULL, JOURNAL_UNREADABLE
   */
  write(entry: Entry): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#entries.set(entry.id, entry);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#handle.appendFile(batch.map(({ line }) => line).join(''));
        await this.#handle.datasync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#failure = writeError(this.#file, error);
        for (const { reject } of [...batch, ...this.#waiting]) reject(this.#failure);
        this.#waiting = [];
      }
    }
    this.#writing = undefined;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }
}
