/** Checks that ask the same of several things. */
import { CouldNotSee, type Found } from '../check.ts';

export interface Each<T> {
  readonly nameOf: (item: T) => string;
  readonly problemsOf: (item: T) => Promise<readonly Found[]>;
  /** What was found before. @default - nothing */
  readonly found?: readonly Found[];
}

/**
 * A thing that cannot be seen does not hide what was found in the others.
 *
 * @throws CouldNotSee with what was found
 */
export async function ofEach<T>(items: Iterable<T>, each: Each<T>): Promise<readonly Found[]> {
  const found = [...(each.found ?? [])];
  const unseen: string[] = [];
  for (const item of items) {
    try {
      found.push(...(await each.problemsOf(item)));
    } catch (error) {
      if (error instanceof CouldNotSee) found.push(...error.found);
      unseen.push(`${each.nameOf(item)}: ${(error as Error).message}`);
    }
  }
  if (unseen.length > 0) throw new CouldNotSee(unseen.join('; '), found);
  return found;
}
