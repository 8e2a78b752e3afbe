/** Maximum length of a note in the table, in characters as Postgres counts them. */
export const MAX_LENGTH = 4000;

/** From this length on, the number of remaining characters is shown. */
const NEAR_LENGTH = 3600;

/** The result of checking a text before it is sent. */
export interface TextCheck {
  readonly sendable: boolean;
  /** Something to show beside the text, or null. */
  readonly count: string | null;
  readonly tooLong: boolean;
}

/** Checks a note as Postgres will: `char_length` counts code points, not UTF-16 units. */
export const checkText = (text: string): TextCheck => {
  const length = [...text.trim()].length;
  const left = MAX_LENGTH - length;
  const number = Math.abs(left).toLocaleString('en');
  return {
    sendable: length > 0 && left >= 0,
    tooLong: left < 0,
    count: length < NEAR_LENGTH ? null : left < 0 ? `${number} too many` : `${number} left`,
  };
};
