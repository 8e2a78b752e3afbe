/** What the routes ask the Data API, and what they make of its answers. */
import { describe, expect, test } from 'vitest';
import { dataApi } from '../../../../functions/api/data-api.ts';
import { handler as health } from '../../../../functions/api/health.ts';
import { handler as me } from '../../../../functions/api/me.ts';
import { handler as workspace } from '../../../../functions/api/workspace.ts';
import { answers, bodyOf, calls, ENV, eventOf, pause, SUB, sign, warn } from './support.ts';

const TOKEN = await sign();
const event = (pathParameters?: Record<string, string>) =>
  eventOf(`Bearer ${TOKEN}`, pathParameters);

describe('GET /me', () => {
  test('makes the profile, then answers with the result of the database', async () => {
    const response = await me(event());
    expect(response).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    });
    expect(bodyOf(response)).toEqual({ profile: { id: 1 } });
    expect(calls.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'POST /rest/v1/rpc/ensure_profile {}',
      'POST /rest/v1/rpc/me {}',
    ]);
  });

  test('passes the caller’s own token on, with the publishable key', async () => {
    await me(event());
    for (const { headers } of calls)
      expect(headers).toMatchObject({
        authorization: `Bearer ${TOKEN}`,
        apikey: 'sb_publishable_x',
      });
  });

  test.each([
    [401, '', 401, 'TOKEN_REFUSED'],
    [403, '', 403, 'FORBIDDEN'],
    [404, 'PGRST202', 500, 'NOT_CONFIGURED'],
    [404, '', 502, 'UPSTREAM_FAILED'],
    [500, '', 502, 'UPSTREAM_FAILED'],
    [302, '', 502, 'UPSTREAM_FAILED'],
  ])('turns %i %s of Supabase into %i', async (theirs, code, ours, expected) => {
    answers.set('rpc/ensure_profile', [
      theirs,
      JSON.stringify({ code, message: 'the person is disabled' }),
    ]);
    const response = await me(event());
    expect(response.statusCode).toBe(ours);
    expect(bodyOf(response).code).toBe(expected);
    // A failure sends only the message of the database for 401 and 403.
    if (ours < 500) expect(bodyOf(response).detail).toBe('the person is disabled');
    else expect(response.body).not.toContain('disabled');
    expect(calls).toHaveLength(1);
  });

  test.each([401, 403])('answers %i where Supabase sends no JSON with it', async (status) => {
    answers.set('rpc/me', [status, '<html>']);
    expect((await me(event())).statusCode).toBe(status);
  });

  test('answers 502 where Supabase sends no JSON, or cannot be reached', async () => {
    answers.set('rpc/me', [200, '<html>']);
    expect((await me(event())).statusCode).toBe(502);
    process.env.SUPABASE_URL = 'http://127.0.0.1:9';
    expect((await me(event())).statusCode).toBe(502);
  });

  test('never logs a token or a key', async () => {
    for (const status of [401, 403, 500, 302]) {
      answers.set('rpc/me', [status, JSON.stringify({ message: 'no' })]);
      await me(event());
    }
    expect(warn).toHaveBeenCalledTimes(4);
    expect(JSON.stringify(warn.mock.calls)).not.toMatch(/eyJ|sb_publishable/);
  });
});

describe('GET /workspaces/{id}', () => {
  test('asks for one row with its members, and answers with it', async () => {
    answers.set('workspaces', [200, '[{"id":"1","name":"Lab","members":[]}]']);
    const response = await workspace(event({ id: SUB }));
    expect(bodyOf(response)).toEqual({ id: '1', name: 'Lab', members: [] });
    const [call] = calls;
    const query = new URL(call?.url ?? '', 'http://x').searchParams;
    expect(call?.method).toBe('GET');
    expect(query.get('id')).toBe(`eq.${SUB}`);
    expect(query.get('select')).toContain('members:workspace_members(');
  });

  test('does not tell a workspace of others from none', async () => {
    answers.set('workspaces', [200, '[]']);
    const response = await workspace(event({ id: SUB }));
    expect(response.statusCode).toBe(404);
    expect(bodyOf(response)).toMatchObject({ code: 'NOT_FOUND', title: 'Not Found', status: 404 });
  });

  test.each(['', 'x', `${SUB}x`, `${SUB}&select=*`, 'eq.1', `${SUB}\n`])(
    'refuses the id %j, and asks nobody',
    async (id) => {
      expect((await workspace(event({ id }))).statusCode).toBe(400);
      expect(calls).toEqual([]);
    },
  );

  test('says so where the module is not installed, or the answer is not rows', async () => {
    answers.set('workspaces', [404, '{"code":"PGRST205"}']);
    expect(bodyOf(await workspace(event({ id: SUB }))).code).toBe('NOT_CONFIGURED');
    answers.set('workspaces', [200, '{}']);
    expect(bodyOf(await workspace(event({ id: SUB }))).code).toBe('UPSTREAM_FAILED');
  });
});

test('all calls of a request together have one deadline', async () => {
  pause.ms = 150;
  const url = ENV.SUPABASE_URL.replace(/\/$/, '');
  const data = dataApi({ url, publishableKey: 'x', timeout: 250 }, TOKEN);
  await expect(data.rpc('ensure_profile')).resolves.toEqual({ id: 1 });
  await expect(data.rpc('me')).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
});

test('an event that is none is a 500 without its reason', async () => {
  const response = await me({} as never);
  expect(response.statusCode).toBe(500);
  expect(bodyOf(response)).toMatchObject({ code: 'INTERNAL', detail: 'Something went wrong.' });
});

test('GET /health calls nobody', async () => {
  expect(bodyOf(await health())).toEqual({ status: 'ok' });
  expect(calls).toEqual([]);
});
