/** `cognito-supabase token` without a database, on an issuer of the test. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { explainToken, type TokenOptions } from '../../../../cli/token/command.ts';
import { type StandInIssuer, startIssuer } from '../../../support/doctor-world.ts';

let pool: StandInIssuer;
/** Paths that the issuer was asked for. */
let asked: string[];

beforeAll(async () => {
  pool = await startIssuer();
});
afterAll(() => pool.close());
beforeEach(() => {
  asked = [];
  pool.server.respond = (request, body) => {
    asked.push(request.url ?? '');
    return pool.right(request, body);
  };
});

interface Explained {
  readonly code: number;
  readonly lines: readonly string[];
  readonly text: string;
}

async function explain(
  input: string,
  options: TokenOptions = { issuer: pool.issuer },
  env: Readonly<Record<string, string>> = {},
): Promise<Explained> {
  const lines: string[] = [];
  const code = await explainToken(options, {
    ...{ input: Readable.from([input]), env },
    print: (line) => void lines.push(line),
  });
  return { code, lines, text: lines.join('\n') };
}

/** The marks of checks and services: name → mark. */
const marksOf = ({ lines }: Explained): Record<string, string> =>
  Object.fromEntries(
    lines.flatMap((line) => {
      const [, mark = '', name = ''] = /^ {2}([✓✗?]) (.+?) {2,}/.exec(`${line}  `) ?? [];
      return mark === '' ? [] : [[name.trim(), mark]];
    }),
  );

const SERVICES = ['Data API', 'Storage', 'Realtime', 'Edge Functions', 'HTTP API'];
const servicesOf = (explained: Explained): string =>
  SERVICES.map((service) => marksOf(explained)[service]).join('');

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

test('a right access token: everything is right, and the keys are the only request', async () => {
  const token = await pool.sign();
  const explained = await explain(token, { issuer: pool.issuer }, { COGNITO_CLIENT_IDS: 'app' });
  expect(explained.code).toBe(0);
  expect(Object.values(marksOf(explained))).toEqual(Array(12).fill('✓'));
  expect(asked).toEqual(['/eu-central-1_StandIn/.well-known/jwks.json']);
});

test('nothing of the signature is printed, as text or as JSON', async () => {
  const token = await pool.sign();
  const [, , signature = ''] = token.split('.');
  for (const json of [false, true]) {
    const { text } = await explain(token, { issuer: pool.issuer, json });
    expect(text).toContain('authenticated');
    expect(text).not.toContain(signature.slice(0, 20));
  }
});

test('a token with Bearer before it, and line ends around', async () => {
  expect((await explain(`\nBearer ${await pool.sign()}\n`)).code).toBe(0);
});

describe('what each service does', () => {
  test.each([
    ['no role', { role: undefined }, '✗✗✗✓✓'],
    ['another role', { role: 'service_role' }, '✗✗✗✓✓'],
    ['an ID token', { token_use: 'id', aud: 'app', client_id: undefined }, '✓✓✓✗✗'],
    ['expired 10 s ago', { iat: inSeconds(-100), exp: inSeconds(-10) }, '✓✗✗✗✗'],
    ['expired a minute ago', { iat: inSeconds(-100), exp: inSeconds(-60) }, '✗✗✗✗✗'],
    ['without expiry', { exp: undefined }, '✗✗✗✗✗'],
    ['of the future', { iat: inSeconds(60) }, '✗✗✗✗✗'],
  ])('%s', async (_name, claims, expected) => {
    const explained = await explain(await pool.sign(claims));
    expect(servicesOf(explained)).toBe(expected);
    expect(explained.code).toBe(1);
  });

  test('an app client that is not listed', async () => {
    const env = { COGNITO_CLIENT_IDS: 'other, another' };
    const explained = await explain(await pool.sign(), { issuer: pool.issuer }, env);
    expect(servicesOf(explained)).toBe('✓✓✓✗✗');
  });
});

describe('signatures', () => {
  test.each([
    ['the right key id and another key', { forged: true }],
    ['a key id that the issuer does not have', { kid: 'replaced' }],
  ])('%s', async (_name, options) => {
    const explained = await explain(await pool.sign({}, options));
    expect(marksOf(explained).signature).toBe('✗');
    expect(servicesOf(explained)).toBe('✗✗✗✗✗');
  });

  test.each(['none', 'HS256', 'RS512'])('algorithm %s, without asking for keys', async (alg) => {
    const [, payload = ''] = (await pool.sign()).split('.');
    const header = Buffer.from(JSON.stringify({ alg, kid: 'own' })).toString('base64url');
    const explained = await explain(`${header}.${payload}.AAAA`);
    expect(marksOf(explained).signature).toBe('✗');
    expect(asked).toEqual([]);
  });

  test('keys that cannot be read leave it open', async () => {
    pool.server.respond = () => ({ status: 503 });
    const explained = await explain(await pool.sign());
    expect(marksOf(explained).signature).toBe('?');
    expect(servicesOf(explained)).toBe('?????');
    expect(explained.code).toBe(1);
  });

  test('a redirect of the keys is not followed', async () => {
    pool.server.respond = ({ url = '' }) => {
      asked.push(url);
      return { status: 302, headers: { location: '/elsewhere' } };
    };
    expect(marksOf(await explain(await pool.sign())).signature).toBe('?');
    expect(asked).toHaveLength(1);
  });
});

