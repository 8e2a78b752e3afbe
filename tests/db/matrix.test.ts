/**
 * Who may do what: every exposed table and function × operation × kind of caller, tried and compared with
 * supabase/tests/matrix.md. `UPDATE_MATRIX=1` writes that file again. A separate test asserts that nobody
 * sees or changes rows of others, so a leak cannot be written into the file.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stackEnv } from '../support/stack.ts';
import { Cast, isTrusted, makeFixture, PERSONAS, type Persona } from './matrix-cast.ts';
import { exposedFunctions, exposedTables, missingScenarios } from './matrix-exposed.ts';
import { FUNCTIONS } from './matrix-functions.ts';
import { type Cell, type Defence, Runner } from './matrix-run.ts';
import { differences, type Matrix, parse, print } from './matrix-table.ts';
import { TABLES } from './matrix-tables.ts';
import { makeUnguarded, UNGUARDED_FUNCTION, UNGUARDED_TABLE } from './matrix-unguarded.ts';

/** Personas with a role in the database whose token it does not trust. */
const UNTRUSTED = PERSONAS.filter((persona) => persona !== 'anon' && !isTrusted(persona));

const FILE = path.resolve(import.meta.dirname, '../../supabase/tests/matrix.md');

let db: pg.Client;
let tables: readonly string[];
let functions: readonly string[];
let requests: Tried;
let policies: Tried;

/** The results of all cells under one kind of check. */
interface Tried {
  readonly matrix: Matrix;
  readonly leaks: readonly string[];
}

beforeAll(async () => {
  db = new pg.Client({
    connectionString: process.env.SUPABASE_DB_URL ?? stackEnv().SUPABASE_DB_URL,
  });
  await db.connect();
  // One snapshot for all cells, so that commits of other tests do not count as changes of a cell.
  await db.query('begin isolation level repeatable read');
  tables = await exposedTables(db);
  functions = await exposedFunctions(db);
  const cast = new Cast();
  await makeFixture(db, cast);
  await makeUnguarded(db, cast);
  requests = await tryAll(cast, 'request');
  policies = await tryAll(cast, 'policies');
}, 120_000);

async function tryAll(cast: Cast, defence: Defence): Promise<Tried> {
  const matrix: Matrix = new Map();
  const leaks: string[] = [];
  const present = Object.entries({ ...TABLES, ...UNGUARDED_TABLE }).filter(
    ([name]) => tables.includes(name) || name in UNGUARDED_TABLE,
  );
  const runner = new Runner(db, cast, Object.fromEntries(present), defence);

  const fill = async (
    name: string,
    labels: readonly string[],
    run: (label: string, persona: Persona) => Promise<Cell>,
  ) => {
    const rows: Map<string, Map<Persona, string>> = new Map();
    for (const label of labels) {
      const cells = new Map<Persona, string>();
      for (const persona of PERSONAS) {
        const cell = await run(label, persona);
        cells.set(persona, cell.outcome);
        leaks.push(...cell.leaks.map((leak) => `${name}, ${label}: ${persona} ${leak}`));
      }
      rows.set(label, cells);
    }
    matrix.set(name, rows);
  };
  for (const [name, { operations }] of present) {
    await fill(name, Object.keys(operations), (label, persona) =>
      runner.table(name, label, operations[label] ?? {}, persona),
    );
  }
  for (const [name, calls] of Object.entries({ ...FUNCTIONS, ...UNGUARDED_FUNCTION })) {
    if (!functions.includes(name) && !(name in UNGUARDED_FUNCTION)) continue;
    await fill(name, Object.keys(calls), (label, persona) => {
      const call = calls[label];
      if (call === undefined) throw new Error(`no call ${label}`);
      return runner.call(call, persona);
    });
  }
  return { matrix, leaks };
}

afterAll(async () => {
  await db.query('rollback');
  await db.end();
});

test('every exposed table and function is in the matrix, with every operation', () => {
  expect(missingScenarios(tables, functions)).toEqual([]);
});

test('nobody sees or changes rows of another person or of a workspace they are not in', () => {
  expect(requests.leaks, requests.leaks.join('\n')).toEqual([]);
});

test('an untrusted caller gets one and the same answer to every request', () => {
  const answers = new Map(UNTRUSTED.map((persona) => [persona, new Set<string>()]));
  for (const [name, rows] of requests.matrix) {
    if (!name.startsWith('public.')) continue;
    for (const cells of rows.values())
      for (const persona of UNTRUSTED) answers.get(persona)?.add(cells.get(persona) ?? '');
  }
  expect(Object.fromEntries([...answers].map(([persona, all]) => [persona, [...all]]))).toEqual({
    disabled: ['PT403'],
    revoked: ['PT401'],
    'other client': ['PT403'],
    'ID token': ['PT403'],
    'no settings': ['PT403'],
  });
});

/** Answers that reveal nothing about rows: refused, or no rows for a read and for Storage. */
const quiet = (name: string, label: string): RegExp => {
  if (label.startsWith('select')) return /^(none|42501)$/;
  return name.startsWith('public.') ? /^(PT40[134]|42501)$/ : /^(none|42501)$/;
};

test('the policies alone let an untrusted caller see and change nothing', () => {
  const unguarded = { ...UNGUARDED_TABLE, ...UNGUARDED_FUNCTION };
  const wrong = [...policies.matrix]
    .filter(([name]) => !(name in unguarded))
    .flatMap(([name, rows]) =>
      [...rows].flatMap(([label, cells]) =>
        UNTRUSTED.filter((persona) => !quiet(name, label).test(cells.get(persona) ?? '')).map(
          (persona) => `${name}, ${label}: ${persona} gets ${cells.get(persona)}`,
        ),
      ),
    );
  expect(wrong, wrong.join('\n')).toEqual([]);
  const leaks = policies.leaks.filter((leak) => !leak.startsWith('public.unguarded'));
  expect(leaks, leaks.join('\n')).toEqual([]);
});

test('every outcome is the one in supabase/tests/matrix.md', async () => {
  if (process.env.UPDATE_MATRIX) {
    expect(requests.leaks, 'a matrix with leaks is not written').toEqual([]);
    await writeFile(FILE, print(requests.matrix));
  }
  // Plain Postgres has neither Storage nor Realtime.
  const absent = new Set(
    ['storage.objects', 'realtime.messages'].filter((name) => !tables.includes(name)),
  );
  const found = differences(parse(await readFile(FILE, 'utf8')), requests.matrix, absent);
  expect(found, found.join('\n')).toEqual([]);
});

test('a table or function that a later migration makes is missed by name', async () => {
  await db.query('savepoint later');
  await db.query('create table public.made_later (id int)');
  await db.query('create view public.seen_later as select 1 as one');
  await db.query(
    "create function public.called_later(n int) returns int language sql as 'select 1'",
  );
  const missing = missingScenarios(await exposedTables(db), await exposedFunctions(db)).filter(
    (line) => line.includes('_later'),
  );
  await db.query('rollback to savepoint later');
  expect(missing).toEqual([
    expect.stringMatching(/^public\.made_later is exposed .*matrix-tables\.ts.*UPDATE_MATRIX=1/),
    expect.stringMatching(/^public\.seen_later is exposed/),
    expect.stringMatching(/^public\.called_later\(integer\) is exposed .*matrix-functions\.ts/),
  ]);
});
