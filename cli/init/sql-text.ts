/** SQL as text, for findings that name a line. It is not parsed: names in comments and texts are blanked out. */

/** Comments, texts, and the bodies of functions. Each keeps its line breaks, so that line numbers stay. */
const COMMENT_OR_TEXT = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** The statements with comments and texts blanked out. Bodies of functions stay, because they call things. */
export const withoutTexts = (sql: string): string => sql.replace(COMMENT_OR_TEXT, blank);

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Each match of a pattern with its line. */
export function* matchesIn(
  file: string,
  sql: string,
  pattern: RegExp,
): Generator<{ readonly match: RegExpMatchArray; readonly place: Place }> {
  for (const match of withoutTexts(sql).matchAll(pattern)) {
    const line = sql.slice(0, match.index).split('\n').length;
    yield { match, place: { file, line } };
  }
}

export const inPlace = ({ file, line }: Place): string => `${file}:${line}`;
