import { describe, expect, it } from 'vitest';
import { createLegibleFetch } from '../../../client/src/legible-answers.ts';

const answering = (body: string | null, init: ResponseInit) =>
  createLegibleFetch(async () => new Response(body, init))('http://api.example/rest/v1/notes');

describe('createLegibleFetch', () => {
  it.each([
    ['HTML of a gateway', '<html><h1>503 Service Unavailable</h1></html>', 'text/html', ''],
    ['nothing', '', 'text/plain', ''],
    ['JSON without a code', '{"message":"too many"}', 'application/json', 'too many'],
    ['JSON with a code that is none', '{"code":null,"message":"busy"}', 'application/json', 'busy'],
    ['JSON that is no object', 'null', 'application/json', ''],
  ])('gives a refusal with %s a code', async (_, body, type, message) => {
    const answer = await answering(body, { status: 503, headers: { 'content-type': type } });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ code: 'HTTP 503', message });
  });

  it('leaves the errors of PostgREST and every success as they are', async () => {
    const error = { code: '42501', message: 'no', details: null, hint: null };
    const refused = await answering(JSON.stringify(error), { status: 403 });
    expect(await refused.json()).toEqual(error);
    expect(await (await answering('[]', { status: 200 })).text()).toBe('[]');
  });
});
