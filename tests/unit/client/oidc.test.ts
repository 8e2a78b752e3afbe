/** The adapter of oidc-client-ts, with the library itself and the emulator's token endpoint. */
import { InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { InMemoryWebStorage, User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AuthEvent } from '../../../client/src/adapter.ts';
import { oidcAuth } from '../../../client/src/adapters/oidc.ts';
import { createSessionStore } from '../../../client/src/session-store.ts';
import { addUser, CLIENT, PASSWORD, type TestPool, usePool } from '../local/cognito/support.ts';

/** A signed-in user of oidc-client-ts, as managed login leaves one. */
async function signedIn(pool: TestPool, email: string) {
  const store = new WebStorageStateStore({ store: new InMemoryWebStorage() });
  const manager = new UserManager({
    authority: pool.issuer,
    client_id: CLIENT,
    redirect_uri: 'http://localhost:5173/',
    userStore: store,
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    automaticSilentRenew: false,
    monitorSession: false,
  });
  const { AuthenticationResult: result } = await pool.aws.send(
    new InitiateAuthCommand({
      ClientId: CLIENT,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD },
    }),
  );
  const profile = decodeJwt(result?.IdToken ?? '') as unknown as User['profile'];
  await manager.storeUser(
    new User({
      access_token: result?.AccessToken ?? '',
      id_token: result?.IdToken ?? '',
      refresh_token: result?.RefreshToken ?? '',
      token_type: 'Bearer',
      expires_at: Math.floor(Date.now() / 1000) + 3600,
      profile,
    }),
  );
  return manager;
}

describe('oidcAuth', () => {
  test('has the tokens, renews them, and says so', async () => {
    const pool = await usePool();
    await addUser(pool, 'ann@example.com');
    const manager = await signedIn(pool, 'ann@example.com');
    const auth = oidcAuth(manager);
    const events: AuthEvent[] = [];
    onTestFinished(auth.listen((event) => void events.push(event)));
    const first = await auth.tokens(false);
    expect(decodeJwt(first?.idToken ?? '').email).toBe('ann@example.com');
    const renewed = await auth.tokens(true);
    expect(renewed?.accessToken).not.toBe(first?.accessToken);
    expect(decodeJwt(renewed?.accessToken ?? '').sub).toBe(decodeJwt(first?.accessToken ?? '').sub);
    expect(await auth.tokens(false)).toEqual(renewed);
    await auth.tokens(true);
    expect(events.map(({ type }) => type)).toEqual(['signedIn', 'renewed']);
  });

  test('has a session that ends when Cognito refuses to renew it, and not with a lost network', async () => {
    const pool = await usePool();
    await addUser(pool, 'ann@example.com');
    const manager = await signedIn(pool, 'ann@example.com');
    const auth = oidcAuth(manager);
    const session = createSessionStore(auth);
    onTestFinished(session.close);
    await session.restore();
    expect(session.getSnapshot()).toMatchObject({
      status: 'signedIn',
      person: { name: 'ann@example.com' },
    });
    await pool.call('AdminUserGlobalSignOut', {
      UserPoolId: pool.userPoolId,
      Username: 'ann@example.com',
    });
    expect(await auth.tokens(true)).toBeNull();
    await vi.waitFor(() => expect(session.getSnapshot().status).toBe('signedOut'));

    const other = oidcAuth(await signedIn(pool, 'ann@example.com'));
    await pool.close();
    await expect(other.tokens(true)).rejects.toThrow();
    expect(await other.tokens(false)).not.toBeNull();
  });

  test('signs out here, and revokes the refresh token', async () => {
    const pool = await usePool();
    await addUser(pool, 'ann@example.com');
    const manager = await signedIn(pool, 'ann@example.com');
    const refreshToken = (await manager.getUser())?.refresh_token ?? '';
    const auth = oidcAuth(manager);
    await auth.signOut();
    expect(await auth.tokens(false)).toBeNull();
    await expect(
      pool.aws.send(
        new InitiateAuthCommand({
          ClientId: CLIENT,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN: refreshToken },
        }),
      ),
    ).rejects.toThrow();
  });
});
