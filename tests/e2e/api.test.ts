/** The HTTP API of functions/ on the stack: real tokens, the gateway's answers, and the policies behind it. */
import { createClient } from '@supabase/supabase-js';
import { beforeAll, describe, expect, test } from 'vitest';
import { invitedPerson, newPerson, type Person, supabaseAs } from '../support/people.ts';
import { stackEnv } from '../support/stack.ts';

const { API_URL, SUPABASE_URL, SUPABASE_SECRET_KEY, WEB_URL } = stackEnv();
const service = createClient(SUPABASE_URL, SUPABASE_SECRET_KEY, {
  auth: { persistSession: false },
});

let ada: Person;
let bob: Person;
beforeAll(async () => {
  [ada, bob] = await Promise.all([newPerson('ada'), invitedPerson('bob')]);
});

async function ask(path: string, token?: string, headers: Record<string, string> = {}) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(API_URL + path, { headers: { ...authorization, ...headers } });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

test('health is open', async () => {
  expect(await ask('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
});

describe('the gateway', () => {
  test('answers as API Gateway does to no token, a broken one, and an unknown route', async () => {
    const unauthorized = { status: 401, body: { message: 'Unauthorized' } };
    expect(await ask('/me')).toMatchObject(unauthorized);
    expect(await ask('/me', `${ada.accessToken}x`)).toMatchObject(unauthorized);
    expect(await ask('/nothing', ada.accessToken)).toMatchObject({
      status: 404,
      body: { message: 'Not Found' },
    });
  });

  test('lets an ID token through, and the function refuses it', async () => {
    const { status, body, headers } = await ask('/me', ada.idToken);
    expect(status).toBe(401);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ code: 'TOKEN_REFUSED', title: 'Unauthorized' });
    expect(headers.get('apigw-requestid')).toBe(body.requestId);
  });

  test('lets the web app call, and no other page', async () => {
    const answer = await ask('/me', ada.accessToken, { origin: WEB_URL });
    expect(answer.headers.get('access-control-allow-origin')).toBe(WEB_URL);
    const foreign = await ask('/me', ada.accessToken, { origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
  });
});

describe('GET /me', () => {
  test('is the profile that the sign-up made, or makes it', async () => {
    const mine = await ask('/me', ada.accessToken);
    expect(mine.status).toBe(200);
    expect(JSON.stringify(mine.body)).toContain(ada.email);
    expect((await ask('/me', bob.accessToken)).status).toBe(200);
    const { data } = await service.from('app_users').select('id').eq('cognito_sub', bob.sub);
    expect(data).toHaveLength(1);
  });

  test('refuses a person who has been disabled, with the words of the database', async () => {
    const eve = await newPerson('eve');
    await service.rpc('disable_user', { sub: eve.sub });
    const { status, body } = await ask('/me', eve.accessToken);
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('disabled') });
  });
});

describe('GET /workspaces/{id}', () => {
  test('shows a workspace to its members, and to nobody else', async () => {
    const { data } = await supabaseAs(ada.accessToken).rpc('create_workspace', { name: 'Lab' });
    const mine = await ask(`/workspaces/${data.id}`, ada.accessToken);
    expect(mine).toMatchObject({
      status: 200,
      body: { id: data.id, name: 'Lab', members: [{ role: 'owner' }] },
    });
    const foreign = await ask(`/workspaces/${data.id}`, bob.accessToken);
    const none = await ask(`/workspaces/${crypto.randomUUID()}`, bob.accessToken);
    expect(foreign).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    // Nobody can find out which ids exist.
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...none.body, requestId: '' });
    expect((await ask('/workspaces/1', ada.accessToken)).status).toBe(400);
  });
});
