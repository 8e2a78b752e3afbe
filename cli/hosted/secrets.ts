/** The secrets of one run, so that no line and no error shows one. */

/** Shorter texts are not replaced: they would be found in ordinary words. */
const SHORTEST = 6;

export class Secrets {
  readonly #values = new Set<string>();

  /** Adds a value that must not be shown. */
  add(value: string | undefined): void {
    if (value === undefined || value.length < SHORTEST) return;
    this.#values.add(value);
    this.#values.add(encodeURIComponent(value));
  }

  /** The text with `…` in place of each secret. */
  hide(text: string): string {
    let hidden = text;
    // The longest first, because one secret may be a part of another.
    for (const value of [...this.#values].toSorted((a, b) => b.length - a.length))
      hidden = hidden.replaceAll(value, '…');
    return hidden;
  }
}
