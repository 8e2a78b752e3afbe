/**
 * Who may do what: every exposed table and function × operation × kind of caller, tried for real and
 * compared with supabase/tests/matrix.md. `UPDATE_MATRIX=1` writes that file anew. That nobody sees or
 * changes what is another's is asserted apart from the file, so a leak cannot be written into it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stackEnv } from '../support/stack.ts';
import { Cast, makeFixture, PERSONAS, type Persona } from './matrix-cast.ts';
import { exposedFunctions, exposedTables, missingScenarios } from './matrix-exposed.ts';
import { FUNCTIONS } from './matrix-functions.ts';
import { type Cell, Runner } from './matrix-run.ts';
import { differences, type Matrix, parse, print } from './matrix-table.ts';
import { TABLES } from './matrix-tables.ts';

const FILE = path.resolve(import.meta.dirname, '../../supabase/tests/matrix.md');

let db: pg.Client;
let tables: readonly string[];
let functions: readonly string[];
const matrix: Matrix = new Map();
const leaks: string[] = [];

beforeAll(async () => {
  db = new pg.Client({
    connectionString: process.env.SUPABASE_DB_URL ?? stackEnv().SUPABASE_DB_URL,
  });
  await db.connect();
  // One snapshot for all cells: what other tests commit meanwhile is not taken for a cell's work.
  await db.query('begin isolation level repeatable read');
  tables = await exposedTables(db);
  functions = await exposedFunctions(db);
  const cast = new Cast();
  await makeFixture(db, cast);
  const runner = new Runner(
    db,
    cast,
    Object.fromEntries(Object.entries(TABLES).filter(([name]) => tables.includes(name))),
  );

  const fill = async (
    name: string,
    operations: Readonly<Record<string, unknown>>,
    run: (label: string, persona: Persona) => Promise<Cell>,
  ) => {
    const rows: Map<string, Map<Persona, string>> = new Map();
    for (const label of Object.keys(operations)) {
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
  for (const [name, { operations }] of Object.entries(TABLES)) {
    if (!tables.includes(name)) continue;
    await fill(name, operations, (label, persona) =>
      runner.table(name, label, operations[label] ?? {}, persona),
    );
  }
  for (const [name, calls] of Object.entries(FUNCTIONS)) {
    if (!functions.includes(name)) continue;
    await fill(name, calls, (label, persona) => {
      const call = calls[label];
      if (call === undefined) throw new Error(`no call ${label}`);
      return runner.call(call, persona);
    });
  }
}, 120_000);

afterAll(async () => {
  await db.query('rollback');
  await db.end();
});

test('every exposed table and function is in the matrix, with every operation', () => {
  expect(missingScenarios(tables, functions)).toEqual([]);
});

test('nobody sees or changes what is of another person or of a workspace they are not in', () => {
  expect(leaks, leaks.join('\n')).toEqual([]);
});

test('every outcome is the one in supabase/tests/matrix.md', async () => {
  if (process.env.UPDATE_MATRIX) {
    expect(leaks, 'a matrix with leaks is not written').toEqual([]);
    await writeFile(FILE, print(matrix));
  }
  // Plain Postgres has neither Storage nor Realtime.
  const absent = new Set(
    ['storage.objects', 'realtime.messages'].filter((name) => !tables.includes(name)),
  );
  const found = differences(parse(await readFile(FILE, 'utf8')), matrix, absent);
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
