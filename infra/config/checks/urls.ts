/** Checks of URLs, origins, mail addresses and host names. */
import type { StageName } from '../settings.ts';
import { must } from './refuse.ts';

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

export const PROJECT_HINT = 'https://REF.supabase.co, from the project’s settings.';

/** The address of a Supabase project. */
export function checkProject(key: string, url: string) {
  must(
    URL.canParse(url) && new URL(url).origin === url && url.startsWith('https:'),
    key,
    `"${url}" is not the address of a project`,
    PROJECT_HINT,
  );
}

/** Schemes that run or read something on the device instead of opening an app. */
const DANGEROUS = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:']);

/**
 * A redirect URL. It must be exact, because its owner receives authorization codes.
 *
 * @param ownScheme - whether an app may have a scheme of its own, as in `com.example.app://callback`
 */
export function checkRedirect(key: string, text: string, stage: StageName, ownScheme = false) {
  must(!text.includes('*'), key, `"${text}" has a wildcard`, 'Write each URL out, exactly.');
  const url = parse(text);
  must(url, key, `"${text}" is not a URL`, 'As in https://app.example.com/auth/callback.');
  must(url.hash === '' && !text.includes('#'), key, `"${text}" has a fragment`, 'Leave # out.');
  must(!url.username && !url.password, key, 'has a password in it', 'Leave user and password out.');
  if (url.protocol === 'https:') return;
  if (url.protocol === 'http:') {
    must(
      stage === 'dev',
      key,
      `"${text}" is http outside dev`,
      'Codes and tokens come back there: use https.',
    );
    // Cognito accepts http for localhost only.
    must(
      url.hostname === 'localhost',
      key,
      `"${text}" is http and not localhost`,
      'Use http://localhost:PORT, not 127.0.0.1 or a name, or https.',
    );
    return;
  }
  must(
    ownScheme && !DANGEROUS.has(url.protocol),
    key,
    `"${text}" has the scheme ${url.protocol}`,
    ownScheme ? 'https, or a scheme of the app, as com.example.app://.' : 'Use https.',
  );
  // Other apps can register a common scheme too: RFC 8252, 7.1 and 8.6.
  must(
    url.protocol.includes('.'),
    key,
    `"${text}" has a scheme that other apps may claim`,
    'Use your domain in reverse, as com.example.app://callback.',
  );
}

/** An origin that browsers may call from. */
export function checkOrigin(key: string, text: string, stage: StageName) {
  must(!text.includes('*'), key, `"${text}" has a wildcard`, 'Write each origin out.');
  must(
    parse(text)?.origin === text,
    key,
    `"${text}" is not an origin`,
    'Scheme, host and port alone, as in https://app.example.com, without a slash at the end.',
  );
  must(
    text.startsWith('https://') || (stage === 'dev' && text.startsWith('http://localhost')),
    key,
    `"${text}" is not https`,
    stage === 'dev' ? 'https, or http://localhost:PORT.' : 'Use https outside dev.',
  );
}

/** An https URL of another service. */
export function checkHttps(key: string, text: string, hint: string) {
  const url = parse(text);
  must(url?.protocol === 'https:', key, `"${text}" is not an https URL`, hint);
}

/** A mail address. */
export function checkMail(key: string, text: string, hint: string) {
  must(/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text), key, `"${text}" is not an address`, hint);
}

/** A host name. */
export function checkHost(key: string, text: string) {
  must(
    /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/.test(text),
    key,
    `"${text}" is not a host name`,
    'As in auth.example.com: no scheme, port or path.',
  );
}

/** A certificate of ACM, in the region where it has to be. */
export function checkCertificate(key: string, arn: string, region: string) {
  const [, found] = /^arn:aws[\w-]*:acm:([\w-]+):\d{12}:certificate\/[\w-]+$/.exec(arn) ?? [];
  must(found, key, `"${arn}" is not the ARN of an ACM certificate`, 'arn:aws:acm:REGION:…');
  must(
    found === region,
    key,
    `the certificate is in ${found}`,
    `It has to be in ${region}: request it there.`,
  );
}
