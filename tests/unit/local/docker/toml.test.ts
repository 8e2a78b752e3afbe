import { setValues } from '@cognito-supabase/local/docker/toml';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';

const set = (toml: string, values: Parameters<typeof setValues>[1]) =>
  parse(setValues(toml, values));

test('a value that is there is replaced, and everything else stays', () => {
  const toml =
    'project_id = "old"\n\n[api]\nport = 1\nschemas = ["public"]\n\n[db]\nmajor_version = 17\n';
  expect(set(toml, { '': { project_id: 'new' }, api: { port: 2 } })).toEqual({
    project_id: 'new',
    api: { port: 2, schemas: ['public'] },
    db: { major_version: 17 },
  });
});

test('a table that is missing is made, however deep', () => {
  expect(set('', { 'auth.third_party.workos': { enabled: true } })).toEqual({
    auth: { third_party: { workos: { enabled: true } } },
  });
});

test.each([
  ['[auth]\nemail.enabled = true\n'],
  ['[auth]\nemail = { enabled = true }\n'],
  ['auth.email.enabled = true\n'],
  ['["auth"."email"] # why\nenabled = true\n'],
])('however it is written: %j', (toml) => {
  expect(set(toml, { 'auth.email': { enabled: false } })).toEqual({
    auth: { email: { enabled: false } },
  });
});

test('quotes and line breaks in a value do not end it', () => {
  const issuer_url = 'http://127.0.0.1/"x"\n[api]\nport = 1';
  expect(set('', { a: { issuer_url } })).toEqual({ a: { issuer_url } });
});

test.each([
  ['api = 1\n', 'api is not a table'],
  ['[[api]]\nport = 1\n', 'api is not a table'],
  ['[a]\n[api\n', 'line 2, column 5: '],
])('%j is refused: %s', (toml, message) => {
  expect(() => setValues(toml, { api: { port: 2 } })).toThrow(
    expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining(message) }),
  );
});
