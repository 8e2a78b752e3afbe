/** CSV files (RFC 4180) that people open in spreadsheets. */

/** A spreadsheet would run such a field as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

export function csvField(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param rows the first one has the names of the columns. */
export const csvText = (rows: Iterable<readonly string[]>): string =>
  Array.from(rows, (row) => `${row.map(csvField).join(',')}\n`).join('');
