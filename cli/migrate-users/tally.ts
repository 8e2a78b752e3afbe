/** The results of a move: counts, the map of ids, and the report of everybody who did not go. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { writeWhole } from '@cognito-supabase/local/files';
import { count, number } from '../directory/progress.ts';
import { csvText } from './csv.ts';
import type { Entry } from './journal.ts';
import type { Going, LeftPerson } from './person.ts';

/** Text → how often. */
type Counts = ReadonlyMap<string, number>;

export class Tally {
  readonly left: LeftPerson[];
  readonly #arrived = new Map<string, number>();
  readonly #meets = new Map<string, number>();

  /** @param left everybody who does not go in the first place. */
  constructor(left: readonly LeftPerson[]) {
    this.left = [...left];
  }

  arrive(person: Going, how: string): void {
    this.#arrived.set(how, (this.#arrived.get(how) ?? 0) + 1);
    this.meets(person);
  }

  meets({ meets }: Going): void {
    this.#meets.set(meets, (this.#meets.get(meets) ?? 0) + 1);
  }

  /** The lines of the summary. */
  lines(): readonly string[] {
    const reasons = new Map<string, number>();
    for (const { left } of this.left)
      reasons.set(left.message, (reasons.get(left.message) ?? 0) + 1);
    return [
      ...(this.#arrived.size > 0 ? ['went:', ...linesOf(this.#arrived)] : []),
      ...(this.#meets.size > 0
        ? ['what they meet at the next sign-in:', ...linesOf(this.#meets)]
        : []),
      ...(this.left.length > 0
        ? [`${count(this.left.length, 'user')} did not go:`, ...linesOf(reasons)]
        : []),
    ];
  }
}

/** A reason can name somebody, so there may be as many as people. */
const MOST_LINES = 15;

function linesOf(counts: Counts): readonly string[] {
  const all = [...counts].sort(([, a], [, b]) => b - a);
  const lines = all.slice(0, MOST_LINES).map(([text, n]) => `  ${number(n).padStart(9)}  ${text}`);
  return all.length > MOST_LINES ? [...lines, '             and other reasons'] : lines;
}

export const mapText = (entries: Iterable<Entry>): string =>
  csvText([
    ['old_id', 'new_id'],
    ...Array.from(entries).flatMap(({ id, newId, state }) =>
      state === 'done' && newId !== undefined ? [[id, newId]] : [],
    ),
  ]);

export const reportText = (left: readonly LeftPerson[]): string =>
  csvText([
    ['id', 'address', 'reason', 'what_to_do'],
    ...left.map(({ id, address, left: { message, todo } }) => [id, address, message, todo]),
  ]);

/** For the owner alone: a report has addresses. @throws KitError BAD_OPTION */
export async function writeResult(file: string, text: string, option: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeWhole(file, text);
  } catch (cause) {
    throw new KitError(
      'BAD_OPTION',
      `${file} cannot be written (${(cause as NodeJS.ErrnoException).code})`,
      `name another file: ${option} FILE`,
      { cause },
    );
  }
}
