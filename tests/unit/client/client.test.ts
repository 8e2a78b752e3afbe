import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuthEvent } from '../../../client/src/adapter.ts';
import { createCognitoSupabase } from '../../../client/src/create.ts';
import { keepRealtimeSignedIn } from '../../../client/src/realtime.ts';
import { describeDataError } from '../../../web/src/data/data-problem.ts';
import { adapterOf, type FakeSession, fakeSession, hourToken } from './fake-tokens.ts';

const KEY = 'sb_publishable_test';
const OLD = hourToken(Date.now(), 60, { jti: 'old' });
const NEW = hourToken(Date.now(), 0, { jti: 'new' });

interface Seen {
  readonly method: string;
  readonly bearer: string;
  readonly apikey: string;
  readonly body: string;
}

const read = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

/** A Data API that accepts some tokens and refuses all others, like PostgREST. */
const startApi = async (accepted: readonly string[]) => {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const bearer = request.headers.authorization?.replace('Bearer ', '') ?? '';
    seen.push({
      method: request.method ?? '',
      bearer,
      apikey: String(request.headers.apikey),
      body: await read(request),
    });
    const ok = accepted.includes(bearer);
    response.writeHead(ok ? 200 : 401, { 'content-type': 'application/json' });
    response.end(
      ok
        ? JSON.stringify([{ id: '1', body: 'a note' }])
        : JSON.stringify({ code: 'PGRST303', message: 'JWT expired', details: null, hint: null }),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
};

let session: FakeSession;
let api: Awaited<ReturnType<typeof startApi>>;

const kit = () =>
  createCognitoSupabase({
    url: api.url,
    publishableKey: KEY,
    auth: adapterOf(session.fetchSession),
  });
const client = () => kit().supabase;

beforeEach(async () => {
  session = fakeSession(OLD);
  session.renewal = async () => NEW;
  api = await startApi([NEW, KEY]);
});

afterEach(() => api.close());

it('sends the token of the session, and the publishable key beside it', async () => {
  session.held = NEW;
  await client().from('notes').select('id');
  expect(api.seen).toEqual([{ method: 'GET', bearer: NEW, apikey: KEY, body: '' }]);
});

it('answers a 401 once, with a renewed token', async () => {
  const { data, error } = await client().from('notes').select('id, body');
  expect(error).toBeNull();
  expect(data).toEqual([{ id: '1', body: 'a note' }]);
  expect(api.seen.map(({ bearer }) => bearer)).toEqual([OLD, NEW]);
  expect(session.asked.forced).toBe(1);
});

it('sends the body of a write again', async () => {
  await client().from('notes').insert({ body: 'once' });
  expect(api.seen.map(({ method, body }) => [method, JSON.parse(body)])).toEqual([
    ['POST', { body: 'once' }],
    ['POST', { body: 'once' }],
  ]);
});

it('renews once for several requests that were turned down together', async () => {
  const data = client();
  const answers = await Promise.all([1, 2, 3].map(() => data.from('notes').select('id')));
  expect(answers.map(({ error }) => error)).toEqual([null, null, null]);
  expect(session.asked.forced).toBe(1);
});

it('returns the second 401', async () => {
  await api.close();
  api = await startApi([]);
  const { error, status } = await client().from('notes').select('id');
  expect(status).toBe(401);
  expect(describeDataError(error)).toEqual({
    text: 'Your session has expired. Please sign in again.',
    code: 'PGRST303',
  });
  expect(api.seen).toHaveLength(2);
});

it.each([
  ['refused', async () => null],
  ['out of reach', () => Promise.reject(new Error('offline'))],
])('hands on the first 401 when the renewal is %s', async (_, renewal) => {
  session.renewal = renewal;
  const { error } = await client().from('notes').select('id');
  expect(error?.code).toBe('PGRST303');
  expect(api.seen).toHaveLength(1);
});

it('does not answer a 401 of a signed-out visitor', async () => {
  await api.close();
  api = await startApi([]);
  session.held = null;
  const { status } = await client().from('notes').select('id');
  expect(status).toBe(401);
  expect(api.seen.map(({ bearer }) => bearer)).toEqual([KEY]);
  expect(session.asked.forced).toBe(0);
});

it('does not repeat a write of one person in the name of another', async () => {
  session.renewal = async () => hourToken(Date.now(), 0, { sub: 'bob' });
  const { status } = await client().from('notes').insert({ body: "ada's" });
  expect(status).toBe(401);
  expect(api.seen).toHaveLength(1);
});

it('sends nothing when the session cannot be read', async () => {
  const data = client();
  await setImmediate(); // supabase-js has its first look at the session as it is made
  session.held = hourToken(Date.now(), 3601);
  session.renewal = () => Promise.reject(new TypeError('Failed to fetch'));
  const { error } = await data.from('notes').insert({ body: 'x' });
  expect(describeDataError(error).code).toBeNull();
  expect(api.seen).toHaveLength(0);
});

it('throws where supabase.auth is used, since Cognito signs people in', () => {
  expect(() => client().auth.getSession()).toThrow(/accessToken/);
});

it('has Realtime ask for the token itself, and closes channels at sign-out', async () => {
  let announce: (event: AuthEvent) => void = () => {};
  const data = client();
  const setAuth = vi.spyOn(data.realtime, 'setAuth').mockResolvedValue();
  const removeAllChannels = vi.spyOn(data, 'removeAllChannels').mockResolvedValue([]);
  keepRealtimeSignedIn(data, {
    listen: (listener) => {
      announce = listener;
      return () => {};
    },
  });

  announce({ type: 'signedIn' });
  announce({ type: 'renewed' });
  expect(setAuth.mock.calls).toEqual([[], []]);
  expect(removeAllChannels).not.toHaveBeenCalled();

  announce({ type: 'signedOut' });
  expect(removeAllChannels).toHaveBeenCalledOnce();
});

it('has the token for other servers, renewed if it is about to expire', async () => {
  const { accessToken } = kit();
  expect(await accessToken()).toBe(OLD);
  session.held = hourToken(Date.now(), 3590);
  expect(await accessToken()).toBe(NEW);
  session.held = null;
  expect(await accessToken()).toBeNull();
});
