/** Forged tokens. Each is sent to a table of the Data API, which must answer 401 or 403 without a row. */
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { newPerson, type Person, supabaseAs } from '../support/people.ts';
import { stackEnv } from '../support/stack.ts';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let person: Person;
let foreign: Keys;

beforeAll(async () => {
  person = await newPerson('victim');
  foreign = await generateKeyPair('RS256');
  const { error } = await supabaseAs(person.accessToken).from('notes').insert({ body: 'mine' });
  expect(error).toBeNull();
});

/** The person's own claims and `kid`, changed and signed by a key that is not Cognito's. */
const forged = (claims: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT({ ...decodeJwt(person.accessToken), ...claims })
    .setProtectedHeader({ ...decodeProtectedHeader(person.accessToken), alg: 'RS256' })
    .sign(foreign.privateKey);

/** The real token with one segment of it changed; the signature stays. */
function tampered(change: Record<string, unknown>): string {
  const [header, , signature] = person.accessToken.split('.');
  const payload = { ...decodeJwt(person.accessToken), ...change };
  return `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${signature}`;
}

const past = Math.floor(Date.now() / 1000) - 3600;

describe('refused at the Data API', () => {
  test.each<[string, () => Promise<string> | string]>([
    ['right kid, other key', () => forged()],
    [
      'another issuer',
      () => forged({ iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x' }),
    ],
    ['expired', () => forged({ exp: past })],
    ['role postgres', () => forged({ role: 'postgres' })],
    ['role service_role', () => forged({ role: 'service_role' })],
    ['another person, old signature', () => tampered({ sub: 'someone-else' })],
    ['role changed, old signature', () => tampered({ role: 'service_role' })],
    ['lifetime changed, old signature', () => tampered({ exp: past + 999_999 })],
    ['alg none', () => new UnsecuredJWT(decodeJwt(person.accessToken)).encode()],
    ['HS256 with the public key as secret', hs256WithPublicKey],
    ['no signature', () => `${person.accessToken.split('.').slice(0, 2).join('.')}.`],
    ['a refresh token', () => person.refreshToken],
    ['not a token', () => 'x.y.z'],
  ])('%s', async (_, make) => {
    const client = supabaseAs(await make());
    const read = await client.from('notes').select();
    expect([401, 403]).toContain(read.status);
    expect(read.error).not.toBeNull();
    expect(read.data).toBeNull();
    const write = await client.from('notes').insert({ body: 'by force' });
    expect([401, 403]).toContain(write.status);
  });

  async function hs256WithPublicKey(): Promise<string> {
    const jwks = await (await fetch(`${stackEnv().COGNITO_ISSUER}/.well-known/jwks.json`)).text();
    return new SignJWT(decodeJwt(person.accessToken))
      .setProtectedHeader({
        alg: 'HS256',
        kid: decodeProtectedHeader(person.accessToken).kid ?? '',
      })
      .sign(new TextEncoder().encode(jwks));
  }

  test('the real one still reads its row', async () => {
    const { data } = await supabaseAs(person.accessToken).from('notes').select('body');
    expect(data).toEqual([{ body: 'mine' }]);
  });
});

describe('what a token carries', () => {
  test('the access token has the role, put there by the trigger, and no email', () => {
    const claims = decodeJwt(person.accessToken);
    expect(claims).toMatchObject({
      role: 'authenticated',
      token_use: 'access',
      client_id: stackEnv().COGNITO_CLIENT_ID,
      iss: stackEnv().COGNITO_ISSUER,
      sub: person.sub,
    });
    expect(claims).not.toHaveProperty('email');
    expect(claims).not.toHaveProperty('app_role');
  });

  test('the ID token has it too', () => {
    expect(decodeJwt(person.idToken)).toMatchObject({ role: 'authenticated', token_use: 'id' });
  });
});

describe('API keys', () => {
  const request = (headers: Record<string, string>) =>
    fetch(`${stackEnv().SUPABASE_URL}/rest/v1/notes`, { headers });

  test('none, or a wrong one, is refused', async () => {
    expect((await request({})).status).toBe(401);
    expect((await request({ apikey: 'sb_publishable_wrong' })).status).toBe(401);
  });

  test('the publishable key alone is anon, who sees nothing', async () => {
    const { data, status, error } = await supabaseAs(null).from('notes').select();
    expect(data).toBeNull();
    expect(status).toBe(401);
    expect(error?.code).toBe('42501');
  });

  test('the secret key is the service, and a token beside it decides instead', async () => {
    const { SUPABASE_SECRET_KEY: apikey } = stackEnv();
    const all = (await (await request({ apikey })).json()) as { owner_sub: string }[];
    expect(all.map((note) => note.owner_sub)).toContain(person.sub);
    const other = await newPerson('other');
    const own = await request({ apikey, authorization: `Bearer ${other.accessToken}` });
    expect(await own.json()).toEqual([]);
  });
});
