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

const DEFINITION = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*)/s;

const isLineOf = (name: string, line: string): boolean => DEFINITION.exec(line)?.[1] === name;

/** Lines that go on because a value in quotes does are put together, with `end` between. */
function wholeLines(lines: readonly string[], end: string): string[] {
  const whole: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, , value = ''] = DEFINITION.exec(line) ?? [];
    const [quote = ''] = /^['"`]/.exec(value) ?? [];
    const isOpen = quote !== '' && !value.slice(1).includes(quote);
    const closing = isOpen
      ? lines.findIndex((one, index) => index > at && one.includes(quote))
      : at;
    // Quotes that nobody closes are part of the value.
    const last = closing < 0 ? at : closing;
    whole.push(lines.slice(at, last + 1).join(end));
    at = last;
  }
  return whole;
}

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
  lines = wholeLines(lines, end);
  for (const [name, value] of values)
    lines = withLine(lines, name, value === null ? undefined : `${name}=${quoted(value)}`);
  return lines.length === 0 ? '' : `${lines.join(end)}${end}`;
}
