/** Opens what the caller has named. What cannot be opened is kept with its reason, and the rest is looked at. */
import { KitError } from '@cognito-supabase/contract/errors';
import type { Access, Unusable } from './check.ts';

/** What happened, and what to do. */
export const reasonOf = (error: unknown): string =>
  error instanceof KitError ? `${error.message}; ${error.hint}` : (error as Error).message;

export interface Named {
  /** The option, or the variable of the environment. */
  readonly name: string;
  readonly accesses: readonly Access[];
}

export class Attempts {
  readonly unusable: Unusable[] = [];

  refuse(named: Named, reason: string): void {
    this.unusable.push({ ...named, reason });
  }

  /** @returns undefined if it cannot be opened */
  async open<T>(named: Named, work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.refuse(named, reasonOf(error));
      return undefined;
    }
  }
}
