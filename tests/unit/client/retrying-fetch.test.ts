import { expect, it, vi } from 'vitest';
import { createRetryingFetch } from '../../../client/src/retrying-fetch.ts';
import { fakeToken } from './fake-tokens.ts';

const OLD = fakeToken({ jti: 'old' });
const NEW = fakeToken({ jti: 'new' });
const BEARER = { authorization: `Bearer ${OLD}` };

const setUp = () => {
  const replace = vi.fn(async () => NEW as string | null);
  const send = vi.fn(async (_input: unknown, init?: RequestInit) =>
    new Headers(init?.headers).get('authorization') === `Bearer ${NEW}`
      ? new Response('[]')
      : new Response('{}', { status: 401 }),
  );
  const fetch = createRetryingFetch({
    tokens: { replace },
    publishableKey: 'sb_publishable_test',
    fetch: send as typeof globalThis.fetch,
  });
  return { replace, send, fetch };
};

it('leaves other answers alone', async () => {
  const { replace, fetch } = setUp();
  const response = await fetch('http://api', { headers: { authorization: `Bearer ${NEW}` } });
  expect(response.status).toBe(200);
  expect(replace).not.toHaveBeenCalled();
});

it('keeps every other header of the request', async () => {
  const { send, fetch } = setUp();
  await fetch('http://api', { headers: { ...BEARER, prefer: 'return=minimal' } });
  const again = new Headers(send.mock.calls[1]?.[1]?.headers);
  expect(again.get('prefer')).toBe('return=minimal');
  expect(again.get('authorization')).toBe(`Bearer ${NEW}`);
});

it.each([
  ['text', 'a body'],
  ['a blob', new Blob(['a body'])],
  ['a form', new URLSearchParams({ a: '1' })],
])('sends %s again', async (_, body) => {
  const { send, fetch } = setUp();
  const response = await fetch('http://api', { method: 'POST', headers: BEARER, body });
  expect(response.status).toBe(200);
  expect(send.mock.calls[1]?.[1]?.body).toBe(body);
});

it('hands on the 401 where the body was a stream, which cannot be read twice', async () => {
  const { replace, send, fetch } = setUp();
  const body = new Blob(['a body']).stream();
  const init = { method: 'POST', headers: BEARER, body, duplex: 'half' } as RequestInit;
  expect((await fetch('http://api', init)).status).toBe(401);
  const request = new Request('http://api', { method: 'POST', headers: BEARER, body: 'a body' });
  expect((await fetch(request)).status).toBe(401);
  expect(send).toHaveBeenCalledTimes(2);
  expect(replace).not.toHaveBeenCalled();
});

it('reads the token of a Request without a body', async () => {
  const { replace, fetch } = setUp();
  expect((await fetch(new Request('http://api', { headers: BEARER }))).status).toBe(200);
  expect(replace).toHaveBeenCalledWith(OLD);
});

it.each([
  ['PT401', 1],
  ['PGRST301', 0],
])('tells of an ended session at a second 401 with code %s: %i times', async (code, times) => {
  const onSessionEnded = vi.fn();
  const fetch = createRetryingFetch({
    tokens: { replace: async () => NEW },
    publishableKey: 'sb_publishable_test',
    onSessionEnded,
    fetch: async () => Response.json({ code }, { status: 401 }),
  });
  const response = await fetch('http://api', { headers: BEARER });
  expect(await response.json()).toEqual({ code });
  expect(onSessionEnded).toHaveBeenCalledTimes(times);
});

it('does nothing where no token was sent', async () => {
  const { replace, fetch } = setUp();
  await fetch('http://api');
  await fetch('http://api', { headers: { authorization: 'Bearer sb_publishable_test' } });
  await fetch('http://api', { headers: { authorization: 'Basic dXNlcjpwYXNz' } });
  expect(replace).not.toHaveBeenCalled();
});
