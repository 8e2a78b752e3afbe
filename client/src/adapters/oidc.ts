/** Managed login without Amplify: oidc-client-ts as an adapter. */
import type { User, UserManager } from 'oidc-client-ts';
import type { AuthAdapter, AuthEvent, Tokens } from '../adapter.ts';

const tokensOf = (user: User | null): Tokens | null =>
  user === null ? null : { accessToken: user.access_token, idToken: user.id_token };

/** Cognito's answer to a refresh token that is revoked or expired (RFC 6749). Anything else may pass. */
const isRefusal = (error: unknown): boolean =>
  (error as { readonly error?: unknown } | null)?.error === 'invalid_grant';

/**
 * @param manager - Its authority is the pool's issuer: `https://cognito-idp.REGION.amazonaws.com/POOL`.
 * @param signOut - @defaultValue forgets the tokens here, and revokes them. Managed login keeps its own session:
 * leave it by a redirect to its `/logout`.
 * @example createCognitoSupabase({ url, publishableKey, auth: oidcAuth(new UserManager(settings)) })
 */
export function oidcAuth(
  manager: UserManager,
  signOut: () => Promise<void> = async () => {
    await manager.revokeTokens(['refresh_token']).catch(() => undefined);
    await manager.removeUser();
  },
): AuthAdapter {
  const renew = async (): Promise<Tokens | null> => {
    try {
      return tokensOf(await manager.signinSilent());
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await manager.removeUser();
      return null;
    }
  };
  return {
    tokens: async (wanted) => {
      const user = await manager.getUser();
      if (user === null) return null;
      return wanted || user.expired ? renew() : tokensOf(user);
    },
    signOut,
    listen: (listener) => {
      let sub: string | undefined;
      const say = (event: AuthEvent) => listener(event);
      const stops = [
        manager.events.addUserLoaded((user) => {
          // The library says the same for a new person and for renewed tokens.
          const isSame = sub === user.profile.sub;
          sub = user.profile.sub;
          say(isSame ? { type: 'renewed' } : { type: 'signedIn', sub });
        }),
        manager.events.addUserUnloaded(() => {
          sub = undefined;
          say({ type: 'signedOut' });
        }),
        manager.events.addSilentRenewError((error) => {
          if (isRefusal(error)) say({ type: 'refused' });
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
