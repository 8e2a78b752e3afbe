/** The adapter for servers: whose tokens a request has, and what a client does with them. */
import { CookieStorage } from 'aws-amplify/utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { serverAuth, tokensOfRequest } from '../../../client/src/adapters/server.ts';
import { createCognitoSupabase } from '../../../client/src/create.ts';
import { fakeToken } from './fake-tokens.ts';

const TOKEN = fakeToken({ exp: 9e9, iat: 1 });
const request = (headers: Record<string, string>) => ({ headers: new Headers(headers) });
const PREFIX = 'CognitoIdentityServiceProvider.web';

afterEach(() => vi.unstubAllGlobals());

describe('tokensOfRequest', () => {
  test('reads the header first, and then the cookies of Amplify', () => {
    const cookie = [
      'theme=dark',
      `${PREFIX}.LastAuthUser=ann%40example.com`,
      `${PREFIX}.ann@example.com.accessToken=${TOKEN}`,
      `${PREFIX}.ann@example.com.idToken=id`,
    ].join('; ');
    expect(tokensOfRequest(request({ cookie }), 'web')).toEqual({
      accessToken: TOKEN,
      idToken: 'id',
    });
    const other = fakeToken({ sub: 'bob' });
    const both = request({ cookie, authorization: `bearer ${other}` });
    expect(tokensOfRequest(both, 'web')).toEqual({ accessToken: other });
  });

  test.each([
    'ann',
    'ann@example.com',
    'okta_ann+test@example.com',
    'Änne O’Neil (Köln); 100%',
    'a=b',
  ])('reads the cookies that Amplify writes for the username %j', async (username) => {
    const cookies = new Map<string, string>();
    vi.stubGlobal('document', {
      set cookie(text: string) {
        const [pair = ''] = text.split(';');
        cookies.set(pair.slice(0, pair.indexOf('=')), pair);
      },
    });
    const storage = new CookieStorage({ sameSite: 'lax' });
    await storage.setItem(`${PREFIX}.LastAuthUser`, username);
    await storage.setItem(`${PREFIX}.${username}.accessToken`, TOKEN);
    const cookie = [...cookies.values()].join('; ');
    expect(tokensOfRequest(request({ cookie }), 'web')?.accessToken).toBe(TOKEN);
  });

  test('reads the first of two cookies with the same name, as Amplify does', () => {
    const user = `${PREFIX}.LastAuthUser=ann`;
    const cookie = `${user}; ${PREFIX}.ann.accessToken=${TOKEN}; ${PREFIX}.ann.accessToken=other`;
    expect(tokensOfRequest(request({ cookie }), 'web')?.accessToken).toBe(TOKEN);
  });

  test.each([
    {},
    { authorization: 'Basic YTpi' },
    { authorization: `Bearer ${TOKEN} ${TOKEN}` },
    { cookie: '' },
    { cookie: `${PREFIX}.LastAuthUser=ann` },
    { cookie: `${PREFIX}.ann.accessToken=${TOKEN}` },
    {
      cookie: `CognitoIdentityServiceProvider.other.LastAuthUser=ann; CognitoIdentityServiceProvider.other.ann.accessToken=${TOKEN}`,
    },
    { cookie: '__proto__=x; =; a; %=%E0%A4%A' },
  ])('finds none in %j', (headers) => {
    expect(tokensOfRequest(request(headers), 'web')).toBeNull();
  });
});

describe('serverAuth', () => {
  const seen: (string | null)[] = [];
  const send = (async (_input: unknown, init?: RequestInit) => {
    seen.push(new Headers(init?.headers).get('authorization'));
    return new Response('[]', { headers: { 'content-type': 'application/json' } });
  }) as typeof fetch;
  const made = (
    tokens: Parameters<typeof serverAuth>[0],
    renew?: Parameters<typeof serverAuth>[1],
  ) =>
    createCognitoSupabase({
      url: 'http://127.0.0.1:1',
      publishableKey: 'sb_publishable_x',
      auth: serverAuth(tokens, renew),
      fetch: send,
    });

  test('sends the token of the request, or the key alone', async () => {
    seen.length = 0;
    await made({ accessToken: TOKEN }).supabase.from('notes').select();
    await made(null).supabase.from('notes').select();
    expect(seen).toEqual([`Bearer ${TOKEN}`, 'Bearer sb_publishable_x']);
  });

  test('renews an expired token if it is told how', async () => {
    seen.length = 0;
    const old = fakeToken({ iat: 1, exp: 2 });
    await made({ accessToken: old }, async () => ({ accessToken: TOKEN }))
      .supabase.from('notes')
      .select();
    expect(seen).toEqual([`Bearer ${TOKEN}`]);
  });

  test('knows the person', async () => {
    const { session } = made({ accessToken: TOKEN });
    await session.restore();
    expect(session.getSnapshot()).toMatchObject({ status: 'signedIn', person: { sub: 'ada' } });
  });
});
