/**
 * Splits a migration into the statements that the Supabase CLI records for it. Own code, because the CLI's splitter is
 * part of its binary, and the parsers of npm change the text. tests/db/connect.test.ts compares it with what the CLI
 * records for all migrations of the kit.
 */

/** The beginning of a stretch in which a semicolon ends nothing: comments, quoted texts and names, dollar quotes. */
const OPAQUE =
  /--[^\n]*|\/\*|(?:\b[eE])?'|"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|;|\bbegin\s+atomic\b/gi;

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

/** The end of a quoted text. A loop, because a pattern that repeats a group overflows the stack for 20 MB. */
function endOfQuoted(sql: string, quote: string, from: number, hasEscapes: boolean): number {
  const marks = hasEscapes ? /['\\]/g : new RegExp(quote, 'g');
  marks.lastIndex = from;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    const isPair = mark[0] === '\\' || sql[marks.lastIndex] === quote;
    if (!isPair) return marks.lastIndex;
    marks.lastIndex += 1;
  }
  return sql.length;
}

/** Where the stretch that begins with `mark` ends. */
function endOfStretch(sql: string, mark: string, from: number): number {
  if (mark === '/*') return endOfNested(sql, /\/\*|\*\//g, from);
  if (mark === '"') return endOfQuoted(sql, '"', from, false);
  if (/^e?'$/i.test(mark)) return endOfQuoted(sql, "'", from, mark !== "'");
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

/** The statement without the comments before it. */
function bare(statement: string): string {
  let from = 0;
  for (;;) {
    const rest = /\s*(--|\/\*)?/y;
    rest.lastIndex = from;
    const [, comment] = rest.exec(statement) ?? [];
    if (comment === undefined) return statement.slice(rest.lastIndex);
    const line = statement.indexOf('\n', rest.lastIndex);
    if (comment === '/*') from = endOfStretch(statement, comment, rest.lastIndex);
    else from = line < 0 ? statement.length : line + 1;
  }
}

/** Statements that begin or end a transaction. `begin atomic` is in no statement's beginning. */
const TRANSACTION =
  /^(?:begin|start\s+transaction|commit|end|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|abort|prepare\s+transaction)\b/i;

/** Statements that the CLI runs alone, after it has committed those before (supabase/cli pull requests 6009 and 6276). */
const ALONE =
  /^(?:(?:create(?:\s+unique)?|drop)\s+index\s+concurrently|reindex\b[^;]*\bconcurrently|vacuum|alter\s+system|cluster)\b/i;

/** Whether the CLI runs the text as more than one transaction. */
export const isSplitByCli = (sql: string): boolean =>
  statementsOf(sql).some((statement) => ALONE.test(bare(statement)));

/** Whether a statement begins or ends a transaction, so that an error does not undo the whole text. */
export const endsTransactions = (sql: string): boolean =>
  statementsOf(sql).some((statement) => TRANSACTION.test(bare(statement)));
