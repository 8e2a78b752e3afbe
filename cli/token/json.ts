/** JSON of strangers: claims of tokens, and rows. */
import { inspect } from 'node:util';

/** Names and values of a JSON object. */
export type Claims = Readonly<Record<string, unknown>>;

/** Levels of a document. JSON.parse takes any number, and JSON.stringify fails after some thousands. */
const DEEPEST = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether a JSON text has more levels than can be shown. It is found out without parsing. */
export function isTooDeep(text: string): boolean {
  let level = 0;
  let isText = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) isText = !isText;
    else if (isText) index += unit === BACKSLASH ? 1 : 0;
    else if (unit === 0x5b || unit === 0x7b) level += 1;
    else if (unit === 0x5d || unit === 0x7d) level -= 1;
    if (level > DEEPEST) return true;
  }
  return false;
}

/** A claim as text: a text as it is, everything else as JSON. `String()` would call what the claim names `toString`. */
export const claimText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');

/** What JavaScript has and the types of TypeScript's library do not. https://github.com/tc39/proposal-json-parse-with-source */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** A number that JavaScript would show with other digits, such as 9007199254740993 or 1.10. */
class ExactNumber {
  readonly #digits: string;

  constructor(digits: string) {
    this.#digits = digits;
  }

  toJSON(): unknown {
    return rawJSON(this.#digits);
  }

  [inspect.custom](): string {
    return this.#digits;
  }
}

const exactly: Reviver = (_key, value, context) =>
  typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? new ExactNumber(context.source)
    : value;

/** Parses JSON. Numbers keep the digits that the text has, in tables and in JSON. */
export const parseExactly = (text: string): unknown => JSON.parse(text, exactly);
