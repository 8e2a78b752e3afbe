/**
 * Escapes text from outside for the terminal. Control characters could move the cursor, hide lines or set
 * the clipboard, and marks of writing direction could show another text.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

/** @param text shortened to 300 characters. */
export const printable = (text: string): string =>
  (text.length > 300 ? `${text.slice(0, 300)}…` : text).replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
