/**
 * The stand-in for the Cognito wrapper is file_fdw, which can run programs and read files. `postgres`,
 * who is not a superuser, must not be able to do either.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stackEnv } from '../support/stack.ts';

const client = new pg.Client({ connectionString: stackEnv().SUPABASE_DB_URL });
beforeAll(() => client.connect());
afterAll(() => client.end());

/** Runs the statements in a transaction that is rolled back. */
async function tryOut(...statements: readonly string[]) {
  await client.query('begin');
  try {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.query('rollback');
  }
}

const WRAPPERS_OPTIONS = "aws_access_key_id 'x', api_key_id 'y'";
const NO_OPTION = /the Cognito wrapper has no option/;
const DENIED = /permission denied/;

describe('a role that is no superuser', () => {
  test.each<[what: string, refusal: RegExp, statements: readonly string[]]>([
    [
      'replaces the program of the server',
      NO_OPTION,
      ["alter server cognito_server options (set program 'id')"],
    ],
    [
      'makes a server with a program',
      NO_OPTION,
      ["create server s foreign data wrapper cognito_wrapper options (program 'id', format 'csv')"],
    ],
    [
      'hides a program among the options of Wrappers',
      NO_OPTION,
      [
        `create server s foreign data wrapper cognito_wrapper options (${WRAPPERS_OPTIONS}, program 'id')`,
      ],
    ],
    [
      'says that it is the stack itself',
      NO_OPTION,
      [
        "set local cognito_fdw.translating = 'on'",
        "create server s foreign data wrapper cognito_wrapper options (program 'id', format 'csv')",
      ],
    ],
    [
      'gives a table a program',
      NO_OPTION,
      [
        "create foreign table public.f (a text) server cognito_server options (object 'users', program 'id')",
      ],
    ],
    [
      'gives a table a file by ALTER TABLE, which no event trigger of foreign tables sees',
      NO_OPTION,
      ["alter table cognito.users options (add object 'users', add filename '/etc/passwd')"],
    ],
    [
      'gives a column an option',
      NO_OPTION,
      [
        "create foreign table public.f (a text options (filename '/etc/passwd')) server cognito_server options (object 'users')",
      ],
    ],
    [
      'makes a wrapper of the same handler',
      DENIED,
      ['create foreign data wrapper w handler extensions.cognito_fdw_handler'],
    ],
    [
      'calls the function that sets the options',
      DENIED,
      [
        "select extensions.cognito_fdw_set_options('server', 'cognito_server', '{}', 'add program ''id''')",
      ],
    ],
    ['switches event triggers off', DENIED, ['set session_replication_role = replica']],
    ['uses COPY', DENIED, ["copy (select 1) to program 'id'"]],
    ['installs file_fdw', DENIED, ['create extension file_fdw']],
  ])('%s: refused', async (_what, refusal, statements) => {
    await expect(tryOut(...statements)).rejects.toThrow(refusal);
  });

  test('connects, as the migration does', async () => {
    const rows = await tryOut(
      'drop server cognito_server cascade',
      'select cognito.connect()',
      'select count(*)::int as people from cognito.users',
    );
    expect(rows).toEqual([{ people: expect.any(Number) }]);
  });
});
