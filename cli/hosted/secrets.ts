/** The secrets of one run, so that no line and no error shows one. */

/** Shorter texts are not replaced: they would be found in ordinary words. */
const SHORTEST = 6;

/** As a URL has it before the `@`. It leaves more characters as they are than encodeURIComponent. */
function inUserInfo(value: string): string {
  const url = new URL('postgresql://user@host');
  url.password = value;
  return url.password;
}

/** The forms in which a value may be part of a text. */
const formsOf = (value: string): readonly string[] => [
  value,
  encodeURIComponent(value),
  inUserInfo(value),
  // As a form or a query string has it: a space is a plus.
  new URLSearchParams({ '': value }).toString().slice(1),
  JSON.stringify(value).slice(1, -1),
  value.replaceAll("'", "''"),
  Buffer.from(value).toString('base64'),
  Buffer.from(value).toString('base64url'),
];

export class Secrets {
  readonly #values = new Set<string>();

  /** Adds a value that must not be shown. */
  add(value: string | undefined): void {
    if (value === undefined || value.length < SHORTEST) return;
    for (const form of formsOf(value)) this.#values.add(form);
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
