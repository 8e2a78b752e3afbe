/** The hooks, rendered on a server. In a browser the web app uses them (tests/e2e). */
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { serverAuth } from '../../../client/src/adapters/server.ts';
import { createCognitoSupabase } from '../../../client/src/create.ts';
import { CognitoSupabaseProvider, useSession, useSupabase } from '../../../client/src/react.ts';

const Page = () => {
  const session = useSession();
  const supabase = useSupabase();
  return createElement('p', null, `${session.status} ${typeof supabase.from}`);
};

test('a page on a server is restoring, whoever asks, so that the browser finds the same', () => {
  const value = createCognitoSupabase({
    url: 'http://127.0.0.1:1',
    publishableKey: 'sb_publishable_x',
    auth: serverAuth(null),
  });
  const page = createElement(CognitoSupabaseProvider, { value }, createElement(Page));
  expect(renderToString(page)).toBe('<p>restoring function</p>');
});

test('a hook without its provider says what is missing', () => {
  expect(() => renderToString(createElement(Page))).toThrow(
    'There is no <CognitoSupabaseProvider>',
  );
});
