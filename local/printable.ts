/**
 * Escapes text from outside for the terminal. Control characters could move the cursor, hide lines or set
 * the clipboard, and marks of writing direction could show another text.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

const codePoint = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** Escapes a text of one line, and shortens nothing. */
export const escaped = (text: string): string => text.replace(UNPRINTABLE, codePoint);

/** @param text shortened to 300 characters. */
export const printable = (text: string): string =>
  escaped(text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** Escapes a text of several lines: line ends and tabs stay. */
export const escapedLines = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(UNPRINTABLE, (one) => (one === '\n' || one === '\t' ? one : codePoint(one)));

/** JSON in several lines. JSON.stringify alone leaves C1 control characters and marks of writing direction as they are. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(UNPRINTABLE, (one) =>
    one === '\n' ? one : one.split('').map(asJsonEscape).join(''),
  );

const asJsonEscape = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
