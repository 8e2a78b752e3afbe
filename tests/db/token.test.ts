/** `cognito-supabase token` with a database: trust, what a token opens, and a query that cannot do anything else. */
import { Readable } from 'node:stream';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, type Stack, startStack } from '../../cli/testing/index.ts';
import { explainToken, type TokenOptions } from '../../cli/token/command.ts';
import { open, trustOf } from '../../cli/token/database.ts';
import { type Claims, parseExactly } from '../../cli/token/json.ts';
import { decodeToken } from '../../cli/token/read-token.ts';
import { asCaller } from '../../cli/token/session.ts';
import { type KitProject, kitProject } from '../support/kit-project.ts';

let copy: KitProject;
let stack: Stack;
let alice: Person;
let db: pg.Client;

beforeAll(async () => {
  copy = await kitProject();
  stack = await startStack(copy);
  alice = await stack.signIn('alice');
  db = new pg.Client({ connectionString: stack.env.SUPABASE_DB_URL });
  await db.connect();
  await db.query(
    `insert into public.notes (owner_sub, body) values ($1, 'hers'), ('x', 'not hers')`,
    [alice.sub],
  );
});
afterAll(async () => {
  await db?.end();
  await stack?.stop();
  await copy?.remove();
});

async function explain(token: string, options: TokenOptions = {}) {
  const lines: string[] = [];
  const code = await explainToken(
    { issuer: stack.env.COGNITO_ISSUER, ...options },
    {
      input: Readable.from([token]),
      env: {
        SUPABASE_DB_URL: stack.env.SUPABASE_DB_URL,
        COGNITO_CLIENT_IDS: stack.env.COGNITO_CLIENT_ID,
      },
      print: (line) => void lines.push(line),
    },
  );
  return { code, text: lines.join('\n') };
}

const asked = (query: string) => explain(alice.accessToken, { as: query });

describe('what a token opens', () => {
  test('tables with the rows of the caller, and the policies', async () => {
    const { code, text } = await explain(alice.accessToken);
    expect(code).toBe(0);
    expect(text).toContain('✓ trust           trusted');
    expect(text).toMatch(/public\.notes {2}1 rows {2}select, insert, update, delete/);
    expect(text).toMatch(/by {2}select +People see their own notes/);
    expect(text).toMatch(/only if {2}all +Only trusted tokens/);
    expect(text).not.toContain('cognito.directory');
  });

  test('an ID token is refused, with the reason of the database', async () => {
    const { code, text } = await explain(alice.idToken);
    expect(code).toBe(1);
    expect(text).toContain('✗ Realtime        PT403: a token with token_use id is not accepted');
  });

  test('an ended session is refused, and reads nothing', async () => {
    const bob = await stack.signIn('bob');
    await stack.revoke(bob);
    const { code, text } = await explain(bob.accessToken, { as: 'select body from notes' });
    expect(code).toBe(1);
    expect(text).toContain('PT401: the person was signed out everywhere');
  });

  test('a token with a wrong signature reads nothing', async () => {
    const { accessToken } = alice;
    const forged = `${accessToken.slice(0, accessToken.lastIndexOf('.') + 1)}${'A'.repeat(342)}`;
    const { code, text } = await explain(forged, { as: 'select body from notes' });
    expect(code).toBe(1);
    expect(text).toContain('nothing was run: the token is not genuine');
    expect(text).not.toContain('hers');
  });

  test('a database without module trust says so', async () => {
    await db.query('begin');
    await db.query('alter function cognito_supabase.trust_problem(jsonb) rename to gone');
    expect(await trustOf(db, {})).toMatchObject({ state: 'no module' });
    await db.query('rollback');
  });
});

describe('claims that Postgres cannot read', () => {
  test.each([
    ['NUL in a text', String.raw`{"username":"\u0000"}`, '22P05'],
    ['half a character', String.raw`{"username":"\ud800"}`, '22P02'],
    ['a number without measure', '{"n":1e400000}', '22003'],
  ])('%s', async (_name, claims, code) => {
    const part = (json: string): string => Buffer.from(json).toString('base64url');
    const token = `${part('{"alg":"RS256","kid":"x"}')}.${part(claims)}.AAAA`;
    const explained = await explain(token);
    expect(explained.code).toBe(1);
    expect(explained.text).toContain('✗ trust           the database cannot read the claims');
    const { state, code: found } = await trustOf(db, decodeToken(token).exactClaims);
    expect({ state, found }).toEqual({ state: 'refused', found: code });
  });

  test('the caller of a query neither', async () => {
    const caller = { role: 'authenticated', claims: { sub: '\0' } } as const;
    const opened = await open(db, { ...caller, query: 'select body from notes' });
    expect(opened.refusal).toMatch(/^22P05: /);
  });

  test('claims keep their digits', async () => {
    const claims = parseExactly('{"workspace":9007199254740993}') as Claims;
    const query = `select auth.jwt() ->> 'workspace' as workspace`;
    // Without the check of the project, which refuses claims without a subject.
    const opened = await withPreRequest('', () =>
      open(db, { role: 'authenticated', claims, query }),
    );
    expect(opened.answer).toEqual([{ workspace: '9007199254740993' }]);
  });
});

