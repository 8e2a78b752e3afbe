/** Reads and writes supabase/tests/matrix.md, the expected results as a table. */
import { PERSONAS, type Persona } from './matrix-cast.ts';

/** Object → operation → persona → outcome. */
export type Matrix = Map<string, Map<string, Map<Persona, string>>>;

const HEAD = `# Who may do what

Every table and every function that the Data API exposes, as every kind of caller. \`tests/db/matrix.test.ts\`
tries each cell on a real Postgres and compares the result. A new table or function fails the test until
it is here. Describe how to try it in \`tests/db/matrix-tables.ts\` or \`tests/db/matrix-functions.ts\`, run
\`UPDATE_MATRIX=1 npx vitest run --project db matrix\`, and review the new rows like code.

| outcome | meaning |
|---|---|
| \`own\` | exactly the caller's own rows, or those of their own workspace, and no row of others |
| \`none\` | no row and no error |
| \`ok\` | done |
| 42501 | refused: no privilege, or a rule does not allow it |
| PT401 | the session was ended |
| PT403 | the token is not trusted, or the person is disabled |
| PT400 | refused input: too long, empty, an unknown role or status, a person who is not a member |
| PT404 | it does not exist, or the caller may not see it |
| PT409 | the current state does not allow it, such as the last owner leaving |
| 23505 | it exists already |

| caller | |
|---|---|
| anon | nobody is signed in; only the publishable key is sent |
| owner, admin, member, viewer | people with that role in the workspace |
| outsider | a person in no workspace |
| disabled | an owner who is disabled |
| revoked | an owner whose session was ended |
| other client | an owner with the token of an app client that is not trusted |
| ID token | an owner with an ID token, while only access tokens are trusted |
| machine | a trusted machine client with application role support |
| no settings | an owner, in a database that trusts no app client |

Reads, updates and deletes have no \`where\`, so they could always reach rows of others. Some are in "the other
workspace", which has none of the callers.

Each cell of public is tried as a request after the check of the request, so an untrusted caller always gets the
same answer. The test tries all cells again with policies only. The test makes \`public.unguarded\` and
\`public.unguarded_call()\` without the guard. The check refuses there too.
`;

/** The cells of a line, without the outer bars. */
const split = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

function section(rows: ReadonlyMap<string, ReadonlyMap<Persona, string>>): string {
  const lines = [
    ['operation', ...PERSONAS],
    ...[...rows].map(([label, cells]) => [label, ...PERSONAS.map((name) => cells.get(name) ?? '')]),
  ];
  const widths = PERSONAS.map((_, at) => at + 1)
    .concat(0)
    .sort((a, b) => a - b)
    .map((at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const [head = '', ...body] = lines.map(
    (line) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`,
  );
  return [head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body].join('\n');
}

export const print = (matrix: Matrix): string =>
  [HEAD, ...[...matrix].map(([name, rows]) => `## ${name}\n\n${section(rows)}\n`)].join('\n');

/** Reads the output of `print`. Spaces and the order of sections and rows do not matter. */
export function parse(markdown: string): Matrix {
  const matrix: Matrix = new Map();
  for (const part of markdown.split(/^## /m).slice(1)) {
    const [name = '', ...lines] = part.trim().split('\n');
    const [head = [], , ...body] = lines.filter((line) => line.startsWith('|')).map(split);
    const rows = new Map<string, Map<Persona, string>>();
    for (const [label = '', ...cells] of body) {
      rows.set(label, new Map(cells.map((cell, at) => [head[at + 1] as Persona, cell])));
    }
    matrix.set(name, rows);
  }
  return matrix;
}

/** A line for each different cell, and for each row that only one of them has. */
export function differences(expected: Matrix, got: Matrix, absent: ReadonlySet<string>): string[] {
  const names = new Set([...expected.keys(), ...got.keys()]);
  return [...names].flatMap((name) => {
    if (absent.has(name)) return [];
    const [wanted, found] = [expected.get(name), got.get(name)];
    const labels = new Set([...(wanted?.keys() ?? []), ...(found?.keys() ?? [])]);
    return [...labels].flatMap((label) => {
      const [row, tried] = [wanted?.get(label), found?.get(label)];
      if (row === undefined) return [`${name}, ${label}: has no row in supabase/tests/matrix.md`];
      if (tried === undefined)
        return [`${name}, ${label}: is in supabase/tests/matrix.md and was not tried`];
      return PERSONAS.filter((persona) => row.get(persona) !== tried.get(persona)).map(
        (persona) =>
          `${name}, ${label}, as ${persona}: expected ${row.get(persona) ?? 'nothing'}, got ${tried.get(persona)}`,
      );
    });
  });
}
