/** What the routes ask the Data API, and what they make of its answers. */
import { describe, expect, test } from 'vitest';
import { dataApi } from '../../../../functions/api/data-api.ts';
import { handler as health } from '../../../../functions/api/health.ts';
import { getDocument, getHealth, getMe, getWorkspace } from '../../../../functions/api/routes.ts';
import {
  answers,
  bodyOf,
  call,
  calls,
  ENV,
  eventOf,
  parts,
  pause,
  reports,
  SUB,
  send,
  sign,
} from './support.ts';

const TOKEN = await sign();
const authorization = `Bearer ${TOKEN}`;
const me = (given = parts()) => call(getMe, { authorization }, given);
const workspace = (id: string) => call(getWorkspace, { authorization, parameters: { id } });

describe('GET /me', () => {
  test('makes the profile, then answers with the result of the database', async () => {
    const response = await me();
    expect(response).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    });
    expect(bodyOf(response)).toEqual({
      profile: { id: SUB, cognito_sub: SUB, email: null, display_name: 'Ann' },
      memberships: [],
      permissions: [],
    });
    expect(calls.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'POST /rest/v1/rpc/ensure_profile {}',
      'POST /rest/v1/rpc/me {}',
    ]);
    expect(reports).toEqual([
      { route: 'GET /me', status: 200, requestId: 'request-1', ms: expect.any(Number) },
    ]);
  });

  test('passes the caller’s own token on, with the publishable key', async () => {
    await me();
    for (const { headers } of calls)
      expect(headers).toMatchObject({ authorization, apikey: 'sb_publishable_x' });
  });

  test.each([
    [401, '', 401, 'TOKEN_REFUSED'],
    [403, '', 403, 'FORBIDDEN'],
    [409, 'PT409', 409, 'CONFLICT'],
    [404, 'PGRST202', 500, 'NOT_CONFIGURED'],
    [404, '', 502, 'UPSTREAM_FAILED'],
    [429, '', 503, 'UPSTREAM_BUSY'],
    [500, '', 502, 'UPSTREAM_FAILED'],
    [302, '', 502, 'UPSTREAM_FAILED'],
  ])('turns %i %s of Supabase into %i', async (theirs, code, ours, expected) => {
    answers.set('rpc/ensure_profile', [
      theirs,
      JSON.stringify({ code, message: 'the person is disabled' }),
    ]);
    const response = await me();
    expect(response.statusCode).toBe(ours);
    expect(bodyOf(response).code).toBe(expected);
    // Only a refusal sends the message of the database.
    if (ours < 500) expect(bodyOf(response).detail).toBe('the person is disabled');
    else expect(response.body).not.toContain('disabled');
    expect(calls).toHaveLength(1);
  });

  test.each([401, 403])('answers %i where Supabase sends no JSON with it', async (status) => {
    answers.set('rpc/me', [status, '<html>']);
    expect((await me()).statusCode).toBe(status);
  });

  test('answers 502 where Supabase sends no JSON, another shape, or nothing', async () => {
    for (const text of [
      '<html>',
      'null',
      '{}',
      '{"profile":{},"memberships":[],"permissions":[]}',
    ]) {
      answers.set('rpc/me', [200, text]);
      expect((await me()).statusCode).toBe(502);
    }
    expect((await me(parts({ ...ENV, SUPABASE_URL: 'http://127.0.0.1:9' }))).statusCode).toBe(502);
  });

  test('reports no token, no key and no words of the database', async () => {
    for (const status of [401, 403, 500, 302]) {
      answers.set('rpc/me', [status, JSON.stringify({ message: 'ann@example.com' })]);
      await me();
    }
    expect(reports).toHaveLength(4);
    expect(JSON.stringify(reports)).not.toMatch(/eyJ|sb_publishable|ann@/);
  });
});

describe('GET /workspaces/{id}', () => {
  const row = { id: SUB, name: 'Lab', created_at: 'x', updated_at: 'x', members: [] };

  test('asks for one row with its members, and answers with it', async () => {
    answers.set('workspaces', [200, JSON.stringify([row])]);
    expect(bodyOf(await workspace(SUB))).toEqual(row);
    const [asked] = calls;
    const query = new URL(asked?.url ?? '', 'http://x').searchParams;
    expect(asked?.method).toBe('GET');
    expect(query.get('id')).toBe(`eq.${SUB}`);
    expect(query.get('select')).toContain('members:workspace_members(');
  });

  test('does not tell a workspace of others from none', async () => {
    answers.set('workspaces', [200, '[]']);
    const response = await workspace(SUB);
    expect(response.statusCode).toBe(404);
    expect(bodyOf(response)).toMatchObject({ code: 'NOT_FOUND', title: 'Not Found', status: 404 });
  });

  test.each(['x', `${SUB}x`, `${SUB}&select=*`, 'eq.1', `${SUB}\n`, 'a/b'])(
    'refuses the id %j, and asks nobody',
    async (id) => {
      const response = await workspace(id);
      expect(response.statusCode).toBe(400);
      expect(bodyOf(response).detail).toBe('path.id: Invalid UUID');
      expect(calls).toEqual([]);
    },
  );

  test('says so where the module is not installed, or the answer is not rows', async () => {
    answers.set('workspaces', [404, '{"code":"PGRST205"}']);
    expect(bodyOf(await workspace(SUB)).code).toBe('NOT_CONFIGURED');
    answers.set('workspaces', [200, '{}']);
    expect(bodyOf(await workspace(SUB)).code).toBe('UPSTREAM_FAILED');
  });
});

test('all calls of a request together have one deadline', async () => {
  pause.ms = 150;
  const url = ENV.SUPABASE_URL.replace(/\/$/, '');
  const data = dataApi({ url, publishableKey: 'x', timeout: 250 }, TOKEN);
  await expect(data.rpc('ensure_profile')).resolves.toEqual({ id: SUB });
  await expect(data.rpc('me')).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
});

test('a value that is no event is answered, and nothing else happens', async () => {
  const response = await send(null as never);
  expect(response.statusCode).toBe(500);
  expect(bodyOf(response)).toMatchObject({ code: 'INTERNAL', detail: 'Something went wrong.' });
  for (const event of [{}, { rawPath: '/me' }, []])
    expect((await send(event as never)).statusCode).toBe(404);
  expect(calls).toEqual([]);
});

test('an unknown path is a 404', async () => {
  const response = await call({ method: 'GET', path: '/nothing' }, { authorization });
  expect(response.statusCode).toBe(404);
  expect(bodyOf(response).code).toBe('NOT_FOUND');
});

test('GET /health calls nobody', async () => {
  expect(bodyOf(await health(eventOf(getHealth)))).toEqual({ status: 'ok' });
  expect(calls).toEqual([]);
});

test('GET /openapi.json describes all routes', async () => {
  const document = bodyOf(await call(getDocument));
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toContain('/admin/users/{sub}/groups/{group}');
});
