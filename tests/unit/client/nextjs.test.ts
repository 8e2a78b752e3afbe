/** Next.js: the client of a request, and what the server renders. In a browser an example uses it (tests/packages). */
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ActionForm, SignInForm, SignOutButton } from '../../../client/src/nextjs/index.ts';
import { serverClient } from '../../../client/src/nextjs/server.ts';
import { fakeToken } from './fake-tokens.ts';

const SETTINGS = {
  NEXT_PUBLIC_SUPABASE_URL: 'http://127.0.0.1:1',
  NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
  NEXT_PUBLIC_COGNITO_USER_POOL_ID: 'eu-central-1_Abc',
  NEXT_PUBLIC_COGNITO_CLIENT_ID: 'web',
};
const TOKEN = fakeToken({ exp: 2, iat: 1 });
const PREFIX = 'CognitoIdentityServiceProvider.web';
const signedIn = new Headers({
  cookie: `${PREFIX}.LastAuthUser=ann; ${PREFIX}.ann.accessToken=${TOKEN}`,
});

beforeEach(() => {
  for (const [name, value] of Object.entries(SETTINGS)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('serverClient', () => {
  test.each([
    ['the token of the cookies', signedIn, TOKEN],
    ['the key alone for somebody who is not signed in', new Headers(), 'sb_publishable_x'],
  ])('sends %s, without a look at the clock', async (_, headers, expected) => {
    const send = vi.fn(async (_input: unknown, _init?: RequestInit) => new Response('[]'));
    vi.stubGlobal('fetch', send);
    const clock = vi.spyOn(Date, 'now');
    await serverClient(headers).from('letters').select();
    expect(new Headers(send.mock.calls[0]?.[1]?.headers).get('authorization')).toBe(
      `Bearer ${expected}`,
    );
    expect(send).toHaveBeenCalledTimes(1);
    expect(clock).not.toHaveBeenCalled();
  });

  test.each(Object.keys(SETTINGS))('says that %s is missing', (name) => {
    vi.stubEnv(name, '');
    expect(() => serverClient(new Headers())).toThrow(`${name} is not set. Write it into .env`);
  });
});

describe('what the server renders', () => {
  test('is a hidden sign-in form, because the browser may have a session to renew', () => {
    const html = renderToString(createElement(SignInForm));
    expect(html).toMatch(/^<form hidden=""/);
    for (const name of ['username', 'password']) expect(html).toContain(`name="${name}"`);
  });

  test('has fields of the app in place of those in English', () => {
    const input = createElement('input', { name: 'username', 'aria-label': 'E-Mail-Adresse' });
    const html = renderToString(createElement(SignInForm, { className: 'mine' }, input));
    expect(html).toContain('class="mine"');
    expect(html).toContain('E-Mail-Adresse');
    expect(html).not.toContain('Sign in');
  });

  test('is a form with an action, and a button that signs out', () => {
    const input = createElement('input', { name: 'body' });
    const form = createElement(ActionForm, { action: async () => undefined, children: input });
    expect(renderToString(form)).toContain('<input name="body"/>');
    const button = createElement(SignOutButton, null, 'Abmelden');
    expect(renderToString(button)).toBe('<button type="button">Abmelden</button>');
  });
});