describe('the issuer in a token is not opened', () => {
  test.each([
    'http://127.0.0.1:1/pool',
    'http://169.254.169.254/latest',
    'https://cognito-idp.eu-central-1.amazonaws.com.evil.example/eu-central-1_A',
    'https://cognito-idp.eu-central-1.amazonaws.com@evil.example/eu-central-1_A',
    'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_A/../../x',
    'https://cognito-idp.eu-central-1.amazonaws.com/us-east-1_A',
    'http://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_A',
    'https://cognito-idp.eu-central-1.amazonaws.com.cn/eu-central-1_A',
  ])('%s', async (iss) => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const explained = await explain(await pool.sign({ iss }), {});
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
    expect(marksOf(explained)).toMatchObject({ issuer: '✗', signature: '?' });
    expect(explained.code).toBe(1);
  });

  test('that of the stand-in neither, where another one is expected', async () => {
    const explained = await explain(await pool.sign(), { issuer: 'https://example.com/pool' });
    expect(marksOf(explained)).toMatchObject({ issuer: '✗', signature: '?' });
    expect(asked).toEqual([]);
  });

  test.each([
    'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC123',
    'https://issuer-cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_AbC123',
    'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbC123',
  ])('but that of a user pool: %s', async (iss) => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'));
    await explain(await pool.sign({ iss }), {});
    expect(fetched.mock.calls.map(([url]) => url)).toEqual([`${iss}/.well-known/jwks.json`]);
    fetched.mockRestore();
  });
});

describe('input', () => {
  test.each([
    ['nothing', '', 'TOKEN_MISSING'],
    ['words', 'not a token, but secret words', 'TOKEN_INVALID'],
    ['three parts that are none', 'secret.secret.secret', 'TOKEN_INVALID'],
    ['an encrypted token', 'secret.a.b.c.d', 'TOKEN_INVALID'],
    ['too much', 'secret'.repeat(20_000), 'TOKEN_INVALID'],
  ])('%s is refused, and not repeated', async (_name, input, code) => {
    const error = await explain(input).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String((error as Error).message)).not.toContain('secret');
  });

  test('a terminal is not waited for', async () => {
    const input = Object.assign(Readable.from([]), { isTTY: true });
    await expect(
      explainToken({}, { input, env: {}, print: () => undefined }),
    ).rejects.toMatchObject({
      code: 'TOKEN_MISSING',
      hint: expect.stringContaining('< token.txt'),
    });
  });

  test.each(['http://example.com/pool', 'file:///etc/passwd', 'pool'])(
    '--issuer %s is refused',
    async (issuer) => {
      await expect(explain(await pool.sign(), { issuer })).rejects.toMatchObject({
        code: 'BAD_OPTION',
      });
    },
  );

  test('--as without a database', async () => {
    await expect(explain(await pool.sign(), { as: 'select 1' })).rejects.toMatchObject({
      code: 'SETTING_MISSING',
    });
  });

  test.each([
    ['a bare % in the password', 'postgresql://postgres:of-the-test%@127.0.0.1:9/postgres'],
    [
      'a certificate that is not there',
      'postgresql://postgres:of-the-test@127.0.0.1:9/postgres?sslmode=verify-full&sslrootcert=/nowhere/root.crt',
    ],
  ])('a URL of a database with %s', async (_name, url) => {
    const options = { issuer: pool.issuer };
    const asked = explain(await pool.sign(), options, { SUPABASE_DB_URL: url });
    const error = await asked.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/DATABASE_FAILED|SETTING_INVALID/) });
    expect(String((error as Error).message)).not.toContain('of-the-test');
  });

  test('control characters of a claim do not reach the terminal', async () => {
    const { text } = await explain(await pool.sign({ username: '\u001b[2Jowned\u202e' }));
    expect(text).toContain('\\u{1b}[2Jowned\\u{202e}');
    expect(text).not.toContain('\u001b[2J');
  });
});
