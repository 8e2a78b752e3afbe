/** The adapter for programs, with the emulator's token endpoint. */
import { createServer } from 'node:http';
import { seedMachines } from '@cognito-supabase/local/cognito/machines';
import { decodeJwt } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { machineAuth } from '../../../client/src/adapters/machine.ts';
import { createCognitoSupabase } from '../../../client/src/index.ts';
import { listen } from '../../../local/listen.ts';
import { usePool } from '../local/cognito/support.ts';

async function machine(...scopes: string[]) {
  const pool = await usePool();
  const [made] = await seedMachines(pool, [{ name: 'nightly', scopes }]);
  if (made === undefined) throw new Error('no machine was made');
  return made;
}

/** A token endpoint that answers as the test wants, and counts. */
async function endpoint(answer: () => { status: number; body: unknown; location?: string }) {
  const seen = { asked: 0 };
  const { port, close } = await listen(
    createServer((_, response) => {
      seen.asked += 1;
      const { status, body, location } = answer();
      response.writeHead(status, location ? { location } : {}).end(JSON.stringify(body));
    }),
    0,
  );
  onTestFinished(() => close());
  const tokenEndpoint = `http://127.0.0.1:${port}/oauth2/token`;
  return { seen, credentials: { tokenEndpoint, clientId: 'reports', clientSecret: 'very-secret' } };
}

test('a program gets a token for its scopes, and keeps it', async () => {
  const credentials = await machine('letters/read', 'letters/write');
  const auth = machineAuth({ ...credentials, scopes: ['letters/read'] });
  const first = await auth.tokens(false);
  expect(decodeJwt(first?.accessToken ?? '')).toMatchObject({
    sub: credentials.clientId,
    client_id: credentials.clientId,
    scope: 'letters/read',
    token_use: 'access',
  });
  expect(await auth.tokens(false)).toBe(first);
  expect((await auth.tokens(true))?.accessToken).not.toBe(first?.accessToken);
});

test('without scopes it has all of its app client', async () => {
  const { scopes: _, ...credentials } = await machine('letters/read', 'letters/write');
  const tokens = await machineAuth(credentials).tokens(false);
  expect(decodeJwt(tokens?.accessToken ?? '').scope).toBe('letters/read letters/write');
});

test('a wrong secret: the reason of the pool, without the secret; the next request tries again', async () => {
  const credentials = { ...(await machine('letters/read')), clientSecret: 'wrong-secret' };
  const auth = machineAuth(credentials);
  for (const _ of [1, 2])
    await expect(auth.tokens(false)).rejects.toThrow(
      /^the user pool gives no token: invalid_client$/,
    );
});

test('what is no error of OAuth is not repeated', async () => {
  const body = { error: 'the secret very-secret is wrong' };
  const { credentials } = await endpoint(() => ({ status: 500, body }));
  await expect(machineAuth(credentials).tokens(false)).rejects.toThrow(
    /^the user pool gives no token: HTTP 500$/,
  );
});

test('credentials do not follow a redirect', async () => {
  const elsewhere = await endpoint(() => ({ status: 200, body: { access_token: 'a.b.c' } }));
  const { credentials } = await endpoint(() => ({
    ...{ status: 307, body: {} },
    location: elsewhere.credentials.tokenEndpoint,
  }));
  await expect(machineAuth(credentials).tokens(false)).rejects.toThrow();
  expect(elsewhere.seen.asked).toBe(0);
});

test('requests at the same time share one token', async () => {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { sub: 'reports', iat, exp: iat + 3600 };
  const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  const { credentials, seen } = await endpoint(() => ({
    status: 200,
    body: { access_token: token },
  }));
  const sent: (string | null)[] = [];
  const { supabase, close } = createCognitoSupabase({
    url: 'http://127.0.0.1:1',
    publishableKey: 'sb_publishable_x',
    auth: machineAuth(credentials),
    fetch: async (_, init) => {
      sent.push(new Headers(init?.headers).get('authorization'));
      return Response.json([]);
    },
  });
  onTestFinished(close);
  await Promise.all([1, 2, 3].map(() => supabase.from('letters').select()));
  expect(sent).toEqual(Array(3).fill(`Bearer ${token}`));
  expect(seen.asked).toBe(1);
});
