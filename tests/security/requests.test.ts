/**
 * The check before a request of the Data API, and the limits of a caller. It has its own stack, because
 * the tests change exposed objects and settings of the Data API.
 */
import { request } from 'node:http';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, type Person } from '../support/people.ts';
import { sql } from '../support/sql.ts';
import { newDir, removeDir, runStack, type StackProcess } from '../support/stack.ts';

let stack: StackProcess;
let env: StackEnv;
let db: pg.Client;
let ada: Person;
let bob: Person;
/** Ada's note, and her workspace with a task in it. */
let note: string;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: rows, or an error
  readonly body: any;
}

interface Call {
  readonly method?: string;
  /** Below /rest/v1/. */
  readonly path: string;
  readonly token?: string | undefined;
  readonly key?: string;
  /** In order; a name may come twice. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: unknown;
}

/** By node:http: fetch joins headers of one name. */
function call({ method = 'GET', path, token, key, headers = [], body }: Call): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const apikey = key ?? env.SUPABASE_PUBLISHABLE_KEY;
  const lines: string[] = ['host', new URL(env.SUPABASE_URL).host, 'apikey', apikey];
  if (token !== undefined) lines.push('authorization', `Bearer ${token}`);
  if (payload !== undefined) {
    const length = String(Buffer.byteLength(payload));
    lines.push('content-type', 'application/json', 'content-length', length);
  }
  lines.push(...headers.flat());
  return new Promise((resolve, reject) => {
    const url = new URL(`/rest/v1/${path}`, env.SUPABASE_URL);
    const sent = request(url, { method, headers: lines }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, body: text === '' ? undefined : JSON.parse(text) });
    });
    sent.on('error', reject).end(payload);
  });
}

const asService = (path: string, body: unknown, method = 'POST') =>
  call({ method, path, body, key: env.SUPABASE_SECRET_KEY });

/** Waits until the Data API has read an announced change. */
async function until(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask()));
}

beforeAll(async () => {
  stack = runStack(await newDir());
  env = await stack.ready();
  db = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await db.connect();
  [ada, bob] = await Promise.all([newPerson('ada', env), newPerson('bob', env)]);
  for (const { accessToken } of [ada, bob]) {
    await call({ method: 'POST', path: 'rpc/ensure_profile', token: accessToken, body: {} });
  }
  const { rows } = await db.query(
    sql`insert into public.notes (owner_sub, body) values (${ada.sub}, 'a note') returning id`,
  );
  note = rows[0].id;
  await db.query(`
    create table public.unguarded (id int primary key, owner_sub text default cognito_supabase.current_sub());
    alter table public.unguarded enable row level security;
    grant select, insert, update, delete on public.unguarded to authenticated;
    create policy "Everybody" on public.unguarded for all to authenticated using (true) with check (true);
    create function public.unguarded_call() returns text language sql as $$ select 'done' $$;
    grant execute on function public.unguarded_call() to authenticated;
    insert into public.unguarded values (1, 'x');`);
  await until(async () => {
    const read = await call({ path: 'unguarded?select=id', token: ada.accessToken });
    const called = await call({ path: 'rpc/unguarded_call', token: ada.accessToken });
    return read.status === 200 && called.status === 200;
  });
});
afterAll(async () => {
  await db.end();
  await stack.stop();
  await removeDir(stack.dir);
});

const nowhere = '00000000-0000-4000-8000-000000000000';

/** Requests about an existing row, and the same about a missing one. */
const PAIRS: readonly (readonly [
  name: string,
  there: () => Omit<Call, 'token'>,
  gone: Omit<Call, 'token'>,
])[] = [
  ['a row', () => ({ path: `notes?id=eq.${note}` }), { path: `notes?id=eq.${nowhere}` }],
  ['its text', () => ({ path: 'notes?body=eq.a%20note' }), { path: 'notes?body=eq.none' }],
  [
    'its count',
    () => ({ method: 'HEAD', path: `notes?id=eq.${note}`, headers: [['prefer', 'count=exact']] }),
    { method: 'HEAD', path: `notes?id=eq.${nowhere}`, headers: [['prefer', 'count=exact']] },
  ],
  [
    'a change',
    () => ({ method: 'PATCH', path: `notes?id=eq.${note}`, body: { body: 'x' } }),
    { method: 'PATCH', path: `notes?id=eq.${nowhere}`, body: { body: 'x' } },
  ],
  [
    'a delete',
    () => ({ method: 'DELETE', path: `notes?id=eq.${note}` }),
    { method: 'DELETE', path: `notes?id=eq.${nowhere}` },
  ],
  ['an unguarded table', () => ({ path: 'unguarded?id=eq.1' }), { path: 'unguarded?id=eq.2' }],
  [
    'an unguarded insert',
    () => ({ method: 'POST', path: 'unguarded', body: { id: 1 } }),
    { method: 'POST', path: 'unguarded', body: { id: 2 } },
  ],
  [
    'a function',
    () => ({ method: 'POST', path: 'rpc/unguarded_call', body: {} }),
    { method: 'POST', path: 'rpc/me', body: {} },
  ],
];

