/** Statements of migrations, in sizes and forms that migrations of people have. */
import { describe, expect, test } from 'vitest';
import {
  endsTransactions,
  isSplitByCli,
  statementsOf,
} from '../../../../cli/hosted/sql-statements.ts';

/** 20 MB: a migration with data has such texts. */
const LONG = 'x'.repeat(20_000_000);

test.each([
  ['a text', `select '${LONG}'`],
  ['a text with escapes', `select e'${LONG}\\';'`],
  ['a text of pairs', `select '${"''".repeat(10_000_000)};'`],
  ['a name', `select 1 as "${LONG};"`],
  ['a comment', `--${LONG};\nselect 1`],
  ['a block comment', `/*${LONG};*/ select 1`],
  ['a dollar quote', `select $a$${LONG};$a$`],
])('%s of 20 MB is one statement', (_, sql) => {
  // Not toEqual, which would print 20 MB.
  expect(statementsOf(`${sql};select 2`).map(({ length }) => length)).toEqual([sql.length, 8]);
});

test.each([
  [`select 'it''s;'; select 2`, [`select 'it''s;'`, 'select 2']],
  [
    String.raw`select e'it\';'; select '\'; select 3`,
    [String.raw`select e'it\';'`, String.raw`select '\'`, 'select 3'],
  ],
  [`select "a"";" ; select 2`, ['select "a"";"', 'select 2']],
  [`select ';`, [`select ';`]],
])('quotes in %j', (sql, statements) => {
  expect(statementsOf(sql)).toEqual(statements);
});

test.each([
  ['select 1; create index concurrently a on b (c)', true],
  ['-- x\nCREATE UNIQUE INDEX CONCURRENTLY a on b (c)', true],
  ['drop index concurrently a', true],
  ['reindex (verbose) table concurrently a', true],
  ['vacuum; alter system set a = 1', true],
  ["create index a on b (c); select 'x; vacuum;'", false],
  ['refresh materialized view concurrently a', false],
])('the CLI splits %j: %s', (sql, is) => {
  expect(isSplitByCli(sql)).toBe(is);
});

describe('a file that begins or ends a transaction', () => {
  test.each([
    'begin; create table a (); commit; select 1/0',
    'create table a (); COMMIT',
    'start  transaction; select 1',
    'select 1; end',
    'rollback; select 1',
    'select 1; abort work',
    'rollback and chain',
    '-- a comment\n  /* and /* one */ more */ -- again\nbegin; select 1',
  ])('%j', (sql) => {
    expect(endsTransactions(sql)).toBe(true);
  });

  test.each([
    'create table commit_log (); create table "begin" ()',
    "select 'begin; commit'; -- commit;\nselect 2 /* ; commit; */",
    'do $$ begin perform 1; end $$',
    'create function f() returns int begin atomic select 1; select 2; end; select 3',
    'savepoint a; rollback to a; rollback work to savepoint a; release a',
    'begin_of_day; endpoints',
    '-- begin;',
    '',
  ])('is not %j', (sql) => {
    expect(endsTransactions(sql)).toBe(false);
  });
});
