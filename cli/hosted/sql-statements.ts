/**
 * Splits a migration into the statements that the Supabase CLI records for it. Own code, because the CLI's splitter is
 * part of its binary, and the parsers of npm change the text. tests/db/connect.test.ts compares it with what the CLI
 * records for all migrations of the kit.
 */

/** A stretch in which a semicolon ends nothing: comments, quoted texts and names, dollar quotes. */
const OPAQUE =
  /--[^\n]*|\/\*|(?:\b[eE])?'|"(?:[^"]|"")*"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|;|\bbegin\s+atomic\b/gi;

/** The end of a stretch that may contain others of its kind. */
function endOfNested(sql: string, marks: RegExp, from: number): number {
  marks.lastIndex = from;
  let depth = 1;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += /^(?:\*\/|end)$/i.test(mark[0]) ? -1 : 1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

function endOf(sql: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(sql) ? pattern.lastIndex : sql.length;
}

/** Where the stretch that begins with `mark` ends. */
function endOfStretch(sql: string, mark: string, from: number): number {
  if (mark === '/*') return endOfNested(sql, /\/\*|\*\//g, from);
  if (/^e?'$/i.test(mark))
    return endOf(sql, mark === "'" ? /(?:[^']|'')*'/y : /(?:[^'\\]|\\[\s\S]|'')*'/y, from);
  if (mark.startsWith('$')) {
    const close = sql.indexOf(mark, from);
    return close < 0 ? sql.length : close + mark.length;
  }
  if (/^begin/i.test(mark)) return endOfNested(sql, /\bcase\b|\bbegin\b|\bend\b/gi, from);
  return from;
}

/** The statements, without the semicolon and the blanks around each. */
export function statementsOf(sql: string): readonly string[] {
  const statements: string[] = [];
  const stretches = new RegExp(OPAQUE);
  let begin = 0;
  const add = (end: number): void => {
    const statement = sql.slice(begin, end).trim();
    if (statement !== '') statements.push(statement);
  };
  for (let found = stretches.exec(sql); found; found = stretches.exec(sql)) {
    if (found[0] === ';') {
      add(found.index);
      begin = stretches.lastIndex;
    } else stretches.lastIndex = endOfStretch(sql, found[0], stretches.lastIndex);
  }
  add(sql.length);
  return statements;
}