/** Callers with a genuine token that is not trusted. */
const UNTRUSTED: Readonly<
  Record<
    string,
    {
      readonly token: () => string;
      readonly undo?: string;
      readonly code: string;
      before?: () => Promise<unknown>;
    }
  >
> = {
  'an ID token': { token: () => ada.idToken, code: 'PT403' },
  'a disabled person': {
    token: () => ada.accessToken,
    code: 'PT403',
    before: () => db.query(sql`select public.disable_user(${ada.sub})`),
    undo: 'delete from cognito_supabase.disabled_users',
  },
  'an ended session': {
    token: () => ada.accessToken,
    code: 'PT401',
    before: () => asService('rpc/revoke_user', { sub: ada.sub }),
    undo: 'delete from cognito_supabase.revoked_users',
  },
  'an app client that is not trusted': {
    token: () => ada.accessToken,
    code: 'PT403',
    before: () =>
      db.query("update cognito_supabase.trusted_clients set client_id = 'x' || client_id"),
    undo: 'update cognito_supabase.trusted_clients set client_id = substr(client_id, 2)',
  },
};

describe.each(Object.entries(UNTRUSTED))('%s', (_, { token, before, undo, code }) => {
  beforeAll(async () => void (await before?.()));
  afterAll(async () => void (undo && (await db.query(undo))));

  test.each(PAIRS)('gets the same answer whether or not there is %s', async (_, there, gone) => {
    const [found, missing] = [
      await call({ ...there(), token: token() }),
      await call({ ...gone, token: token() }),
    ];
    expect({ status: found.status, body: found.body }).toEqual({
      status: missing.status,
      body: missing.body,
    });
    expect(found.status).toBe(code === 'PT401' ? 401 : 403);
    if (found.body !== undefined) expect(found.body.message).not.toBe('');
    expect(found.headers['content-range']).toBe(missing.headers['content-range']);
  });
});

describe('the estimates of the planner are not for callers', () => {
  const forms: readonly (readonly [string, Call['headers']])[] = [
    ['count=planned', [['prefer', 'count=planned']]],
    ['count=estimated', [['prefer', 'count=estimated']]],
    ['in a list', [['prefer', 'return=representation, count=planned']]],
    [
      'in a second header',
      [
        ['prefer', 'return=minimal'],
        ['prefer', 'count=planned'],
      ],
    ],
    [
      'in a first header',
      [
        ['prefer', 'count=planned'],
        ['prefer', 'return=minimal'],
      ],
    ],
    ['with other letters', [['Prefer', 'Count=Planned']]],
  ];
  test.each(forms)('%s is refused, with what to do', async (_, headers = []) => {
    for (const method of ['GET', 'HEAD']) {
      for (const token of [bob.accessToken, undefined]) {
        const answer = await call({ method, path: 'notes?body=eq.a%20note', token, headers });
        expect(answer.status).toBe(400);
        expect(answer.headers['content-range'] ?? '*/*').not.toMatch(/\/\d/);
        if (method === 'GET') expect(answer.body.hint).toMatch(/count=exact/);
      }
    }
  });

  test('an exact count is answered, and counts own rows', async () => {
    const headers = [['prefer', 'count=exact']] as const;
    const answer = await call({ method: 'HEAD', path: 'notes', token: bob.accessToken, headers });
    expect(answer.headers['content-range']).toMatch(/\/0$/);
  });

  test('the planner has no statistics of free text, for any request', async () => {
    await db.query(
      sql`insert into public.notes (owner_sub, body)
        select ${ada.sub}, 'secret project' from generate_series(1, 3000)`,
    );
    await db.query('analyze public.notes');
    const claims = JSON.stringify({ sub: bob.sub, role: 'authenticated' });
    const estimate = async (body: string): Promise<number> => {
      await db.query('begin');
      await db.query(
        sql`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`,
      );
      const literal = pg.escapeLiteral(body);
      const { rows } = await db.query(
        `explain (format json) select 1 from public.notes where body = ${literal}`,
      );
      await db.query('rollback');
      return rows[0]['QUERY PLAN'][0].Plan['Plan Rows'];
    };
    expect(await estimate('secret project')).toBe(await estimate('no such text'));
    const { rows } = await db.query(`
      select tablename, attname from pg_stats where schemaname = 'public' and attname in ('body', 'title', 'name', 'email', 'display_name')`);
    expect(rows).toEqual([]);
    await db.query("delete from public.notes where body = 'secret project'");
  });
});

