/** Values under random names, in memory and for a limited time. They are lost at a restart. */
import { randomBytes } from 'node:crypto';

const MOST = 10_000;

export class Expiring<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly expires: number }>();
  readonly #lifetime: number;

  /** @param lifetime In milliseconds. */
  constructor(lifetime: number) {
    this.#lifetime = lifetime;
  }

  /** Keeps a value and returns its name. Above 10,000 values, the oldest is dropped. */
  add(value: T, name = this.makeName()): string {
    for (const [old, { expires }] of this.#entries)
      if (expires <= Date.now() || this.#entries.size >= MOST) this.#entries.delete(old);
      else break;
    this.#entries.delete(name);
    this.#entries.set(name, { value, expires: Date.now() + this.#lifetime });
    return name;
  }

  makeName(): string {
    return randomBytes(32).toString('base64url');
  }

  get(name: string): T | undefined {
    const entry = this.#entries.get(name);
    return entry !== undefined && entry.expires > Date.now() ? entry.value : undefined;
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }
}