/**
 * Sets the function before each request, for one session that is rolled back.
 *
 * @param name of the role's setting. @param ofDatabase of the setting for this database
 */
async function withPreRequest<T>(
  name: string,
  work: () => Promise<T>,
  ofDatabase?: string,
): Promise<T> {
  await db.query('begin');
  try {
    await db.query(`
      create schema "Own";
      grant usage on schema "Own" to authenticated;
      create function "Own"."Check.It"() returns void language plpgsql
        as $$ begin raise exception 'nobody may pass'; end $$;
      create function "Own".pass() returns void language sql return null;
      alter role authenticator set pgrst.db_pre_request = ${pg.escapeLiteral(name)}`);
    const { rows } = await db.query('select current_database() as it');
    if (ofDatabase !== undefined)
      await db.query(
        `alter role authenticator in database ${pg.escapeIdentifier(rows[0].it)}
          set pgrst.db_pre_request = ${pg.escapeLiteral(ofDatabase)}`,
      );
    return await work();
  } finally {
    await db.query('rollback');
  }
}

describe('the function before each request', () => {
  test.each<[string, RegExp, string?]>([
    ['Own.Check.It', /^P0001: nobody may pass/],
    ['Own.pass', /^passed/],
    ['', /^passed/],
    // PostgREST quotes the parts, so these are names that it cannot call: every request fails.
    ['"Own"."Check.It"', /^3F000: schema/],
    ['Own.nothing', /^42883: function/],
    ['pass', /^42883: function/],
    ['Own.pass(); reset role; --', /^42883: function/],
    // The setting for this database wins.
    ['Own.pass', /^P0001: nobody may pass/, 'Own.Check.It'],
    ['Own.Check.It', /^passed/, 'Own.pass'],
    ['Own.Check.It', /^passed/, ''],
  ])('%j: %s', async (name, expected, ofDatabase) => {
    const caller = { role: 'authenticated', claims: { sub: alice.sub } } as const;
    const opened = await withPreRequest(
      name,
      () => open(db, { ...caller, query: `select 'passed' as it` }),
      ofDatabase,
    );
    expect(opened.refusal ?? opened.answer?.[0]?.it).toMatch(expected);
  });
});

