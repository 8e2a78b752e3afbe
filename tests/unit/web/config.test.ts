import { describe, expect, it } from 'vitest';
import { type ConfigResult, readConfig } from '../../../web/src/config.ts';

const COMPLETE = {
  VITE_SUPABASE_URL: 'https://project.supabase.co',
  VITE_SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_abc',
  VITE_COGNITO_USER_POOL_ID: 'eu-central-1_AbCdEfGhI',
  VITE_COGNITO_CLIENT_ID: '1h57kf5cpq17m0eml12EXAMPLE',
};

/** A legacy API key of Supabase. */
const legacyKey = (role: string) =>
  `e30.${Buffer.from(JSON.stringify({ iss: 'supabase', role })).toString('base64url')}.c2ln`;

const problemsOf = (result: ConfigResult) =>
  result.ok ? [] : result.problems.map(({ variable, error }) => [variable, error.code]);

it('reads a complete environment, without an emulator by default', () => {
  expect(readConfig({ ...COMPLETE, MODE: 'production', DEV: false })).toEqual({
    ok: true,
    config: {
      supabaseUrl: 'https://project.supabase.co',
      publishableKey: 'sb_publishable_abc',
      userPoolId: 'eu-central-1_AbCdEfGhI',
      clientId: '1h57kf5cpq17m0eml12EXAMPLE',
      cognitoEndpoint: null,
    },
  });
});

it('takes the address of an emulator, without a slash at its end', () => {
  const result = readConfig({ ...COMPLETE, VITE_COGNITO_ENDPOINT: 'http://127.0.0.1:9229/' });
  expect(result.ok && result.config.cognitoEndpoint).toBe('http://127.0.0.1:9229');
});

it('names every missing setting at once, and where its value is found', () => {
  const result = readConfig({
    ...COMPLETE,
    VITE_SUPABASE_URL: '',
    VITE_COGNITO_CLIENT_ID: undefined,
  });
  expect(problemsOf(result)).toEqual([
    ['VITE_SUPABASE_URL', 'SETTING_MISSING'],
    ['VITE_COGNITO_CLIENT_ID', 'SETTING_MISSING'],
  ]);
  expect(!result.ok && result.problems[0]?.error.hint).toContain('Supabase dashboard');
  expect(problemsOf(readConfig({}))).toHaveLength(4);
});

describe('refused settings', () => {
  it.each([
    ['VITE_SUPABASE_URL', 'project.supabase.co'],
    ['VITE_SUPABASE_URL', 'postgresql://localhost/postgres'],
    ['VITE_COGNITO_USER_POOL_ID', 'AbCdEfGhI'],
    ['VITE_COGNITO_CLIENT_ID', 'two words'],
    ['VITE_COGNITO_ENDPOINT', '127.0.0.1'],
  ])('refuses %s=%s', (variable, value) => {
    expect(problemsOf(readConfig({ ...COMPLETE, [variable]: value }))).toEqual([
      [variable, 'SETTING_INVALID'],
    ]);
  });

  it.each([
    ['a secret key', 'sb_secret_abc'],
    ['a legacy service_role key', legacyKey('service_role')],
  ])('refuses to ship %s to browsers, and does not repeat it', (_, key) => {
    const result = readConfig({ ...COMPLETE, VITE_SUPABASE_PUBLISHABLE_KEY: key });
    expect(problemsOf(result)).toEqual([['VITE_SUPABASE_PUBLISHABLE_KEY', 'SETTING_INVALID']]);
    expect(!result.ok && result.problems[0]?.error.message).not.toContain(key);
  });

  it('takes the legacy anon key', () => {
    const env = { ...COMPLETE, VITE_SUPABASE_PUBLISHABLE_KEY: legacyKey('anon') };
    expect(readConfig(env).ok).toBe(true);
  });
});
