/** No secret of a database's URL is an argument of the Supabase CLI: every user of the machine can read arguments. */
import { withoutSecrets } from '@cognito-supabase/local/supabase-cli';
import { expect, test } from 'vitest';

test.each([
  ['postgresql://postgres:s%40same@127.0.0.1:5/postgres', { PGPASSWORD: 's@same' }],
  ['postgresql://postgres@db.example.com/postgres?password=s%40same', { PGPASSWORD: 's@same' }],
  ['postgresql://a:other@h/db?a=1&password=s%40same&b=2', { PGPASSWORD: 's@same' }],
  ['postgresql://a@h/db?sslpassword=s%40same', { PGPASSWORD: '', PGSSLPASSWORD: 's@same' }],
])('%s', (url, env) => {
  const { argument, env: own } = withoutSecrets(url);
  expect(argument).toMatch(/^--db-url=postgresql:\/\/\w+@/);
  expect(argument).not.toMatch(/password|same|other/);
  expect(own).toMatchObject(env);
});

test('TLS is off on this machine only', () => {
  expect(withoutSecrets('postgresql://a@127.0.0.1/db').env).toHaveProperty('PGSSLMODE', 'disable');
  expect(withoutSecrets('postgresql://a@db.example.com/db').env).not.toHaveProperty('PGSSLMODE');
});
