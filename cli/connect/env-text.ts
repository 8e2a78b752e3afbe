/** The text of a file with variables, such as `.env.local`. */
import { parseEnv } from 'node:util';

/** Name and value. Null: the text does not have it. */
export type EnvValues = readonly (readonly [name: string, value: string | null])[];

export const envValues = (text: string): ReadonlyMap<string, string | undefined> =>
  new Map(Object.entries(parseEnv(text)));

/** @throws Error if the value has all three kinds of quotes */
function quoted(value: string): string {
  if (/^[\w:/.,@%+=-]*$/.test(value)) return value;
  const quote = ["'", '`', '"'].find((one) => !value.includes(one));
  // Between double quotes, a backslash and an n are the end of a line.
  if (quote === undefined || (quote === '"' && value.includes('\\')))
    throw new Error('no quotes can hold the value of a variable');
  return quote + value + quote;
}

const isLineOf = (name: string, line: string): boolean => {
  const [, written] = /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line) ?? [];
  return written === name;
};

/** One line for the value in the place of the first one of its name. A second line of the same name would win. */
function withLine(lines: readonly string[], name: string, line: string | undefined): string[] {
  const first = lines.findIndex((one) => isLineOf(name, one));
  const others = lines.filter((one, index) => index <= first || !isLineOf(name, one));
  if (line === undefined) return others.filter((_, index) => index !== first);
  return first < 0 ? [...others, line] : others.with(first, line);
}

/** The text with these values; null takes a name out. The rest stays, with its ends of lines. */
export function withEnvValues(text: string, values: EnvValues): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  let lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines = lines.slice(0, -1);
  for (const [name, value] of values)
    lines = withLine(lines, name, value === null ? undefined : `${name}=${quoted(value)}`);
  return lines.length === 0 ? '' : `${lines.join(end)}${end}`;
}
