/** An operation of the property test, and how it chooses its subjects. */
import type { Person, Workspace } from './model-rows.ts';
import type { Actor, Answer, World } from './property-world.ts';

export interface Step {
  readonly what: string;
  /**
   * `refused`: an error. A list: exactly these rows, by their first column, come back changed. `either`:
   * only the rows afterwards are compared.
   */
  readonly expected: 'ok' | 'refused' | 'either' | readonly string[];
  readonly call: () => PromiseLike<Answer>;
  readonly done?: (data: Answer['data']) => void | Promise<void>;
}

/** Numbers that were drawn before, so that a seed gives the same run again. */
export class Draw {
  #at = 0;
  readonly #numbers: readonly number[];
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  next(): number {
    const [round, place] = [
      Math.floor(this.#at / this.#numbers.length),
      this.#at % this.#numbers.length,
    ];
    this.#at += 1;
    // Each round gives other numbers. The same ones could draw operations that never apply.
    return (this.#numbers[place] ?? 0) + round * 7919;
  }
  chance = (percent: number): boolean => this.next() % 100 < percent;
  of<T>(items: Iterable<T>): T | undefined {
    const list = [...items];
    return list[this.next() % list.length];
  }
}

/**
 * `n` is the number of the operation, for unique names. Undefined if the operation cannot be done now.
 */
export type Operation = (world: World, actor: Actor, draw: Draw, n: number) => Step | undefined;

/** Operations by name, and how often each is drawn. */
export type Operations = Readonly<Record<string, readonly [weight: number, Operation]>>;

/** The expected result by a rule of the model. */
export const asked = (allowed: unknown): 'ok' | 'refused' => (allowed ? 'ok' : 'refused');

/** Mostly one of the actor's workspaces, sometimes any, sometimes a deleted one. */
export function aWorkspace({ model, nobody }: World, actor: Actor, draw: Draw): Workspace {
  const own = [...model.workspaces].filter((each) => each.members.has(actor.person));
  const some = draw.chance(75) && own.length > 0 ? draw.of(own) : draw.of(model.workspaces);
  return some ?? { id: nobody, name: 'gone', members: new Map() };
}

/** Mostly a member of the workspace. */
export function somebody({ model }: World, workspace: Workspace, draw: Draw): Person {
  const inside = draw.chance(80) && workspace.members.size > 0;
  return draw.of(inside ? workspace.members.keys() : model.people) as Person;
}

export const nameOf = (world: World, person: Person | undefined): string =>
  world.members.find((member) => member.person === person)?.name ?? 'nobody';
