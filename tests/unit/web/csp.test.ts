import { describe, expect, it } from 'vitest';
import { policyFor } from '../../../web/csp.ts';
import { HOST_FILES, headersFor } from '../../../web/headers.ts';

const sourcesOf = (env: Record<string, string>) =>
  /connect-src ([^;]*)/.exec(policyFor(env))?.[1]?.split(' ');

const SUPABASE = { VITE_SUPABASE_URL: 'https://project.supabase.co/' };

it('allows connections only to the project and the pool', () => {
  expect(sourcesOf({ ...SUPABASE, VITE_COGNITO_USER_POOL_ID: 'eu-central-1_Abc' })).toEqual([
    "'self'",
    'https://project.supabase.co',
    'wss://project.supabase.co',
    'https://cognito-idp.eu-central-1.amazonaws.com',
  ]);
});

it('knows the other address of the regions in China', () => {
  expect(sourcesOf({ VITE_COGNITO_USER_POOL_ID: 'cn-north-1_Abc' })).toContain(
    'https://cognito-idp.cn-north-1.amazonaws.com.cn',
  );
});

it('names an emulator in place of AWS', () => {
  const env = {
    VITE_SUPABASE_URL: 'http://127.0.0.1:54321',
    VITE_COGNITO_USER_POOL_ID: 'local-1_Abc',
    VITE_COGNITO_ENDPOINT: 'http://127.0.0.1:9229',
  };
  expect(sourcesOf(env)).toEqual([
    "'self'",
    'http://127.0.0.1:54321',
    'ws://127.0.0.1:54321',
    'http://127.0.0.1:9229',
  ]);
});

it('allows no scripts but those of the app', () => {
  expect(policyFor({})).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policyFor({})).not.toContain('unsafe');
});

describe('the headers of the built app', () => {
  const env = { ...SUPABASE, VITE_COGNITO_USER_POOL_ID: 'eu-central-1_Abc' };
  const headers = headersFor(env);

  it('keep other sites from framing it', () => {
    expect(new Map(headers).get('Content-Security-Policy')).toBe(
      `${policyFor(env)}; frame-ancestors 'none'`,
    );
    expect(new Map(headers).get('X-Frame-Options')).toBe('DENY');
  });

  it.each(HOST_FILES.map((file) => [file.name, file] as const))('are all in %s', (name, file) => {
    const text = file.render(headers);
    for (const [header, value] of headers) {
      // CloudFront has fields for three of them, with another form of the value.
      if (name === 'cloudfront.json' && /^(X-Content|Strict)/.test(header)) continue;
      expect(text).toContain(value.replaceAll('"', '\\"'));
    }
    if (name.endsWith('.json')) expect(() => JSON.parse(text)).not.toThrow();
  });

  it('have no value that would end the quotes of nginx', () => {
    for (const [, value] of headers) expect(value).not.toMatch(/["\\$\n]/);
  });
});
