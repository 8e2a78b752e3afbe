/** The results of a move: counts, the map of ids, everybody who went, and everybody who did not. */
import { count, number } from '../directory/progress.ts';
import { csvText } from './csv.ts';
import type { Entry } from './journal.ts';
import { inWords } from './meets.ts';
import { addressOf, type Going, type LeftPerson } from './person.ts';

/** Text → how often. */
type Counts = ReadonlyMap<string, number>;

export class Tally {
  readonly left: LeftPerson[];
  /** Everybody who goes, or went in an earlier run, by id. */
  readonly people = new Map<string, Going>();
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

  meets(person: Going): void {
    const words = inWords(person.meets);
    this.#meets.set(words, (this.#meets.get(words) ?? 0) + 1);
    this.people.set(person.id, person);
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

/** Everybody whose rows have moved, too, although something is left to do. */
export const mapText = (entries: Iterable<Entry>): string =>
  csvText([
    ['old_id', 'new_id'],
    ...Array.from(entries).flatMap(({ id, newId, state }) =>
      (state === 'done' || state === 'moved') && newId !== undefined ? [[id, newId]] : [],
    ),
  ]);

export const reportText = (left: readonly LeftPerson[]): string =>
  csvText([
    ['id', 'address', 'reason', 'what_to_do'],
    ...left.map(({ id, address, left: { message, todo } }) => [id, address, message, todo]),
  ]);

export const peopleText = (people: Iterable<Going>): string =>
  csvText([
    ['id', 'address', 'at_the_next_sign_in'],
    ...Array.from(people, (person) => [person.id, addressOf(person), inWords(person.meets)]),
  ]);
