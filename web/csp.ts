import type { Plugin } from 'vite';

/** Origins that the page may call, from its settings. */
const connectSources = (env: Readonly<Record<string, unknown>>): string[] => {
  const sources = ["'self'"];
  const add = (url: unknown): URL | null => {
    if (typeof url !== 'string' || !URL.canParse(url)) return null;
    const parsed = new URL(url);
    sources.push(parsed.origin);
    return parsed;
  };
  const supabase = add(env.VITE_SUPABASE_URL);
  // Realtime is a WebSocket on the same host, which `https:` sources do not cover everywhere.
  if (supabase) sources.push(supabase.origin.replace(/^http/, 'ws'));
  const pool = env.VITE_COGNITO_USER_POOL_ID;
  if (!add(env.VITE_COGNITO_ENDPOINT) && typeof pool === 'string' && pool.includes('_')) {
    const region = pool.slice(0, pool.indexOf('_'));
    const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    sources.push(`https://cognito-idp.${region}.${suffix}`);
  }
  return sources;
};

/** The policy of a page with these settings, for the header or the meta element. */
export const policyFor = (env: Readonly<Record<string, unknown>>): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${connectSources(env).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/**
 * Writes a Content-Security-Policy into the built page.
 *
 * Amplify keeps the tokens in localStorage, where a foreign script on the page could read them. So the
 * policy allows no foreign script, and connections only to the two services. The dev server has no
 * policy, because its refresh preamble is an inline script.
 */
export const contentSecurityPolicy = (): Plugin => {
  let env: Readonly<Record<string, unknown>> = {};
  return {
    name: 'content-security-policy',
    apply: 'build',
    configResolved(config) {
      env = config.env;
    },
    transformIndexHtml() {
      return [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'Content-Security-Policy', content: policyFor(env) },
          injectTo: 'head-prepend',
        },
      ];
    },
  };
};
