/** The caller of a request. Keys are made for each run, and a real server serves and rotates them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIdentifyCaller } from '@cognito-supabase/local/data-api/caller';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PUBLISHABLE = 'sb_publishable_for_tests';
const SECRET = 'sb_secret_for_tests';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: object;
}

let server: Server;
let issuer: string;
let published: SigningKey[];
let fetches = 0;

async function newKey(kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    kid,
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
  };
}

beforeAll(async () => {
  published = [await newKey('first')];
  server = createServer((_, response) => {
    fetches += 1;
    response.end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pool`;
});
afterAll(() => void server.close());

const identifier = () =>
  createIdentifyCaller({
    publishableKey: PUBLISHABLE,
    secretKey: SECRET,
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
  });

function sign(claims: JWTPayload, key = published[0] as SigningKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ sub: 'sub-1', iss: issuer, iat: now, exp: now + 60, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid })
    .sign(key.privateKey);
}

const withToken = (token: string, apikey = PUBLISHABLE) =>
  new Headers({ apikey, authorization: `Bearer ${token}` });

describe('roles', () => {
  test('authenticated comes from the claim, and the claims reach Postgres', async () => {
    const token = await sign({ role: 'authenticated', app_role: 'support' });
    expect(await identifier()(withToken(token))).toMatchObject({
      role: 'authenticated',
      claims: { sub: 'sub-1', role: 'authenticated', app_role: 'support' },
    });
  });

  test('without the claim a token is anon, as on the platform', async () => {
    expect(await identifier()(withToken(await sign({})))).toMatchObject({ role: 'anon' });
  });

  test.each([
    'postgres',
    'service_role',
    'supabase_admin',
    'authenticator',
    '',
    7,
    null,
    ['authenticated'],
  ])('role %j is refused, though the signature is good', async (role) => {
    const token = await sign({ role });
    const caller = await identifier()(withToken(token));
    if (role === null) expect(caller).toMatchObject({ role: 'anon' });
    else expect(caller).toMatchObject({ status: 403, code: '42501' });
  });

  test('the secret key alone is service_role; a token beside it decides instead', async () => {
    expect(await identifier()(new Headers({ apikey: SECRET }))).toMatchObject({
      role: 'service_role',
    });
    const token = await sign({ role: 'authenticated' });
    expect(await identifier()(withToken(token, SECRET))).toMatchObject({ role: 'authenticated' });
  });

  test('the publishable key, alone or sent as the token too, is anon', async () => {
    expect(await identifier()(new Headers({ apikey: PUBLISHABLE }))).toMatchObject({
      role: 'anon',
    });
    expect(await identifier()(withToken(PUBLISHABLE))).toMatchObject({ role: 'anon' });
  });

  test('the secret key sent as the token of the publishable key opens nothing', async () => {
    expect(await identifier()(withToken(SECRET))).toMatchObject({ status: 401 });
  });
});

describe('refusals', () => {
  const past = Math.floor(Date.now() / 1000) - 60;

  test('expired is PGRST303, with the tolerance of PostgREST', async () => {
    const role = 'authenticated';
    const expired = await sign({ role, exp: past });
    expect(await identifier()(withToken(expired))).toEqual({
      status: 401,
      code: 'PGRST303',
      message: 'JWT expired',
    });
    const justExpired = await sign({ role, exp: past + 50 });
    expect(await identifier()(withToken(justExpired))).toMatchObject({ role });
  });

  test.each([
    ['issuer', { iss: 'https://elsewhere.example' }],
    ['not before', { nbf: past + 3600 }],
    ['no sub', { sub: undefined }],
    ['no exp', { exp: undefined }],
    ['issued in the future', { iat: past + 3600 }],
  ])('%s is PGRST303', async (_, claims) => {
    const token = await sign({ role: 'authenticated', ...claims } as JWTPayload);
    expect(await identifier()(withToken(token))).toMatchObject({ status: 401, code: 'PGRST303' });
  });

  test('a clock that is 20 s ahead is forgiven, as PostgREST does', async () => {
    const role = 'authenticated';
    const ahead = Math.floor(Date.now() / 1000) + 20;
    expect(await identifier()(withToken(await sign({ role, iat: ahead })))).toMatchObject({ role });
    expect(await identifier()(withToken(await sign({ role, nbf: ahead })))).toMatchObject({ role });
  });

  test.each(['é', 'sb_secret_for_test\u00e9', 'sb_publishable_for_test\u00ff'])(
    'an API key that is no ASCII (%s) is an unknown key',
    async (apikey) => {
      expect(await identifier()(new Headers({ apikey }))).toMatchObject({ status: 401 });
    },
  );

  test('right kid and another key is PGRST301', async () => {
    const other = { ...(await newKey('first')) };
    const token = await sign({ role: 'authenticated' }, other);
    expect(await identifier()(withToken(token))).toMatchObject({ status: 401, code: 'PGRST301' });
  });

  test('no API key, or another, is refused before the token is looked at', async () => {
    const token = await sign({ role: 'authenticated' });
    const before = fetches;
    const identify = identifier();
    expect(await identify(new Headers({ authorization: `Bearer ${token}` }))).toMatchObject({
      status: 401,
    });
    expect(await identify(withToken(token, 'wrong'))).toMatchObject({ status: 401 });
    expect(fetches).toBe(before);
  });
});

test('a new signing key is taken without a restart, and the old one while it is published', async () => {
  const identify = identifier();
  const role = 'authenticated';
  const [old] = published as [SigningKey];
  expect(await identify(withToken(await sign({ role })))).toMatchObject({ role });

  const next = await newKey('second');
  published = [next, old];
  const rotated = withToken(await sign({ role }, next));
  expect(await identify(rotated)).toMatchObject({ role });
  expect(await identify(withToken(await sign({ role }, old)))).toMatchObject({ role });
});

test('unknown kids do not make it ask for the keys each time', async () => {
  const identify = identifier();
  const stranger = await newKey('stranger');
  const before = fetches;
  for (let i = 0; i < 20; i += 1) {
    expect(await identify(withToken(await sign({}, stranger)))).toMatchObject({ code: 'PGRST301' });
  }
  expect(fetches - before).toBeLessThanOrEqual(3);
});

test('a flood of made-up kids keeps no fresh key out, and the issuer is asked seldom', async () => {
  const identify = identifier();
  const role = 'authenticated';
  const [first] = published as [SigningKey];
  expect(await identify(withToken(await sign({ role })))).toMatchObject({ role });
  const before = fetches;
  const stranger = await newKey('made-up');
  const madeUp = await Promise.all(
    Array.from({ length: 300 }, (_, at) => sign({ role }, { ...stranger, kid: `made-up-${at}` })),
  );
  const flood = Promise.all(madeUp.map((token) => identify(withToken(token))));
  const fresh = await newKey('fresh');
  published = [fresh, first];

  expect(await identify(withToken(await sign({ role }, fresh)))).toMatchObject({ role });
  for (const caller of await flood) expect(caller).toMatchObject({ code: 'PGRST301' });
  expect(fetches - before).toBeLessThanOrEqual(5);
});

test('an issuer that does not answer is no verdict on the token', async () => {
  const identify = createIdentifyCaller({
    publishableKey: PUBLISHABLE,
    secretKey: SECRET,
    issuer,
    jwksUri: 'http://127.0.0.1:1/jwks.json',
  });
  await expect(identify(withToken(await sign({ role: 'authenticated' })))).rejects.toMatchObject({
    name: 'IssuerUnreachableError',
  });
});