test('functions of Postgres itself cannot be called', async () => {
  for (const name of [
    'lo_create',
    'pg_advisory_lock',
    'pg_notify',
    'pg_sleep',
    'set_config',
    'check_request',
  ]) {
    const answer = await call({
      method: 'POST',
      path: `rpc/${name}`,
      token: bob.accessToken,
      body: {},
    });
    expect([name, answer.status]).toEqual([name, 404]);
  }
});

describe('the function that is called before each request', () => {
  const setTo = (name: string) =>
    db.query(`alter role authenticator set pgrst.db_pre_request = ${pg.escapeLiteral(name)};
      notify pgrst, 'reload config'`);
  const read = () => call({ path: 'notes?select=id', token: bob.accessToken });
  afterEach(async () => {
    await setTo('cognito_supabase.check_request');
    await until(async () => (await read()).status === 200);
  });

  test('a missing function refuses every request', async () => {
    await setTo('private.not_there');
    await until(async () => (await read()).status !== 200);
    expect((await read()).status).toBeGreaterThanOrEqual(400);
    const key = env.SUPABASE_SECRET_KEY;
    expect((await call({ path: 'notes?select=id', key })).status).toBeGreaterThanOrEqual(400);
  });

  test('it runs in the transaction of the request, and sees the request', async () => {
    await db.query(`
      create function public.spy() returns void language plpgsql as $$
      begin
        raise sqlstate 'PT418' using message = concat_ws(' ', current_user, auth.jwt() ->> 'sub',
          current_setting('request.method'), current_setting('request.path'),
          current_setting('request.headers')::jsonb ->> 'x-mine', current_setting('statement_timeout'));
      end $$;
      grant execute on function public.spy() to authenticated;`);
    await setTo('public.spy');
    await until(async () => (await read()).status === 418);
    const headers = [['X-Mine', 'yes']] as const;
    const answer = await call({ path: 'notes?select=id', token: bob.accessToken, headers });
    expect(answer.body.message).toBe(`authenticated ${bob.sub} GET /notes yes 3s`);
  });
});

describe('one person cannot starve all', () => {
  test('while more requests of one person hang than there are connections, another gets answers', async () => {
    // The row is locked, so the requests wait until the statement timeout or the unlock.
    const lock = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
    await lock.connect();
    await lock.query('begin');
    await lock.query(sql`select from public.notes where id = ${note} for update`);
    let ended = 0;
    const path = `notes?id=eq.${note}`;
    const hanging = Array.from({ length: 40 }, async () => {
      const answer = await call({
        method: 'PATCH',
        path,
        token: ada.accessToken,
        body: { body: 'a note' },
      });
      ended += 1;
      return answer.status;
    });
    await until(async () => {
      const { rows } = await db.query(
        "select count(*)::int as n from pg_stat_activity where usename = 'authenticator' and wait_event_type = 'Lock'",
      );
      return rows[0].n >= 4;
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call({ path: 'notes?select=id', token: bob.accessToken })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(ended).toBeLessThan(40);
    await lock.query('rollback');
    await lock.end();
    // The others run one after the other. The first ones may have reached the statement timeout.
    for (const status of await Promise.all(hanging)) expect([200, 204, 500]).toContain(status);
  });

  test('a request ends at the statement timeout of its role', async () => {
    await db.query(`
      create function public.slow() returns text language sql as $$ select 'late' from pg_sleep(60) $$;
      grant execute on function public.slow() to authenticated;`);
    await until(async () => {
      const { status } = await call({ path: 'rpc/slow?no_such=1', token: bob.accessToken });
      return status === 404;
    });
    const answer = await call({
      method: 'POST',
      path: 'rpc/slow',
      token: bob.accessToken,
      body: {},
    });
    expect([answer.status, answer.body.code]).toEqual([500, '57014']);
    const { rows } = await db.query(`
      select unnest(setconfig) as setting from pg_db_role_setting where setrole = 'authenticated'::regrole`);
    expect(rows).toContainEqual({ setting: 'statement_timeout=3s' });
  });
});