describe('--as', () => {
  test('prints the rows of the caller as a table, or as JSON', async () => {
    const { code, text } = await asked('select body from notes;');
    expect(code).toBe(0);
    expect(text).toContain(`│ 0       │ 'hers' │`);
    const query = `select body, '\u001b[2J' as "__proto__" from notes -- all of them`;
    const json = await explain(alice.accessToken, { as: query, json: true });
    expect(JSON.parse(json.text)).toEqual([
      Object.fromEntries([
        ['body', 'hers'],
        ['__proto__', '\u001b[2J'],
      ]),
    ]);
    expect((await asked(query)).text).not.toContain('\u001b');
    expect((await asked('select body from notes where false')).text).toBe('no rows');
  });

  test('numbers keep their digits, in a table and as JSON', async () => {
    const query = `select 9007199254740993 as big, 1.10 as share, '[12345678901234567890]'::jsonb as list`;
    const { text } = await asked(query);
    for (const digits of ['│ 9007199254740993 │', '│ 1.10 ', '[ 12345678901234567890 ]'])
      expect(text).toContain(digits);
    const json = await explain(alice.accessToken, { as: query, json: true });
    expect(json.text.replaceAll(/\s/g, '')).toBe(
      '[{"big":9007199254740993,"share":1.10,"list":[12345678901234567890]}]',
    );
  });

  test('columns of the same name are all shown', async () => {
    const query = 'select 1 as a, 2 as a, 3 as q, 4 as "a (2)", null as a';
    const { text } = await explain(alice.accessToken, { as: query, json: true });
    expect(JSON.parse(text)).toEqual([{ a: 1, 'a (2)': 2, q: 3, 'a (2) (2)': 4, 'a (3)': null }]);
    const one = await explain(alice.accessToken, { as: 'select 1 as q', json: true });
    expect(JSON.parse(one.text)).toEqual([{ q: 1 }]);
    const none = await explain(alice.accessToken, { as: 'select from notes', json: true });
    expect(JSON.parse(none.text)).toEqual([{}]);
  });

  test('marks of writing direction and C1 control characters are escaped', async () => {
    const query = `select U&'\\009b2J\\202e' as "\u202e"`;
    for (const json of [false, true]) {
      const { text } = await explain(alice.accessToken, { as: query, json });
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text).toMatch(/202e/);
    }
  });

  test.each([
    ['a row', `select repeat('x', 1000000) as x`],
    ['the rows together', `select repeat('x', 100000) as x from generate_series(1, 101)`],
  ])('refuses %s that is too long', async (_name, query) => {
    const { code, text } = await asked(query);
    expect(code).toBe(1);
    expect(text).toContain('54000: the answer is too long: 1000000 bytes a row');
  });

  test('shows a row that is almost too long', async () => {
    const { code, text } = await explain(alice.accessToken, {
      as: `select repeat('x', 999900) as x`,
      json: true,
    });
    expect(code).toBe(0);
    expect(JSON.parse(text)[0].x).toHaveLength(999_900);
  });

  test('refuses a value that is nested too deeply', async () => {
    const { code, text } = await asked(`select (repeat('[', 900) || repeat(']', 900))::json as x`);
    expect(code).toBe(1);
    expect(text).toContain('a value is nested more deeply than can be shown');
  });

  test('shows a thousand rows at most, and says so', async () => {
    const query = 'select n from generate_series(1, 5000) as n';
    const { text } = await explain(alice.accessToken, { as: query, json: true });
    expect(JSON.parse(text)).toHaveLength(1000);
    expect((await asked(query)).text).toContain('there are more rows: only 1000 are shown');
  });

  test('runs as the role of the token, in a transaction that is read-only', async () => {
    const query = `select current_user, current_setting('transaction_read_only') as read_only, auth.jwt() ->> 'sub' as sub`;
    const { text } = await explain(alice.accessToken, { as: query, json: true });
    expect(JSON.parse(text)).toEqual([
      { current_user: 'authenticated', read_only: 'on', sub: alice.sub },
    ]);
  });

  test.each([
    ['an insert', `insert into notes (body) values ('x') returning 1`],
    [
      'an insert in a CTE',
      `with w as (insert into notes (body) values ('x') returning 1) select * from w`,
    ],
    ['a second statement', `select 1) as q; delete from notes; --`],
    ['the end of the transaction', 'commit'],
    ['a function that writes', `select public.create_workspace('x')`],
    ['a function that writes as its owner', 'select public.sign_out_everywhere()'],
    ['another role by a setting', `select set_config('role', 'postgres', true)`],
    ['another role by a statement', `select query_to_xml('reset role', true, true, '')`],
    ['another role inside of a block', 'do $$ begin reset role; end $$'],
    ['write access by a setting', `select set_config('transaction_read_only', 'off', true)`],
    ['a private table', 'select * from cognito_supabase.trusted_clients'],
    ['a secret', 'select * from vault.decrypted_secrets'],
    ['a private function', 'select cognito_supabase.trust_mark()'],
    ['a lock', 'select body from notes for update'],
    ['waiting for ever', 'select pg_sleep(60)'],
  ])('refuses %s', async (_name, query) => {
    const before = await stack.sql('select * from public.notes order by id');
    const { code, text } = await asked(query);
    expect(code).toBe(1);
    expect(text).toMatch(/ {2}[0-9A-Z]{5}: /);
    expect(await stack.sql('select * from public.notes order by id')).toEqual(before);
    const sessions = 'select count(*)::int as n from cognito_supabase.revoked_users where sub = $1';
    expect(await stack.sql(sessions, [alice.sub])).toEqual([{ n: 0 }]);
  });

  test('leaves nothing in the database', async () => {
    await asked('select 1');
    const rows = await stack.sql(
      `select nspname from pg_namespace where nspname ^@ 'read_as_caller'`,
    );
    expect(rows).toEqual([]);
  });

  test('a refused query does not end the session', async () => {
    const caller = { role: 'authenticated', claims: alice.claims } as const;
    const rows = await asCaller(db, caller, async (read) => {
      await expect(read('select nothing', 1)).rejects.toThrow('nothing');
      return read('select body from notes', 10);
    });
    expect(rows).toEqual([{ body: 'hers' }]);
  });

  test('a token without a role reads as anon', async () => {
    const caller = { role: 'anon', claims: {} } as const;
    await expect(
      asCaller(db, caller, (read) => read('select body from notes', 10)),
    ).rejects.toThrow('permission denied for table notes');
  });
});

test('a role that may not ask the database is told so', async () => {
  await db.query(`create role weak login password 'of-the-test'`);
  try {
    const url = new URL(stack.env.SUPABASE_DB_URL);
    [url.username, url.password] = ['weak', 'of-the-test'];
    const asked = explainToken(
      { issuer: stack.env.COGNITO_ISSUER },
      {
        ...{ input: Readable.from([alice.accessToken]), env: { SUPABASE_DB_URL: url.href } },
        print: () => undefined,
      },
    );
    await expect(asked).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringContaining('42501: permission denied'),
    });
  } finally {
    await db.query('drop role weak');
  }
});

test('a database that does not answer is named without its password', async () => {
  const env = { SUPABASE_DB_URL: 'postgresql://postgres:of-the-test@127.0.0.1:9/postgres' };
  const input = Readable.from([alice.accessToken]);
  const options = { issuer: stack.env.COGNITO_ISSUER };
  const error = await explainToken(options, { input, env, print: () => undefined }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'DATABASE_FAILED' });
  expect(String((error as Error).message)).not.toContain('of-the-test');
});
