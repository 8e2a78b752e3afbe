/** Questions to the catalogue of a database. */
import type pg from 'pg';

export async function rowsOf<Row extends pg.QueryResultRow>(
  database: pg.Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  return (await database.query<Row>(sql, [...values])).rows;
}

/** Whether a table, view or function is there. A function is named with its arguments. */
export async function exists(database: pg.Client, name: string): Promise<boolean> {
  const call = name.includes('(') ? 'to_regprocedure' : 'to_regclass';
  const [row] = await rowsOf<{ it: boolean }>(database, `select ${call}($1) is not null as it`, [
    name,
  ]);
  return row?.it === true;
}
