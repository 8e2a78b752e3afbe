/**
 * Locks a user out after failed passwords, if the emulator was started so. After the fifth failure it is
 * for a second, and each further failure doubles that, up to 15 minutes.
 *
 * Source: Amazon Cognito developer guide, "Lockout behavior for failed sign-in attempts".
 */
import { notAuthorized } from '../errors.ts';

const FREE_FAILURES = 5;
const MOST = 15 * 60 * 1000;
const MOST_NAMES = 10_000;

interface Failures {
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly last: number;
}

const lockOf = ({ count }: Failures): number =>
  count < FREE_FAILURES ? 0 : Math.min(1000 * 2 ** (count - FREE_FAILURES), MOST);

export class Lockouts {
  readonly #failures = new Map<string, Failures>();
  readonly #on: boolean;

  constructor(on: boolean) {
    this.#on = on;
  }

  /**
   * Runs the check of a password, unless the user is locked out.
   *
   * @param name The username. A name that nobody has is locked out too.
   * @throws CognitoError `NotAuthorizedException`
   */
  guard<T>(name: string, check: () => T | undefined): T {
    if (this.#isLocked(name)) throw notAuthorized('Password attempts exceeded');
    const result = check();
    if (result !== undefined) {
      this.#failures.delete(name);
      return result;
    }
    this.#fail(name);
    throw notAuthorized();
  }

  #isLocked(name: string): boolean {
    const failures = this.#failures.get(name);
    return failures !== undefined && failures.last + lockOf(failures) > Date.now();
  }

  #fail(name: string): void {
    if (!this.#on) return;
    const before = this.#failures.get(name);
    const isOver = before !== undefined && before.last + lockOf(before) + MOST <= Date.now();
    const count = before === undefined || isOver ? 1 : before.count + 1;
    this.#failures.delete(name);
    this.#failures.set(name, { count, last: Date.now() });
    for (const oldest of this.#failures.keys())
      if (this.#failures.size > MOST_NAMES) this.#failures.delete(oldest);
      else break;
  }
}
