/** The pool's door: who may knock, what is refused and how, and the mail. */
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalMessage } from '../../../../local/cognito/server.ts';
import {
  addUser,
  CLIENT,
  codeFor,
  ORIGIN,
  openPool,
  PASSWORD,
  POOL,
  post,
  signIn,
  someEmail,
  type TestPool,
} from './support.ts';

let pool: TestPool;
const told: LocalMessage[] = [];
beforeAll(async () => {
  pool = await openPool({ onMessage: (message) => void told.push(message) });
});
afterAll(() => pool.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${pool.endpoint}${path}`, { headers });

/** fetch sets the Host, and what a browser says of a fetch, itself; this does not. */
const raw = (path: string, headers: Record<string, string>) =>
  new Promise<number>((resolve, reject) => {
    const { port } = new URL(pool.endpoint);
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });

describe('a request', () => {
  test.each([
    ['malformed JSON', '{"ClientId": ', 'SerializationException'],
    ['no body', '', 'SerializationException'],
    ['a list', '[]', 'SerializationException'],
    ['null', 'null', 'SerializationException'],
    ['a number for a name', { ClientId: CLIENT, Username: 5 }, 'SerializationException'],
    ['no name', { ClientId: CLIENT }, 'InvalidParameterException'],
  ])('with %s is refused in the form of AWS', async (_, body, type) => {
    const response = await post(pool, 'SignUp', body);
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe(type);
    expect(response.headers.get('x-amzn-requestid')).toBeTruthy();
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(await response.json()).toEqual({ __type: type, message: expect.any(String) });
  });

  test.each([
    undefined,
    '',
    'SignUp',
    'AWSCognitoIdentityProviderService.',
    'AWSCognitoIdentityProviderService.__proto__',
    'AWSCognitoIdentityProviderService.constructor',
    'AWSCognitoIdentityProviderService.NoSuchThing',
    'AWSCognitoIdentityProviderService.Sign Up',
    'Other.SignUp',
  ])('with the target %s is refused', async (target) => {
    const response = await post(
      pool,
      undefined,
      {},
      target === undefined ? {} : { 'x-amz-target': target },
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
  });

  test('to an operation that is not offered is refused by name', async () => {
    const response = await post(pool, 'CreateUserPoolReplica', { UserPoolId: POOL });
    expect(await response.json()).toMatchObject({ __type: 'UnsupportedOperationException' });
  });

  test('of more than 1 MB is refused', async () => {
    const response = await post(pool, 'SignUp', `"${'x'.repeat(1024 * 1024)}"`);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ __type: 'RequestEntityTooLargeException' });
    expect((await get('/health')).status).toBe(200);
  });

  test('for anything else is not found', async () => {
    for (const path of ['/', `/${POOL}`, '/other', `/${POOL}/.well-known/other`])
      expect((await get(path)).status, path).toBe(404);
    expect((await fetch(pool.jwksUri, { method: 'DELETE' })).status).toBe(405);
    for (const path of ['/__proto__', '/constructor', '//[', 'http://['])
      expect(await raw(path, {}), path).toBe(404);
  });

  test('that fails within is a plain 500, and the log shows no secrets', async () => {
    const own = await openPool({
      preToken: () => {
        throw awkward();
      },
    });
    const email = await addUser(own);
    await signIn(own, email).catch(() => undefined);
    await post(own, 'InitiateAuth', { ClientId: CLIENT, AuthFlow: 'USER_PASSWORD_AUTH' });
    await post(own, 'SignUp', `{"Password": "${PASSWORD}"`);
    await post(own, 'CreateUserPoolClient', {
      UserPoolId: POOL,
      ClientName: 'x',
      TokenValidityUnits: { AccessToken: PASSWORD },
    });
    expect(own.warnings.join('\n')).not.toContain(PASSWORD);
    await own.close();
  });
});

const awkward = (): Error => Object.assign(new Error('broken'), { password: PASSWORD });

describe('a page', () => {
  const PREFLIGHT = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-amz-target,x-amz-user-agent,cache-control',
  };
  const preflight = (origin: string) =>
    fetch(pool.endpoint, { method: 'OPTIONS', headers: { origin, ...PREFLIGHT } });

  test('of the web app may call', async () => {
    const asked = await preflight(ORIGIN);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(asked.headers.get('access-control-allow-headers')).toBe(
      PREFLIGHT['access-control-request-headers'],
    );
    const { accessToken } = await signIn(pool, await addUser(pool));
    const called = await post(pool, 'GetUser', { AccessToken: accessToken }, { origin: ORIGIN });
    expect(called.status).toBe(200);
    expect(called.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(called.headers.get('vary')).toContain('Origin');
  });

  test.each(['ListUsers', 'AdminGetUser', 'AdminCreateUser', 'DescribeUserPool', 'UpdateUserPool'])(
    'of the web app has no credentials for %s',
    async (operation) => {
      const body = { UserPoolId: POOL, Username: someEmail() };
      const called = await post(pool, operation, body, { origin: ORIGIN });
      expect(called.status).toBe(400);
      expect(await called.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    },
  );

  test.each(['http://localhost:5174', 'https://localhost:5173', 'https://evil.example', 'null'])(
    'of %s may not',
    async (origin) => {
      expect((await preflight(origin)).status).toBe(403);
      const called = await post(pool, 'ListUsers', { UserPoolId: POOL }, { origin });
      expect(called.status).toBe(403);
      expect(called.headers.get('access-control-allow-origin')).toBeNull();
      expect((await get('/_local/messages', { origin })).status).toBe(403);
    },
  );

  test('that was led here by another name may not', async () => {
    const { port } = new URL(pool.endpoint);
    expect(await raw('/health', { host: `localhost:${port}` })).toBe(200);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost', '127.0.0.1:1'])
      for (const path of ['/health', '/_local/inbox', '/_local/messages'])
        expect(await raw(path, { host }), host).toBe(421);
  });

  test('of another site may not embed the mail', async () => {
    const embed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    expect(await raw('/_local/messages', embed)).toBe(403);
    const visit = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect(await raw('/_local/inbox', visit)).toBe(200);
  });
});

describe('the mail', () => {
  test('lists mails newest first, for all or one address, and announces them', async () => {
    const [ann, bob] = [someEmail('ann'), someEmail('bob')];
    for (const Username of [ann, bob])
      await pool.aws.send(new SignUpCommand({ ClientId: CLIENT, Username, Password: PASSWORD }));
    const all = (await (await get('/_local/messages')).json()) as LocalMessage[];
    expect(all.slice(0, 2).map(({ to }) => to)).toEqual([bob, ann]);
    const one = (await (
      await get(`/_local/messages?to=${encodeURIComponent(ann.toUpperCase())}`)
    ).json()) as LocalMessage[];
    expect(one).toEqual([
      {
        id: expect.any(Number),
        to: ann,
        medium: 'EMAIL',
        subject: expect.any(String),
        text: `Your verification code is ${codeFor(pool, ann)}.`,
        code: codeFor(pool, ann),
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        kind: 'SignUp',
      },
    ]);
    expect(told.map(({ to }) => to).slice(-2)).toEqual([ann, bob]);
  });

  test('is shown on a page that runs its own script only and escapes everything', async () => {
    const nasty = `<b>"x'&@example.com`;
    await pool.aws.send(
      new SignUpCommand({ ClientId: CLIENT, Username: nasty, Password: PASSWORD }),
    );
    const response = await get('/_local/inbox');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const html = await response.text();
    expect(html).toContain('&lt;b&gt;&quot;x&#39;&amp;@example.com');
    expect(html).not.toContain('<b>');
    expect(html).not.toContain('http-equiv');
    expect(html).toContain(codeFor(pool, nasty));
    for (const [, text = ''] of html.matchAll(/<(?:style|script)>(.*?)<\/(?:style|script)>/gs)) {
      const digest = createHash('sha256').update(text).digest('base64');
      expect(policy).toContain(`'sha256-${digest}'`);
    }
    expect(html.match(/<script/g)).toHaveLength(1);
    const filtered = await (await get('/_local/inbox?to=%3Cscript%3E')).text();
    expect(filtered).toContain('&lt;script&gt;');
  });

  test('keeps the last hundred', async () => {
    const UserPoolId = POOL;
    const Username = someEmail('busy');
    await pool.call('AdminCreateUser', { UserPoolId, Username });
    for (let round = 0; round < 101; round += 1)
      await pool.call('AdminCreateUser', { UserPoolId, Username, MessageAction: 'RESEND' });
    expect(pool.messages()).toHaveLength(100);
  });
});
